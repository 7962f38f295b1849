/** The hotline comes together, right after the shell. An officer of an element has none. */
export { default as HotlineDetail } from './HotlineDetail.svelte';
export { default as HotlineList } from './HotlineList.svelte';
export { default as HotlineStrip } from './HotlineStrip.svelte';
