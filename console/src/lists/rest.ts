/** The lists that can wait for the first look: what alarms, calls and is declared comes before them. */
export { default as CheckList } from './CheckList.svelte';
export { default as DraftList } from './DraftList.svelte';
export { default as PointList } from './PointList.svelte';
export { default as SweepList } from './SweepList.svelte';
export { default as UnitList } from './UnitList.svelte';
export { default as WatchList } from './WatchList.svelte';
