import '../fonts.css';
import '../page.css';
import { mount } from 'svelte';
import WallPage from './WallPage.svelte';
import { keepPage } from '../state/worker.ts';
import { words } from '../words/words.svelte.ts';

await words.begin();
// What the node is asked first is answered in it, too.
document.documentElement.lang = words.language;
await words.also('watch');

const target = document.getElementById('wall');
if (!target) throw new Error('the page has no place for the wall');
mount(WallPage, { target });

// Once all of it is there, in every language: the page opens when the node is away.
void words.rest().then(() => keepPage('wall'), () => {});
