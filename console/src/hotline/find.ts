/** Phrases by their code or by words of the reader's own language, however the keyboard is laid out. */
import type { Catalogued } from '../api/facts.ts';

/** Where the letters of codes lie on a Russian and on an Arabic keyboard, and the Cyrillic ones that look like them. */
const KEYS: Record<string, string> = {
  ф: 'a', п: 'g', з: 'p', д: 'l', ы: 's', к: 'r', й: 'q', с: 'c', л: 'k', в: 'd', у: 'e', ь: 'm', г: 'u',
  ش: 'a', ل: 'g', ح: 'p', م: 'l', س: 's', ق: 'r', ض: 'q', ؤ: 'c', ن: 'k', ي: 'd', ث: 'e', ة: 'm', ع: 'u',
};
const LOOKS: Record<string, string> = { а: 'a', р: 'p', с: 'c', е: 'e', к: 'k', м: 'm' };

/** Letters as they are compared: small, without marks, one alef, digits 0 to 9. */
export function plain(text: string): string {
  return text
    .toLocaleLowerCase()
    .normalize('NFKD')
    .replace(/[\p{M}\u0640]/gu, '')
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[أإآٱ]/g, 'ا')
    .replace(/ى/g, 'ي')
    .replace(/ё/g, 'е');
}

/** The codes that may have been meant, in capitals: as typed, by the key, by the look of the letter. */
export function codesOf(query: string): string[] {
  // Marks are kept: on a keyboard a letter with one is another key.
  const typed = query.trim().toLocaleLowerCase().replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
  const [, letter = '', digits = ''] = /^(\p{L})[\s-]?(\d{0,2})$/u.exec(typed) ?? [];
  const letters = [letter, KEYS[letter], LOOKS[letter]].filter((one) => one !== undefined && /^[a-z]$/.test(one));
  return [...new Set(letters.map((one) => `${one}${digits}`.toUpperCase()))];
}

/** How far a word is cut where it has an ending: declined words are found by their stem. */
const STEM = 4;
const ENDING = 2;

function holds(text: string, word: string): boolean {
  return text.includes(word) || (word.length >= STEM + 1 && text.includes(word.slice(0, Math.max(STEM, word.length - ENDING))));
}

/** Those that fit, the best first; `wordsOf`: what is said beside a phrase, its group and marker. Nothing typed: all of them. */
export function found(all: readonly Catalogued[], query: string, language: string, wordsOf: (phrase: Catalogued) => string): Catalogued[] {
  const typed = plain(query).trim();
  if (!typed) return [...all];
  const codes = codesOf(query);
  const words = typed.split(/\s+/);
  const score = (phrase: Catalogued): number => {
    if (codes.includes(phrase.code)) return 0;
    if (codes.some((code) => phrase.code.startsWith(code))) return 1;
    const text = phrase.texts[language] ?? phrase.texts['en'];
    const said = plain(text?.text ?? '');
    if (words.every((word) => said.includes(word))) return 2;
    if (words.every((word) => holds(said, word))) return 3;
    const beside = `${said} ${plain(text?.meaning ?? '')} ${plain(wordsOf(phrase))}`;
    return words.every((word) => holds(beside, word)) ? 4 : Infinity;
  };
  const scored = all.map((phrase) => ({ phrase, at: score(phrase) })).filter(({ at }) => at < Infinity);
  return scored.toSorted((a, b) => a.at - b.at).map(({ phrase }) => phrase);
}
