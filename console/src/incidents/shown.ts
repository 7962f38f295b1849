/** How claims and warnings are shown: what waits, and which of their slots stand in words of their own. */
import type { Claim, Evidence, Slots, Warning } from '../api/facts.ts';
import { code } from '../words/words.svelte.ts';

/** Slots that are codes, and what a claim has beside its place and time. */
const APART = new Set(['claim', 'certainty', 'whose', 'warning', 'level', 'evidence', 'remarks', 'language', 'authority']);

/** Where and when: what any message shows in the same way. */
export const placed = (slots: Slots): Slots => Object.fromEntries(Object.entries(slots).filter(([name]) => !APART.has(name))) as Slots;

export const text = (slots: Slots | null, name: string): string => {
  const value = slots?.[name];
  return typeof value === 'string' ? value : '';
};

export const evidenceOf = (slots: Slots | null): Evidence[] => (slots?.['evidence'] ?? []) as unknown as Evidence[];

export const warnedOf = (of: Warning): string => code('warning', text(of.slots, 'warning'));

/** Whether a person of this desk is asked for something by it. */
export function isWaiting(of: Claim | Warning): boolean {
  if (of.from !== 'peer' || of.state !== 'standing') return false;
  return 'answers' in of ? !of.answer : !of.received;
}
