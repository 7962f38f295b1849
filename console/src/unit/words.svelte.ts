/** What a unit is told, in its reader's language. A page of its own: it keeps its own language, and loads one at a time. */
import { type FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import { bundleOf, directionOf, LANGUAGES, type Language, preferred } from '../words/languages.ts';

export { LANGUAGES, type Language, NAMES } from '../words/languages.ts';
const KEPT = 'standclear-unit-language';

/** The common phrases, what the unit's page says beyond them, and the codes of the vocabulary, which the console has. */
const files = import.meta.glob<string>(['../../../phrases/*.ftl', '!../../../phrases/{units,represented,watch}.*'], { query: '?raw', import: 'default' });
const bundles: Partial<Record<Language, FluentBundle>> = {};

async function load(language: Language): Promise<void> {
  if (bundles[language]) return;
  const of = Object.entries(files).filter(([path]) => path.endsWith(`${language}.ftl`));
  const texts = await Promise.all(of.map(([, read]) => read()));
  const made = bundleOf(language);
  for (const text of texts) made.addResource(new FluentResource(text));
  bundles[language] = made;
}

let language = $state<Language>(preferred(KEPT));

export const words = {
  get language(): Language {
    return language;
  },
  get direction(): 'ltr' | 'rtl' {
    return directionOf(language);
  },
  async choose(chosen: Language): Promise<void> {
    await load(chosen);
    language = chosen;
    localStorage.setItem(KEPT, chosen);
  },
  begin: () => load(language),
  /** So that they are there when the node is not. */
  rest: async () => void (await Promise.all(LANGUAGES.map(load))),
};

/** The phrase of that name. */
export function say(name: string, slots: Record<string, FluentVariable> = {}): string {
  const pattern = bundles[language]?.getMessage(name)?.value;
  return pattern ? (bundles[language]?.formatPattern(pattern, slots, []) ?? '') : `[${name}]`;
}

/** A code of the vocabulary in words; one that has none, by itself: a newer node may say it. */
export function code(kind: string, name: string): string {
  const phrase = `${kind}-${name.replaceAll(' ', '-')}`;
  return bundles[language]?.hasMessage(phrase) ? say(phrase) : name;
}
