import type { Slots } from '../api/facts.ts';

/** Where, how high and when come first; then what else is said. */
const FIRST = ['place', 'area', 'second-description', 'band', 'window'];
/** What a message speaks of is said by where it is shown. */
const SHOWN_APART = new Set(['subject', 'amends']);

/** What is filled in, in the order in which it is read. */
export function slotsOf(slots: Slots): [string, unknown][] {
  const rank = (name: string): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  return Object.entries(slots)
    .filter(([name, value]) => value !== null && value !== undefined && !SHOWN_APART.has(name))
    .sort(([a], [b]) => rank(a) - rank(b));
}
