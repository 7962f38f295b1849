/** What is open, in the address bar: by its opaque name, never by a place. Reload, a second tab, back and forward find it again. */
import type { Open } from '../state/view.svelte.ts';

const NAMED = ['notice', 'call', 'line', 'draft', 'element', 'sweep', 'hotline', 'incident'] as const;
type Named = (typeof NAMED)[number];
/** Longer is no name of ours. */
const MAX_NAME = 200;

export function hashOf(open: Open): string {
  return open && 'id' in open && open.id && open.what !== 'drafting' ? `#${open.what}=${encodeURIComponent(open.id)}` : '';
}

/** Nothing where the address names nothing that can be opened. */
export function openOf(hash: string): Open {
  const [, what, name = ''] = /^#([a-z]+)=([^=]+)$/.exec(hash) ?? [];
  if (!NAMED.includes(what as Named) || name.length > MAX_NAME) return undefined;
  try {
    return { what: what as Named, id: decodeURIComponent(name) };
  } catch {
    // Broken off, or typed by hand.
    return undefined;
  }
}
