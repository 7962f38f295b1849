import assert from 'node:assert/strict';
import test from 'node:test';
import { differing, LACKING } from '../../src/show/differing.ts';
import { asFineAs } from '../../src/show/fineness.ts';
import { mixesAlphabets } from '../../src/show/alphabets.ts';
import { fieldOf } from '../../src/details/fields.ts';
import { kilometresAnHour, length, millimetresASecond } from '../../src/show/lengths.ts';
import { clock, dtg, range, span, window } from '../../src/show/time.ts';

const at = Date.UTC(2016, 8, 17, 14, 30, 5);
const marked = (said: string, entered: string) =>
  differing(said, entered).map((piece) => (piece.differs ? `[${piece.text}]` : piece.text)).join('');

test('a time is a date-time group in UTC', () => {
  assert.equal(dtg(at), '171430Z SEP 16');
  assert.equal(clock(at), '14:30:05Z');
  assert.equal(range(at, at + 3_600_000), '171430Z – 171530Z SEP 16');
  assert.equal(range(at, at + 30 * 86_400_000), '171430Z SEP 16 – 171430Z OCT 16');
  assert.equal(window(at, at + 3_600_000), '171430Z SEP 16 to 171530Z SEP 16');
});

test('what is left is counted to the second and never below nothing', () => {
  assert.equal(span(125_000), '2:05');
  assert.equal(span(3_725_000), '1:02:05');
  assert.equal(span(1), '0:01');
  assert.equal(span(-5_000), '0:00');
});

test('a length is as short as it can be said', () => {
  assert.equal(length(500_000), '500 m');
  assert.equal(length(4_700_000), '4.7 km');
  assert.equal(length(2_000_000), '2 km');
});

test('the digit that differs is pointed out, and spaces are not', () => {
  assert.equal(marked('35.2550, 40.1400', '35.3550 40.1400'), '35.[3]550 40.1400');
  assert.equal(marked('37S FV 0370 0191', '37sfv03700191'), '37sfv03700191');
  assert.equal(marked('37S FV 0370 0191', '37S FV 0370 0181'), '37S FV 0370 01[8]1');
});

test('what is lacking and what is too much are pointed out where they are', () => {
  assert.equal(marked('3000 ft MSL', '300 ft MSL'), `300[${LACKING}] ft MSL`);
  assert.equal(marked('3000 ft', '30000 ft'), '3000[0] ft');
  assert.equal(marked('', 'x'), '[x]');
  assert.equal(marked('abc', ''), `[${LACKING}]`);
});

test('a position is compared no finer than it was typed', () => {
  assert.equal(asFineAs('35.255000, 40.140000', '35.3550, 40.1400'), '35.2550, 40.1400');
  assert.equal(asFineAs('37S FV 03705 01917', '37S FV 037 019'), '37S FV 037 019');
  assert.equal(asFineAs('35°15\'18.00" N 040°08\'24.00" E', '35°15\'18" N 040°08\'24" E'), '35°15\'18" N 040°08\'24" E');
});

test('a word of letters of two alphabets that look alike is found, and words of one each are not', () => {
  assert(mixesAlphabets('\u0410l Tanf'));
  assert(mixesAlphabets('convoy \u0421onvoy'));
  // Armenian, Cherokee, mathematical, fullwidth: all drawn as Latin letters are.
  for (const text of ['c\u0585nvoy', '\u13aal', 'Al \u{1d413}anf', '\uff34anf', '\uff34\uff21']) assert(mixesAlphabets(text), text);
  for (const text of ['Al Tanf', 'Дейр-эз-Зор / Deir ez-Zor', 'دير الزور 12', '東京タワー', 'Việt', '']) assert(!mixesAlphabets(text), text);
});

test('a speed is typed and shown in kilometres an hour, and kept in millimetres a second', () => {
  assert.equal(millimetresASecond('40'), 11_111);
  assert.equal(millimetresASecond('40,5 km/h'), 11_250);
  assert.equal(kilometresAnHour(11_111), '40 km/h');
  assert.equal(millimetresASecond('fast'), undefined);
});

test('a refusal stands at the field that it speaks of', () => {
  assert.equal(fieldOf('label'), 'label');
  assert.equal(fieldOf('second-description'), 'second-description');
  assert.equal(fieldOf('element'), undefined);
  assert.equal(fieldOf(undefined), undefined);
});
