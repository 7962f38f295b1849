/** Windows of notices as bars, in as few lanes as keep them apart. */
import type { Notice, Window } from '../api/facts.ts';
import { STANDING } from '../state/kinds.ts';

export const MAX_LANES = 8;
/** More make no picture, and take a screen long to draw. */
export const MAX_BARS = 400;

export interface Bar {
  notice: Notice;
  lane: number;
  /** As much of the window as is within the picture. */
  from: number;
  until: number;
  window: Window;
}

/** Those that stand, or stood until they expired, between `start` and `end`; `more`: how many have no room. */
export function barsOf(notices: readonly Notice[], start: number, end: number): { bars: Bar[]; more: number } {
  const within = notices
    .filter((notice) => STANDING.has(notice.state) || notice.state === 'expired')
    .flatMap((notice) => (notice.slots?.window ? [{ notice, window: notice.slots.window }] : []))
    .filter(({ window }) => window.until > start && window.from < end)
    .sort((one, other) => one.window.from - other.window.from);
  const ends: number[] = [];
  const bars: Bar[] = [];
  for (const { notice, window } of within) {
    const free = ends.findIndex((at) => at <= window.from);
    const lane = free < 0 ? ends.length : free;
    if (lane >= MAX_LANES || bars.length >= MAX_BARS) continue;
    ends[lane] = window.until;
    bars.push({ notice, lane, from: Math.max(window.from, start), until: Math.min(window.until, end), window });
  }
  return { bars, more: within.length - bars.length };
}
