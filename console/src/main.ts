import './fonts.css';
import './page.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { words } from './words/words.svelte.ts';

await words.begin();
// What the node is asked first is answered in it, too.
document.documentElement.lang = words.language;

const target = document.getElementById('page');
if (!target) throw new Error('the page has no place for the console');
mount(App, { target });
