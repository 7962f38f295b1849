import { words } from '../words/words.svelte.ts';

/** The map, the past, and what is said of both: the shell does not wait for them. */
export const chart = async () => (await Promise.all([import('./all.ts'), words.also('map')]))[0];
