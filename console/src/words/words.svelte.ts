/** What is said to people, from the phrase catalogue, in the reader's language. What travels is codes, never these texts. */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';

export const LANGUAGES = ['en', 'ru', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/** As each calls itself. */
export const NAMES: Record<Language, string> = { en: 'English', ru: 'Русский', ar: 'العربية' };
const KEPT = 'standclear-language';

/** One language is loaded before the page is shown; the others follow, so that they are there when the node is not. */
const texts: Record<Language, () => Promise<{ default: readonly string[] }>> = {
  en: () => import('./en.ts'),
  ru: () => import('./ru.ts'),
  ar: () => import('./ar.ts'),
};
const bundles: Partial<Record<Language, FluentBundle>> = {};

async function load(language: Language): Promise<void> {
  if (bundles[language]) return;
  const { default: parts } = await texts[language]();
  // Digits stay 0 to 9 in Arabic too: what is read aloud must look the same on both sides.
  const made = new FluentBundle(language === 'ar' ? 'ar-u-nu-latn' : language);
  for (const part of parts) made.addResource(new FluentResource(part));
  bundles[language] = made;
}

const is = (text: string | null | undefined): text is Language => LANGUAGES.some((language) => language === text);

/** In a link that opens a desk: the language of whoever it is for, until they choose another. */
const ASKED = 'language';

function first(): Language {
  const asked = new URLSearchParams(location.search).get(ASKED);
  if (is(asked)) {
    localStorage.setItem(KEPT, asked);
    return asked;
  }
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
  /** Before anything is said. */
  begin: () => load(first()),
  rest: async () => void (await Promise.all(LANGUAGES.map(load))),
};

function found(name: string, slots: Record<string, FluentVariable>, among: FluentBundle | undefined): string | undefined {
  const pattern = among?.getMessage(name)?.value;
  return pattern ? among?.formatPattern(pattern, slots, []) : undefined;
}

/** The phrase of that name. One that the language lacks is said in English, and marked. */
export function say(name: string, slots: Record<string, FluentVariable> = {}): string {
  const here = found(name, slots, bundles[language]);
  if (here !== undefined) return here;
  const english = found(name, slots, bundles.en);
  return english === undefined ? `[${name}]` : `${english} [en]`;
}

/** A code of the vocabulary in words; one that has none, by itself: a newer node may say it. */
export function code(kind: string, name: string): string {
  const phrase = `${kind}-${name.replaceAll(' ', '-')}`;
  return bundles[language]?.hasMessage(phrase) ? say(phrase) : name;
}
