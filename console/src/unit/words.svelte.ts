/** What a unit is told, in its reader's language. A page of its own: it keeps its own language, and loads one at a time. */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

export const LANGUAGES = ['en', 'ru', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];
export const NAMES: Record<Language, string> = { en: 'English', ru: 'Русский', ar: 'العربية' };
const KEPT = 'standclear-unit-language';

/** The common phrases, what the unit's page says beyond them, and the codes of the vocabulary, which the console has. */
const files = import.meta.glob<string>(['../../../phrases/*.ftl', '!../../../phrases/{units,represented}.*'], { query: '?raw', import: 'default' });
const bundles: Partial<Record<Language, FluentBundle>> = {};

async function load(language: Language): Promise<void> {
  if (bundles[language]) return;
  const of = Object.entries(files).filter(([path]) => path.endsWith(`${language}.ftl`));
  const texts = await Promise.all(of.map(([, read]) => read()));
  // Digits stay 0 to 9 in Arabic too: what is read aloud must look the same on both sides.
  const made = new FluentBundle(language === 'ar' ? 'ar-u-nu-latn' : language);
  for (const text of texts) made.addResource(new FluentResource(text));
  bundles[language] = made;
}

const is = (text: string | null | undefined): text is Language => LANGUAGES.some((language) => language === text);

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (is(kept)) return kept;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(is) ?? 'en';
}

let language = $state<Language>(first());

export const words = {
  get language(): Language {
    return language;
  },
  get direction(): 'ltr' | 'rtl' {
    return language === 'ar' ? 'rtl' : 'ltr';
  },
  async choose(chosen: Language): Promise<void> {
    await load(chosen);
    language = chosen;
    localStorage.setItem(KEPT, chosen);
  },
  begin: () => load(first()),
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
