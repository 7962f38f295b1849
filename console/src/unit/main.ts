import '../fonts.css';
import '../page.css';
import './unit.css';
import { mount } from 'svelte';
import UnitPage from './UnitPage.svelte';
import { keepPage } from '../state/worker.ts';
import { words } from './words.svelte.ts';

await words.begin();
// What the node is asked first is answered in it, too.
document.documentElement.lang = words.language;

const target = document.getElementById('unit');
if (!target) throw new Error('the page has no place for the unit');
mount(UnitPage, { target });

// Once all of it is there, in every language.
void words.rest().then(() => keepPage('unit'), () => {});
