/** What the map says in words, and what it keeps: never finer than the screen, never a place in the address. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { hashOf, openOf } from '../../src/map/address.ts';
import { decimals, degreesOf, digits, mgrsOf } from '../../src/map/pointed.ts';
import { barsOf, MAX_BARS, MAX_LANES } from '../../src/past/bars.ts';
import type { Notice } from '../../src/api/facts.ts';

test('a place under the pointer is never told finer than a pixel', () => {
  for (let metres = 0.5; metres < 400_000; metres *= 1.7) {
    assert(metres < 1 || 10 ** (5 - digits(metres)) >= metres || digits(metres) === 0, `${metres} m, ${digits(metres)} digits`);
    assert(metres < 1.2 || 111_320 / 10 ** decimals(metres) >= metres || decimals(metres) === 0, `${metres} m, ${decimals(metres)} decimals`);
  }
});

test('a place is named as the node names it', () => {
  // As GeoTrans has it, and the node's own tests: 35.255 N 40.14 E.
  const at = { latitude: 35.255, longitude: 40.14 };
  assert.equal(mgrsOf({ ...at, metres: 1 }), '37S FV 03705 01917');
  assert.equal(mgrsOf({ ...at, metres: 80 }), '37S FV 037 019');
  assert.equal(mgrsOf({ ...at, metres: 80_000 }), '37S FV');
  assert.equal(degreesOf({ ...at, metres: 80 }), '35.255, 40.140');
  assert.equal(mgrsOf({ latitude: 86, longitude: 0, metres: 1 }), undefined);
  // Around the world, and back.
  assert.equal(degreesOf({ latitude: 35.255, longitude: 400.14, metres: 80 }), '35.255, 40.140');
});

test('an address names what is open, and nothing else is read from one', () => {
  for (const open of [{ what: 'notice', id: 'air-line.own.main.1.7' }, { what: 'line', id: '0f1e' }] as const) {
    assert.deepEqual(openOf(hashOf(open)), open);
  }
  assert.equal(hashOf({ what: 'drafting', id: undefined }), '');
  assert.equal(hashOf(undefined), '');
  const foreign = ['', '#', '#notice=', '#files=x', '#sign-in=abc', '#notice=%E0%A4%A', `#notice=${'a'.repeat(201)}`, '#__proto__=x'];
  for (const hash of foreign) assert.equal(openOf(hash), undefined, hash);
  assert.deepEqual(openOf(`#notice=${'a'.repeat(200)}`), { what: 'notice', id: 'a'.repeat(200) });
});

test('windows that meet lie in lanes of their own, and what has no room is counted', () => {
  const notice = (from: number, until: number): Notice => ({ entry: `${from}-${until}`, state: 'active', slots: { window: { from, until } } }) as unknown as Notice;
  const { bars, more } = barsOf([notice(0, 10), notice(5, 15), notice(10, 20)], 2, 18);
  assert.deepEqual(bars.map(({ lane, from, until }) => [lane, from, until]), [[0, 2, 10], [1, 5, 15], [0, 10, 18]]);
  assert.equal(more, 0);
  const full = barsOf(Array.from({ length: MAX_LANES + 3 }, (_, index) => notice(index, 100 + index)), 0, 200);
  assert.deepEqual([full.bars.length, full.more], [MAX_LANES, 3]);
  const many = barsOf(Array.from({ length: MAX_BARS + 5 }, (_, index) => notice(index, index + 1)), 0, 1_000);
  assert.deepEqual([many.bars.length, many.more], [MAX_BARS, 5]);
});
