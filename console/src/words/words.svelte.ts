/** What is said to people, from the phrase catalogue, in the reader's language. What travels is codes, never these texts. */
import { type FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import { bundleOf, directionOf, isLanguage, LANGUAGES, type Language, preferred } from './languages.ts';

export { LANGUAGES, type Language, NAMES } from './languages.ts';
const KEPT = 'standclear-language';

/** What the shell says comes before the page is shown, in one language; what is said of notices, and of those whom this party
 * speaks for, comes with them. */
export type Part = 'shell' | 'notices' | 'represented' | 'watch' | 'map' | 'hotline';
type Texts = () => Promise<{ default: readonly string[] }>;
const texts: Record<Part, Record<Language, Texts>> = {
  shell: { en: () => import('./en.ts'), ru: () => import('./ru.ts'), ar: () => import('./ar.ts') },
  notices: { en: () => import('./notices.en.ts'), ru: () => import('./notices.ru.ts'), ar: () => import('./notices.ar.ts') },
  watch: { en: () => import('./watch.en.ts'), ru: () => import('./watch.ru.ts'), ar: () => import('./watch.ar.ts') },
  hotline: { en: () => import('./hotline.en.ts'), ru: () => import('./hotline.ru.ts'), ar: () => import('./hotline.ar.ts') },
  map: { en: () => import('./map.en.ts'), ru: () => import('./map.ru.ts'), ar: () => import('./map.ar.ts') },
  represented: { en: () => import('./represented.en.ts'), ru: () => import('./represented.ru.ts'), ar: () => import('./represented.ar.ts') },
};
const bundles: Partial<Record<Language, FluentBundle>> = {};
const loaded = new Map<string, Promise<void>>();
/** What has been asked for, and is loaded in every language that is chosen. */
const wanted = new Set<Part>(['shell']);

function load(language: Language, part: Part): Promise<void> {
  const name = `${language} ${part}`;
  const before = loaded.get(name);
  if (before) return before;
  const loading = texts[part][language]().then(({ default: parts }) => {
    const bundle = (bundles[language] ??= bundleOf(language));
    for (const text of parts) bundle.addResource(new FluentResource(text));
  });
  loaded.set(name, loading);
  // Tried again where it failed: the node may be back.
  loading.catch(() => loaded.delete(name));
  return loading;
}

const loadAll = async (language: Language): Promise<void> => void (await Promise.all([...wanted].map((part) => load(language, part))));

/** In a link that opens a desk: the language of whoever it is for, until they choose another. */
const ASKED = 'language';

const asked = new URLSearchParams(location.search).get(ASKED);

function first(): Language {
  if (isLanguage(asked)) localStorage.setItem(KEPT, asked);
  return preferred(KEPT);
}

let language = $state<Language>(first());

export const words = {
  /** The link that opened the page names a language: what an officer had before gives way to it. */
  isAsked: isLanguage(asked),
  get language(): Language {
    return language;
  },
  get direction(): 'ltr' | 'rtl' {
    return directionOf(language);
  },
  async choose(chosen: Language): Promise<void> {
    await loadAll(chosen);
    language = chosen;
    localStorage.setItem(KEPT, chosen);
  },
  /** Before anything is said. */
  begin: () => loadAll(language),
  /** Before anything of `part` is said. */
  also(part: Part): Promise<void> {
    wanted.add(part);
    return loadAll(language);
  },
  /** All of them, so that they are there when the node is not. */
  async rest(): Promise<void> {
    for (const part of ['notices', 'represented', 'watch', 'map', 'hotline'] as const) wanted.add(part);
    await Promise.all(LANGUAGES.map(loadAll));
  },
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

/** A length, a speed or a span of time with the name that its unit has here. What is typed keeps the Latin one. */
export const inUnits = (measure: string): string => measure.replace(/[a-z/]+$/, (unit) => say(`unit-${unit.replace('/', '-')}`));

/** A code of the vocabulary in words; one that has none, by itself: a newer node may say it. */
export function code(kind: string, name: string): string {
  const phrase = `${kind}-${name.replaceAll(' ', '-')}`;
  return bundles[language]?.hasMessage(phrase) ? say(phrase) : name;
}
