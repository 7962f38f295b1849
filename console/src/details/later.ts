export { default as DraftDetail } from './DraftDetail.svelte';
export { default as Drafting } from './Drafting.svelte';
export { default as ExportWaits } from './ExportWaits.svelte';
export { default as Files } from './Files.svelte';
export { default as LineDetail } from './LineDetail.svelte';
export { default as NoticeDetail } from './NoticeDetail.svelte';
export { default as SweepDetail } from './SweepDetail.svelte';
