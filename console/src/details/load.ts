import { words } from '../words/words.svelte.ts';

/** What can wait a moment, and what is said there: stop calls are in the shell, and this comes right after it. */
export const later = async () => (await Promise.all([import('./later.ts'), words.also('notices')]))[0];
