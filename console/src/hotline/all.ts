/** The hotline comes together, right after the shell, and with it what is on the record. An officer of an element has none. */
export { default as IncidentDetail } from '../incidents/IncidentDetail.svelte';
export { default as IncidentList } from '../incidents/IncidentList.svelte';
export { default as HotlineDetail } from './HotlineDetail.svelte';
export { default as HotlineList } from './HotlineList.svelte';
export { default as HotlineStrip } from './HotlineStrip.svelte';
