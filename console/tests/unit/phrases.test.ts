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

test('every language says the same with the same slots', () => {
  const english = phrases('console.en');
  assert(english.size > 200);
  for (const language of ['ru', 'ar']) assert.deepEqual(new Map([...phrases(`console.${language}`)].sort()), new Map([...english].sort()));
});

test('the console says nothing twice that the common phrases say', () => {
  const common = phrases('en');
  assert.deepEqual([...phrases('console.en').keys()].filter((key) => common.has(key)), []);
});

test('every file says whether it was reviewed, and has no broken phrase', () => {
  for (const language of LANGUAGES) {
    const whole = text(`console.${language}`);
    assert(whole.startsWith('# '), language);
    const bundle = new FluentBundle(language);
    assert.deepEqual(bundle.addResource(new FluentResource(whole)), []);
    assert.equal(new FluentResource(whole).body.length, phrases(`console.${language}`).size);
  }
});

test('every phrase that the page says is there', () => {
  const known = new Set([...phrases('en').keys(), ...phrases('console.en').keys()]);
  // The page of a unit's telephone says its own.
  const sources = import.meta.glob(['../../src/**/*.{svelte,ts}', '!../../src/unit/**'], { query: '?raw', import: 'default', eager: true });
  const said = Object.values(sources).flatMap((source) => [...String(source).matchAll(/\bsay\('([a-z0-9-]+)'/g)].map((found) => found[1] ?? ''));
  assert(said.length > 200);
  assert.deepEqual(said.filter((key) => !known.has(key)), []);
});

test('every code of the vocabulary is in words', () => {
  const known = new Set([...phrases('en').keys(), ...phrases('console.en').keys()]);
  const kindOf = (says: string): string => (says === 'air-activity' ? 'activity' : says);
  const codes = KINDS.flatMap((of) => [`kind-${of.kind}`, `slot-${of.says}`, ...of.codes.map((code) => `${kindOf(of.says)}-${code}`)]);
  assert.deepEqual(codes.filter((code) => !known.has(code)), []);
});
