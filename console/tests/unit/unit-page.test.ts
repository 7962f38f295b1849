/** What a unit's telephone says and loads. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import { keep, kept, KEPT_FOR } from '../../src/unit/kept.ts';
import { bearing, rounded } from '../../src/unit/direction.ts';

/** Everything that the page loads before it says anything, packed by gzip: a telephone far out has little to load by. */
const MAX_PAGE = 60_000;
const LANGUAGES = ['en', 'ru', 'ar'];

const bundle = (names: string[]): FluentBundle => {
  const made = new FluentBundle('en');
  for (const name of names) assert.deepEqual(made.addResource(new FluentResource(readFileSync(`../phrases/${name}`, 'utf8'))), []);
  return made;
};
const ids = (name: string): string[] =>
  [...readFileSync(`../phrases/${name}`, 'utf8').matchAll(/^([a-z0-9-]+) = /gm)].map((found) => found[1] ?? '').sort();

test('a unit is told the same in every language', () => {
  const english = ids('unit.en.ftl');
  assert(english.length > 25);
  for (const language of LANGUAGES) {
    assert.deepEqual(ids(`unit.${language}.ftl`), english, language);
    assert(readFileSync(`../phrases/unit.${language}.ftl`, 'utf8').startsWith('# Reviewed'), language);
  }
});

test("every phrase that a unit's page says is there, and no other", () => {
  const of = (language: string): string[] => readdirSync('../phrases').filter((name) => name.endsWith(`${language}.ftl`));
  const sources = Object.values(import.meta.glob('../../src/unit/*.{svelte,ts}', { query: '?raw', import: 'default', eager: true }));
  const said = new Set(sources.flatMap((source) => [...String(source).matchAll(/\bsay\('([a-z0-9-]+)'/g)].map((found) => found[1] ?? '')));
  assert(said.size > 20);
  for (const language of LANGUAGES) {
    const made = bundle(of(language));
    assert.deepEqual([...said].filter((key) => !made.hasMessage(key)), [], language);
  }
  assert.deepEqual(ids('unit.en.ftl').filter((key) => !said.has(key)), []);
});

test('what the console says of units is there in every language, and nothing that is not said', () => {
  const sources = Object.values(import.meta.glob(['../../src/details/*.svelte', '../../src/lists/*.svelte'], { query: '?raw', import: 'default', eager: true }));
  const said = new Set(sources.flatMap((source) => [...String(source).matchAll(/\bsayOfUnits\('([a-z0-9-]+)'/g)].map((found) => found[1] ?? '')));
  for (const language of LANGUAGES) assert.deepEqual(ids(`units.${language}.ftl`), [...said].sort(), language);
});

test('what a telephone keeps is one answer, for a day, and nothing that it cannot read', () => {
  const store = new Map<string, string>();
  Object.assign(globalThis, {
    localStorage: { getItem: (name: string) => store.get(name) ?? null, setItem: (name: string, text: string) => void store.set(name, text), removeItem: (name: string) => void store.delete(name) },
  });
  const told = { unit: 'birch-2', notices: [], pauses: [] } as never;
  keep({ told, heard: 1_000, unsent: ['s'] });
  keep({ told, heard: 2_000, unsent: [] });
  assert.equal(store.size, 1);
  assert.deepEqual(kept(2_000 + KEPT_FOR - 1)?.unsent, []);
  assert.equal(kept(2_000 + KEPT_FOR), undefined);
  assert.equal(store.size, 0, 'it is gone');
  keep({ told, heard: 5_000, unsent: [] });
  assert.equal(kept(4_999), undefined, 'a clock that was set back makes nothing young');
  for (const broken of ['', '{', '[]', '{"told":{}}', '{"told":{"notices":[],"pauses":[]},"heard":"x"}', 'null']) {
    store.set('standclear-unit-told', broken);
    assert.equal(kept(1), undefined, broken);
  }
});

test('a direction has three digits and a distance no more than finding needs', () => {
  assert.deepEqual([bearing(224_400), bearing(4_600), bearing(359_700)], ['224°', '005°', '000°']);
  assert.deepEqual([rounded(93_000), rounded(854_000), rounded(4_712_000), rounded(14_760_000)], ['90 m', '850 m', '4.7 km', '15 km']);
});

test("a unit's page is small, loads nothing of the desk's, and asks nothing of anyone else", () => {
  assert(existsSync('dist/unit.html.gz'), 'build the console first: npm run build');
  const text = (path: string): string => gunzipSync(readFileSync(path)).toString();
  const loaded = new Set([...text('dist/unit.html.gz').matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map((found) => `dist/${found[1]}.gz`));
  for (const file of loaded) {
    for (const found of file.endsWith('.js.gz') ? text(file).matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g) : []) loaded.add(`dist/assets/unit/${found[1]}.gz`);
  }
  const bytes = [...loaded].reduce((sum, file) => sum + readFileSync(file).length, readFileSync('dist/unit.html.gz').length);
  console.log(`a unit's page: ${bytes} bytes, and one language`);
  assert(bytes < MAX_PAGE, `${bytes}`);
  for (const file of loaded) {
    assert(!/https?:\/\/(?!www\.w3\.org|svelte\.dev)/.test(text(file)), `${file} names an address`);
    assert(!text(file).includes('/api/calls'), `${file} is of the desk`);
  }
});
