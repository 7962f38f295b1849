import { words } from '../words/words.svelte.ts';

/** What the console has and says for the hotline: the shell does not wait for it. */
export const hotline = async () => (await Promise.all([import('./all.ts'), words.also('hotline')]))[0];
