/** What stood when the node was last heard, kept on the wall's machine: shown, as old, when the page is opened while the node is away. One
 * answer and no history, for no longer than half a day, and gone as soon as the node says that the page is a wall page no more. */
import type { components } from '../api/described.ts';
import type { Alarm } from '../api/facts.ts';

const NAME = 'standclear-wall-told';
/** What is older is no watch's any more. */
export const KEPT_FOR = 12 * 3_600_000;

export interface Kept {
  page: components['schemas']['WallPage'];
  alarms: Alarm[];
  /** When it was last heard, by this machine's own clock. */
  heard: number;
}

export function keep(kept: Kept): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // Full, or forbidden: the page works as before, and knows nothing when it is opened without the node.
    forget();
  }
}

/** `undefined`: nothing is kept, or nothing that is young enough. */
export function kept(now: number): Kept | undefined {
  try {
    const found = JSON.parse(localStorage.getItem(NAME) ?? 'null') as Kept | null;
    const isWhole = found !== null && typeof found.heard === 'number' && Array.isArray(found.alarms) && typeof found.page?.desk === 'string';
    // A clock that was set back makes nothing young again.
    if (isWhole && now >= found.heard && now - found.heard < KEPT_FOR) return found;
  } catch {
    // What somebody wrote there by hand is nothing that was heard.
  }
  forget();
  return undefined;
}

export function forget(): void {
  try {
    localStorage.removeItem(NAME);
  } catch {
    // Where nothing can be taken away nothing was kept.
  }
}
