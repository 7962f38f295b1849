/** What is being typed, kept for this tab of the browser alone: a reload, or a session that ends, loses nothing. */
import { desk } from '../state/desk.svelte.ts';

const PREFIX = 'standclear-typed:';
type Typed = Record<string, string>;

const key = (): string => PREFIX + (desk.me?.name ?? '');

function all(): Record<string, Typed> {
  try {
    return JSON.parse(sessionStorage.getItem(key()) ?? '{}') as Record<string, Typed>;
  } catch {
    // Storage is blocked, or holds what somebody wrote there by hand: nothing was kept.
    return {};
  }
}

export const isRemembered = (form: string): boolean => form in all();

/** What was typed into `form`, as far as it is text. */
export function remembered(form: string): Typed {
  const found: unknown = all()[form];
  const pairs = found && typeof found === 'object' ? Object.entries(found) : [];
  return Object.fromEntries(pairs.filter(([, text]) => typeof text === 'string'));
}

/** `undefined`: it is done, or given up. */
export function remember(form: string, typed: Typed | undefined): void {
  const { [form]: _, ...others } = all();
  try {
    sessionStorage.setItem(key(), JSON.stringify(typed ? { ...others, [form]: typed } : others));
  } catch {
    // Storage is blocked: it lives as long as the page.
  }
}

/** What another officer typed in this tab, or all of it. */
export function forgetTyped(whose: 'others' | 'all'): void {
  try {
    for (const name of Object.keys(sessionStorage)) {
      if (name.startsWith(PREFIX) && (whose === 'all' || name !== key())) sessionStorage.removeItem(name);
    }
  } catch {
    // As above: nothing was kept.
  }
}
