/** What the console has for those whom this party speaks for, together: it comes once there is one. */
export { default as Consenting } from './Consenting.svelte';
export { default as ElementDetail } from './ElementDetail.svelte';
export { default as ElementList } from './ElementList.svelte';
export { default as OfElement } from './OfElement.svelte';
