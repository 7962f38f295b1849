/** Between what is open and the browser's own history. */
import { view, type Open } from '../state/view.svelte.ts';
import { hashOf, openOf } from './address.ts';

export function arrive(): void {
  if (!view.open && openOf(location.hash)) view.show(openOf(location.hash));
}

/** After something was opened or closed here. What is being typed has no address of its own. */
export function follow(open: Open): void {
  if (open?.what === 'drafting' || open?.what === 'files') return;
  const hash = hashOf(open);
  if (hash !== location.hash) history.pushState(null, '', hash || location.pathname + location.search);
}

/** The browser went back or forward: never away from a form that is being filled in. */
export function went(): void {
  if (view.open?.what === 'drafting') return;
  view.show(openOf(location.hash));
}
