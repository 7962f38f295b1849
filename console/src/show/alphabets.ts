const ALPHABETS = [/\p{Script=Latin}/u, /\p{Script=Cyrillic}/u, /\p{Script=Greek}/u];
const LETTERS_OF_ONE = [/^[\p{Script=Latin}\p{M}]+$/u, /^[\p{Script=Cyrillic}\p{M}]+$/u, /^[\p{Script=Greek}\p{M}]+$/u];

/** Words that mix Latin, Cyrillic or Greek letters with each other's, or with those of another alphabet, or with letters
 *  that are drawn as theirs (mathematical, fullwidth): some look alike, and such a name may not be the one it seems. */
export function mixesAlphabets(text: string): boolean {
  return text.split(/[^\p{L}\p{M}]+/u).some((word) => {
    const drawnAs = word.normalize('NFKC');
    return ALPHABETS.some((letter, at) => letter.test(drawnAs) && !LETTERS_OF_ONE[at]?.test(word)) || /[\uff21-\uff5a]/u.test(word);
  });
}
