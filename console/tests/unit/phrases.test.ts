import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import { KINDS } from '../../src/state/kinds.ts';

const text = (name: string): string => readFileSync(`../phrases/${name}.ftl`, 'utf8');
const LANGUAGES = ['en', 'ru', 'ar'];

/** Each phrase of a file, and the slots it has. */
function phrases(name: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of text(name).split('\n')) {
    const [, key, said] = /^([a-z0-9-]+) = (.+)$/.exec(line) ?? [];
    if (!key || !said) continue;
    assert(!found.has(key), `${name}: ${key} twice`);
    found.set(key, [...said.matchAll(/\{ \$(\w+) \}/g)].map((slot) => slot[1] ?? '').sort());
  }
  return found;
}

const FILES = ['console', 'console-notices', 'console-map', 'represented', 'watch', 'hotline-console', 'incidents-console'];
const said = (): Set<string> => new Set(['en', ...FILES.map((file) => `${file}.en`)].flatMap((name) => [...phrases(name).keys()]));

test('every language says the same with the same slots', () => {
  for (const file of FILES) {
    const english = phrases(`${file}.en`);
    assert(english.size > 40);
    for (const language of ['ru', 'ar']) assert.deepEqual(new Map([...phrases(`${file}.${language}`)].sort()), new Map([...english].sort()));
  }
});

test('the console says nothing twice that the common phrases or the other file say', () => {
  const all = ['en', ...FILES.map((file) => `${file}.en`)].flatMap((name) => [...phrases(name).keys()]);
  assert.deepEqual(all.filter((key, index) => all.indexOf(key) !== index), []);
});

test('every file says whether it was reviewed, and has no broken phrase', () => {
  for (const name of FILES.flatMap((file) => LANGUAGES.map((language) => `${file}.${language}`))) {
    const whole = text(name);
    assert(whole.startsWith('# '), name);
    const bundle = new FluentBundle('en');
    assert.deepEqual(bundle.addResource(new FluentResource(whole)), []);
    assert.equal(new FluentResource(whole).body.length, phrases(name).size);
  }
});

test('every phrase that the page says is there', () => {
  const known = said();
  // The page of a unit's telephone says its own.
  const sources = import.meta.glob(['../../src/**/*.{svelte,ts}', '!../../src/unit/**'], { query: '?raw', import: 'default', eager: true });
  const used = Object.values(sources).flatMap((source) => [...String(source).matchAll(/\bsay\('([a-z0-9-]+)'/g)].map((found) => found[1] ?? ''));
  assert(used.length > 200);
  assert.deepEqual(used.filter((key) => !known.has(key)), []);
});

test('every code of the vocabulary is in words', () => {
  const known = said();
  const kindOf = (says: string): string => (says === 'air-activity' ? 'activity' : says);
  const codes = KINDS.flatMap((of) => [`kind-${of.kind}`, `slot-${of.says}`, ...of.codes.map((code) => `${kindOf(of.says)}-${code}`)]);
  assert.deepEqual(codes.filter((code) => !known.has(code)), []);
});
