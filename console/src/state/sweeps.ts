/** Small notices of the other party that together sweep an area: the node says which, and this only finds them. */
import type { Notice, Sweep } from '../api/facts.ts';
import { facts } from './facts.svelte.ts';

/** Names a sweep for as long as it is in view: it grows at its end. */
export const nameOf = (sweep: Sweep): string => `${sweep.line} ${sweep.kind} ${sweep.notices[0] ?? ''}`;

export const noticesOf = (sweep: Sweep): Notice[] => facts.notices.filter((notice) => sweep.notices.includes(notice.entry));

/** The sweep that a notice is one of. */
export const sweepOf = (entry: string): Sweep | undefined => facts.sweeps.find((sweep) => sweep.notices.includes(entry));
