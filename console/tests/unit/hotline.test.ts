import assert from 'node:assert/strict';
import test from 'node:test';
import type { Catalogued, Phrase, PhraseReadBack, Place } from '../../src/api/facts.ts';
import { codesOf, found } from '../../src/hotline/find.ts';
import { inFront, isOpen, owedBy } from '../../src/hotline/owed.ts';
import { harmless, named, piecesOf, pointedOut } from '../../src/hotline/shown.ts';

const of = (code: string, texts: Record<string, [string, string]>, more: object = {}): Catalogued =>
  ({ code, group: 'air', marker: 'information', texts: Object.fromEntries(Object.entries(texts).map(([language, [text, meaning]]) => [language, { text, meaning }])), ...more }) as unknown as Catalogued;

const PHRASES = [
  of('A01', { en: ['We have aircraft active near {place}, {window}.', 'Air activity of our own.'], ru: ['Наша авиация действует у {place}, {window}.', ''], ar: ['طائراتنا نشطة قرب {place}، {window}.', ''] }),
  of('R01', { en: ['Understood.', 'The meaning is clear.'], ru: ['Понято.', ''], ar: ['فهمنا.', ''] }, { group: 'answers', marker: 'answer' }),
  of('K01', { en: ['Correction: the place is {place}.', ''], ru: ['Исправление: место – {place}.', ''], ar: ['تصحيح: المكان {place}.', ''] }, { group: 'correction', marker: 'correction' }),
  of('D02', { en: ['Our people near {place} are in danger of their lives.', 'Distress on the ground.'], ru: ['Наши люди у {place} в смертельной опасности.', ''], ar: ['أشخاصنا قرب {place} في خطر', ''] }, { group: 'distress', marker: 'warning' }),
];
const codes = (query: string, language = 'en'): string[] => found(PHRASES, query, language, (phrase) => `${phrase.group} ${phrase.marker}`).map((phrase) => phrase.code);

test('a code is found on every keyboard, and where two letters may be meant both phrases are offered', () => {
  for (const query of ['A01', 'a01', 'a 01', 'A٠١']) assert.equal(codes(query)[0], 'A01', query);
  // The key of A on a Russian keyboard, the letter that looks like it, and the key on an Arabic one.
  for (const query of ['ф01', 'а01', 'ش01']) assert.equal(codes(query)[0], 'A01', query);
  assert.deepEqual(codes('к01'), ['R01', 'K01']);
  assert.deepEqual(codesOf('к'), ['R', 'K']);
  assert.deepEqual(codesOf('k01 x'), []);
});

test('words of the reader’s own language find a phrase, in other endings too, and what is nowhere finds nothing', () => {
  assert.equal(codes('aircraft')[0], 'A01');
  assert.equal(codes('danger lives')[0], 'D02');
  assert.equal(codes('distress')[0], 'D02');
  assert.equal(codes('авиации', 'ru')[0], 'A01');
  assert.equal(codes('опасность', 'ru')[0], 'D02');
  assert.equal(codes('طائرات', 'ar')[0], 'A01');
  assert.deepEqual(codes('submarine'), []);
  assert.equal(codes('').length, PHRASES.length);
});

let made = 0;
const phrase = (from: 'own' | 'peer', code: string, more: object = {}): Phrase => {
  made += 1;
  return {
    entry: `e${made}`, from, code, state: 'standing', group: 'air', marker: 'information', sent_at: made, subject: null,
    responses: ['R01', 'R02', 'R03'], read_back_items: [], read_backs: [], said: {}, slots: {}, ...more,
  } as unknown as Phrase;
};
const back = (matches: boolean, at = 100, more: object = {}): PhraseReadBack => ({ at, matches, differs: [], lacks: [], said: {}, items: {}, ...more }) as unknown as PhraseReadBack;

test('what comes in is read back, then answered; wait answers nothing yet, and not understood ends it', () => {
  const asked = phrase('peer', 'A01', { read_back_items: ['place'] });
  assert.equal(owedBy(asked, [asked]), 'read-back');
  const read = { ...asked, read_backs: [back(true)] };
  assert.equal(owedBy(read, [read]), 'answer');
  assert.equal(owedBy({ ...asked, read_backs: [back(false)] }, [asked]), 'read-back');
  const about = { subject: asked.entry };
  assert.equal(owedBy(read, [read, phrase('own', 'R06', about)]), 'answer');
  assert.equal(owedBy(read, [read, phrase('own', 'R01', about)]), undefined);
  assert.equal(owedBy(asked, [asked, phrase('own', 'R02', about)]), undefined);
  // Understood without having read it back is not enough.
  assert.equal(owedBy(asked, [asked, phrase('own', 'R01', about)]), 'read-back');
  // An answer that was refused or never arrived is none; what was cancelled asks for nothing.
  assert.equal(owedBy(read, [read, phrase('own', 'R01', { ...about, state: 'refused' })]), 'answer');
  assert.equal(owedBy({ ...read, state: 'cancelled' }, [read]), undefined);
  const needsNone = phrase('peer', 'R01', { responses: [] });
  assert.equal(owedBy(needsNone, [needsNone]), undefined);
});

test('whoever spoke owes a word to a read-back that differs, until it was said after it', () => {
  const said = phrase('own', 'A01', { read_backs: [back(false)] });
  const about = { subject: said.entry };
  assert.equal(owedBy(said, [said]), 'compare');
  assert.equal(owedBy(said, [said, phrase('own', 'R09', { ...about, sent_at: 99 })]), 'compare');
  assert.equal(owedBy(said, [said, phrase('own', 'R09', { ...about, sent_at: 101 })]), undefined);
  assert.equal(owedBy({ ...said, read_backs: [back(false), back(true)] }, [said]), undefined);
  assert.equal(isOpen(said, [said]), true);
  assert.equal(isOpen(said, [said, phrase('peer', 'R06', about)]), true);
  assert.equal(isOpen(said, [said, phrase('peer', 'R01', about)]), false);
});

test('danger to life comes first, then other warnings, then what has waited the longest', () => {
  const plain = phrase('peer', 'A01');
  const warning = phrase('peer', 'G04', { marker: 'warning' });
  const distress = phrase('peer', 'D06', { group: 'distress' });
  const approach = phrase('peer', 'U03', { group: 'unsafe-approach' });
  assert.deepEqual(inFront([plain, warning, approach, distress]).map((one) => one.code), ['D06', 'U03', 'G04', 'A01']);
});

const place = (mgrs: string | null, decimal: string): Place => ({ mgrs, decimal }) as unknown as Place;

test('the digit that differs is pointed out, of places in one form and equally fine', () => {
  const said = phrase('own', 'A01', { slots: { place: place('37S FV 070 090', '35.3, 40.1') }, said: { count: '\u20662\u2069' } });
  const read = back(false, 1, { items: { place: place('37S FV 1700 0900', '35.3, 40.2') }, said: { count: '\u20663\u2069' } });
  const { said: told, pieces } = pointedOut('place', said, read);
  assert.equal(told, '37S FV 070 090');
  assert.deepEqual(pieces.filter((piece) => piece.differs).map((piece) => piece.text), ['1']);
  assert.equal(pieces.map((piece) => piece.text).join(''), '37S FV 170 090');
  assert.deepEqual(pointedOut('count', said, read), { said: '2', pieces: [{ text: '3', differs: true }] });
});

test('marks that hide or reorder words are shown by their number, and slots by what they are called', () => {
  assert.equal(harmless('a\u202Eb\u200Bc\nd'), 'a[U+202E]b[U+200B]c\nd');
  assert.equal(harmless('<b>Al Tanf</b>'), '<b>Al Tanf</b>');
  assert.equal(harmless(String.fromCodePoint(0xe0041)), '[U+E0041]');
  assert.equal(named('near {place}, {second-description}', (name) => name.toUpperCase()), 'near [PLACE], [SECOND-DESCRIPTION]');
});

test('slots stand apart from the text around them, digits from left to right and names in their own direction', () => {
  assert.deepEqual(piecesOf('Наша \u206637S FV 070 090\u2069, \u2068<b>الجسر\u202E</b>\u2069.'), [
    { text: 'Наша ' },
    { text: '37S FV 070 090', slot: 'ltr' },
    { text: ', ' },
    { text: '<b>الجسر[U+202E]</b>', slot: 'auto' },
    { text: '.' },
  ]);
  // A mark that nothing ends marks nothing off.
  assert.deepEqual(piecesOf('a \u2066b'), [{ text: 'a b' }]);
});
