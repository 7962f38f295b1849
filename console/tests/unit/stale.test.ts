import assert from 'node:assert/strict';
import test from 'node:test';
import type { Notice } from '../../src/api/facts.ts';
import { amendedBy, concerned, kept, merged, turning, waitingFor } from '../../src/state/stale.ts';

const notice = (entry: string, more: object = {}): Notice => ({ entry, from: 'own', ...more }) as unknown as Notice;

test('of the notices that were read by name one is new, one is changed, one is gone, and the others stay the very same', () => {
  const [a, b, c] = [notice('a'), notice('b'), notice('c')];
  const anew = notice('b', { delivered: 1 });
  const all = merged([a, b, c], ['b', 'c', 'd'], [notice('d'), anew]);
  assert.deepEqual(all.map((of) => of.entry), ['a', 'b', 'd']);
  assert.equal(all[0], a);
  assert.equal(all[1], anew);
});

test('a list that is read again and says the same is the very same, and so is each of it that does', () => {
  const before = [notice('a'), notice('b')];
  assert.equal(kept(before, [notice('a'), notice('b')]), before);
  const anew = kept(before, [notice('b'), notice('c'), notice('a', { late: true })]);
  assert.equal(anew[0], before[1]);
  assert.deepEqual(anew.map((of) => of.entry), ['b', 'c', 'a']);
  assert.notEqual(anew[2], before[0]);
  assert.deepEqual(kept(before, []), []);
});

test('what a new notice amends is read again, once', () => {
  const log = 'aa.peer.main.1';
  const before = [notice(`${log}.3`), notice(`${log}.4`)];
  const amendment = notice(`${log}.7`, { slots: { amends: { senders: true, lane: 'Main', epoch: 1, index: 3 } } });
  assert.deepEqual(amendedBy(before, [amendment]), [`${log}.3`]);
  assert.deepEqual(amendedBy([...before, amendment], [amendment]), []);
  assert.deepEqual(amendedBy([], [amendment]), []);
});

test('what an amendment amends is read with it: it may be in force again', () => {
  const all = [notice('a', { amended_by: 'b' }), notice('b', { amended_by: 'c' }), notice('x')];
  assert.deepEqual(concerned(all, ['b']), ['b', 'a']);
  assert.deepEqual(concerned(all, ['x']), ['x']);
});

test('a signed size concerns what lies below it in its log and has no receipt yet', () => {
  const log = 'aa.own.main.0';
  const all = [
    notice(`${log}.2`),
    notice(`${log}.3`, { delivered: 5 }),
    notice(`${log}.9`),
    notice(`${log}.10`),
    notice('bb.own.main.0.1'),
    notice('aa.peer.main.0.1', { from: 'peer' }),
  ];
  assert.deepEqual(waitingFor(all, `${log}.10`), [`${log}.2`, `${log}.9`]);
  // An officer of an element is not told how far a log has come.
  assert.deepEqual(waitingFor(all, null), [`${log}.2`, `${log}.9`, `${log}.10`, 'bb.own.main.0.1']);
});

test('the next that open or end by the clock are found together, and none that did before', () => {
  const window = (from: number, until: number) => ({ slots: { window: { from, until } } });
  const all = [notice('a', window(10, 50)), notice('b', window(50, 90)), notice('c', window(5, 20)), notice('d')];
  assert.deepEqual(turning(all, 21), { at: 50, entries: ['a', 'b'] });
  assert.deepEqual(turning(all, 90), { at: 90, entries: ['b'] });
  assert.equal(turning(all, 91), undefined);
});
