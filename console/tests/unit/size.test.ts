import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';

/** Everything that a page loads before its map: bytes as they are sent, packed by gzip. */
const MAX_SHELL = 60_000;

const size = (path: string): number => readFileSync(path).length;
const text = (path: string): string => gunzipSync(readFileSync(path)).toString();

test('the shell is within its limit in every language, and asks nothing of anyone else', () => {
  assert(existsSync('dist/index.html.gz'), 'build the console first: npm run build');
  const page = text('dist/index.html.gz');
  const named = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => `dist/${found[1]}.gz`);
  assert(named.length >= 2, page);
  // What those import at once comes with them.
  const shell = new Set(named);
  for (const file of shell) {
    for (const found of file.endsWith('.js.gz') ? text(file).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g) : []) shell.add(`dist/assets/${found[1]}.gz`);
  }
  assert(![...shell].some((file) => file.includes('chart')), 'the map is no part of it');
  const common = size('dist/index.html.gz') + [...shell].reduce((sum, file) => sum + size(file), 0);
  const languages = ['en', 'ru', 'ar'].map((language) => {
    const [file] = readdirSync('dist/assets').filter((name) => name.startsWith(`${language}-`) && name.endsWith('.js.gz'));
    assert(file, language);
    return { language, bytes: common + size(`dist/assets/${file}`) };
  });
  console.log(languages.map(({ language, bytes }) => `shell, ${language}: ${bytes} bytes`).join('\n'));
  for (const { language, bytes } of languages) assert(bytes <= MAX_SHELL, `${language}: ${bytes} bytes`);
  for (const file of shell) assert(!/https?:\/\/(?!www\.w3\.org|svelte\.dev)/.test(text(file)), `${file} names an address`);
});
