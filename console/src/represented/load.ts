import { words } from '../words/words.svelte.ts';

/** What the console has and says for those whom this party speaks for. */
export const represented = async () => (await Promise.all([import('./all.ts'), words.also('represented')]))[0];
