import { words } from '../words/words.svelte.ts';

/** What the console has and says for the watch: its handover, orders over a shoulder, PINs. */
export const watching = async () => (await Promise.all([import('./WatchDetail.svelte'), words.also('watch')]))[0].default;
