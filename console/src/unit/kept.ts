/** What the node said last, kept on the telephone: it can be read when the node is gone and the page was opened anew. One answer
 * and no history, for no longer than a day, and gone as soon as the node says that the telephone is enrolled for no unit. */
import type { Told } from './told.svelte.ts';

const NAME = 'standclear-unit-told';
/** What is older concerns nobody any more, and is not left for whoever finds the telephone. */
export const KEPT_FOR = 24 * 3_600_000;

export interface Kept {
  told: Told;
  /** When it was heard, by this telephone's own clock. */
  heard: number;
  /** What the unit has received by its own word, and the node may not hold. */
  unsent: string[];
}

export function keep(kept: Kept): void {
  try {
    localStorage.setItem(NAME, JSON.stringify(kept));
  } catch {
    // Full, or forbidden: the page works as before, and cannot be opened without the node.
    forget();
  }
}

/** `undefined`: nothing is kept, or nothing that is young enough. */
export function kept(now: number): Kept | undefined {
  const text = localStorage.getItem(NAME);
  if (!text) return undefined;
  const found = read(text);
  // A clock that was set back makes nothing young again.
  if (found && now - found.heard >= 0 && now - found.heard < KEPT_FOR) return found;
  forget();
  return undefined;
}

function read(text: string): Kept | undefined {
  try {
    const found = JSON.parse(text) as Kept;
    if (typeof found?.heard !== 'number') return undefined;
    return found.told && Array.isArray(found.told.notices) && Array.isArray(found.told.pauses) && Array.isArray(found.unsent) ? found : undefined;
  } catch {
    return undefined;
  }
}

export function forget(): void {
  localStorage.removeItem(NAME);
}
