import '../fonts.css';
import '../page.css';
import { mount } from 'svelte';
import WallPage from './WallPage.svelte';
import { words } from '../words/words.svelte.ts';

await words.begin();
await words.also('watch');

const target = document.getElementById('wall');
if (!target) throw new Error('the page has no place for the wall');
mount(WallPage, { target });

// In every language, while the node is there to be asked.
void words.rest().catch(() => {});
