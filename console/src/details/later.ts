export { default as DraftDetail } from './DraftDetail.svelte';
export { default as Drafting } from './Drafting.svelte';
export { default as NoticeDetail } from './NoticeDetail.svelte';
