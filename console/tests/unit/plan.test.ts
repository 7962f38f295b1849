import assert from 'node:assert/strict';
import test from 'node:test';
import { positionsOf } from '../../src/show/positions.ts';
import { slotsOf } from '../../src/show/slots.ts';

test('positions are one a line or with semicolons between them, whatever form each has', () => {
  assert.deepEqual(positionsOf('35.20, 40.00; 35,25 40,10\n\n 37S FV 1000 1500 \n'), ['35.20, 40.00', '35,25 40,10', '37S FV 1000 1500']);
  assert.deepEqual(positionsOf(' \n; '), []);
});

test('what is read first comes first, and what a message speaks of is shown elsewhere', () => {
  const slots = { label: 'x', window: { from: 0, until: 1 }, amends: {}, area: {}, band: { text: 'SFC to UNL' }, contact: null };
  assert.deepEqual(slotsOf(slots).map(([name]) => name), ['area', 'band', 'window', 'label']);
});
