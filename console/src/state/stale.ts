/** What is to be read again, and what becomes of a list once it was. */
import type { Notice } from '../api/facts.ts';

/** The list with what was read of `named`: one that was not given is no longer in view. The others stay the very same. */
export function merged(all: readonly Notice[], named: readonly string[], given: readonly Notice[]): Notice[] {
  const read = new Map(given.map((notice) => [notice.entry, notice]));
  const kept = all.flatMap((notice) => {
    if (!named.includes(notice.entry)) return [notice];
    const anew = read.get(notice.entry);
    read.delete(notice.entry);
    return anew ? [anew] : [];
  });
  return [...kept, ...read.values()];
}

/** `anew`, with the very same of `before` wherever nothing changed: what is the same is not drawn again. */
export function kept<T extends object>(before: readonly T[], anew: readonly T[]): T[] {
  const known = new Map(before.map((one) => [JSON.stringify(one), one]));
  const all = anew.map((one) => known.get(JSON.stringify(one)) ?? one);
  const isSame = all.length === before.length && all.every((one, index) => one === before[index]);
  return isSame ? (before as T[]) : all;
}

/** What the notices that are new amend: it is in force no more, and nothing else says so. */
export function amendedBy(before: readonly Notice[], given: readonly Notice[]): string[] {
  const isKnown = (entry: string): boolean => before.some((of) => of.entry === entry);
  return given.flatMap(({ entry, slots }) => {
    const of = slots?.['amends'] as { epoch: number; index: number } | undefined;
    const amended = of && [...entry.split('.').slice(0, 3), of.epoch, of.index].join('.');
    return amended && !isKnown(entry) && isKnown(amended) ? [amended] : [];
  });
}

/** `entries`, and what they amend: an amendment that is refused leaves the notice before it in force. */
export function concerned(all: readonly Notice[], entries: readonly string[]): string[] {
  const amended = all.filter((notice) => notice.amended_by && entries.includes(notice.amended_by));
  return [...entries, ...amended.map((notice) => notice.entry)];
}

/** Ours which the other party has just signed for: those of the log below its size, as `delivered` names both, that had no receipt. */
export function waitingFor(all: readonly Notice[], head: string | null): string[] {
  const waiting = all.filter((notice) => notice.from === 'own' && !notice.delivered);
  const [, log, size] = head?.match(/^(.*)\.(\d+)$/) ?? [];
  const isBelow = (entry: string): boolean => {
    const at = entry.lastIndexOf('.');
    return entry.slice(0, at) === log && Number(entry.slice(at + 1)) < Number(size);
  };
  return waiting.map((notice) => notice.entry).filter((entry) => head === null || isBelow(entry));
}

/** The next time that notices open or end by the clock, and which do. */
export function turning(all: readonly Notice[], now: number): { at: number; entries: string[] } | undefined {
  const turns = all.flatMap(({ entry, slots }) => (slots?.window ? [slots.window.from, slots.window.until].map((at) => ({ at, entry })) : []));
  const ahead = turns.filter(({ at }) => at >= now);
  const at = ahead.reduce((least, turn) => Math.min(least, turn.at), Infinity);
  return ahead.length ? { at, entries: ahead.filter((turn) => turn.at === at).map((turn) => turn.entry) } : undefined;
}
