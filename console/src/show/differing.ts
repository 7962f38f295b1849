/** Which characters of what was entered differ from what was said. Called only once the node has said that they do. */
export interface Piece {
  text: string;
  differs: boolean;
}

/** What stands where something is lacking. */
export const LACKING = '▁';
/** Spaces, commas and degree signs say nothing: letters and digits are compared. */
const SAYS = /[\p{L}\p{N}.+-]/u;

export function differing(said: string, entered: string): Piece[] {
  const shown = [...entered];
  const kept = shown.flatMap((char, index) => (SAYS.test(char) ? [index] : []));
  const expected = [...said].filter((char) => SAYS.test(char));
  const steps = aligned(expected, kept.map((index) => shown[index] ?? ''));
  const differs = new Set<number>();
  const lackingBefore = new Set<number>();
  let at = 0;
  for (const step of steps) {
    if (step === 'lacking') {
      lackingBefore.add((kept[at - 1] ?? -1) + 1);
      continue;
    }
    if (step !== 'same') differs.add(kept[at] ?? -1);
    at += 1;
  }
  const pieces: Piece[] = [];
  const add = (text: string, isDifferent: boolean): void => {
    const last = pieces.at(-1);
    if (last?.differs === isDifferent) last.text += text;
    else pieces.push({ text, differs: isDifferent });
  };
  for (let index = 0; index <= shown.length; index += 1) {
    if (lackingBefore.has(index)) add(LACKING, true);
    if (index < shown.length) add(shown[index] ?? '', differs.has(index));
  }
  return pieces;
}

type Step = 'same' | 'other' | 'added' | 'lacking';

/** The fewest changes from what was said to what was entered (Levenshtein), in order. */
function aligned(expected: string[], entered: string[]): Step[] {
  const same = (i: number, j: number): boolean => expected[i]?.toUpperCase() === entered[j]?.toUpperCase();
  const costs: number[][] = [];
  for (let i = expected.length; i >= 0; i -= 1) {
    const row: number[] = (costs[i] = []);
    for (let j = entered.length; j >= 0; j -= 1) {
      const cost = (i2: number, j2: number): number => costs[i2]?.[j2] ?? Infinity;
      if (i === expected.length) row[j] = entered.length - j;
      else if (j === entered.length) row[j] = expected.length - i;
      else row[j] = Math.min(cost(i + 1, j + 1) + (same(i, j) ? 0 : 1), cost(i + 1, j) + 1, cost(i, j + 1) + 1);
    }
  }
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < entered.length) {
    const here = costs[i]?.[j] ?? 0;
    const next = costs[i + 1]?.[j + 1] ?? Infinity;
    if (i < expected.length && j < entered.length && next + (same(i, j) ? 0 : 1) === here) {
      steps.push(same(i, j) ? 'same' : 'other');
      [i, j] = [i + 1, j + 1];
    } else if ((costs[i + 1]?.[j] ?? Infinity) + 1 === here) {
      steps.push('lacking');
      i += 1;
    } else {
      steps.push('added');
      j += 1;
    }
  }
  return steps;
}
