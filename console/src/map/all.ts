/** What comes together, right after the shell: the map's frame, and past times. The map itself is a chunk of its own. */
export { default as PastDetail } from '../past/PastDetail.svelte';
export { default as PastLists } from '../past/PastLists.svelte';
export { default as PastStrip } from '../past/PastStrip.svelte';
export { default as MapPane } from './MapPane.svelte';
