/** The languages that there are, and which of them a reader has. */
import { FluentBundle } from '@fluent/bundle';

export const LANGUAGES = ['en', 'ru', 'ar'] as const;
export type Language = (typeof LANGUAGES)[number];

/** As each calls itself. */
export const NAMES: Record<Language, string> = { en: 'English', ru: 'Русский', ar: 'العربية' };

export const isLanguage = (text: string | null | undefined): text is Language => LANGUAGES.some((language) => language === text);

export const directionOf = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

/** What was chosen here, else the first that the browser asks for and that there is. */
export function preferred(kept: string): Language {
  const chosen = localStorage.getItem(kept);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((tag) => tag.slice(0, 2)).find(isLanguage) ?? 'en';
}

/** For phrases of one language. Digits stay 0 to 9 in Arabic too: what is read aloud must look the same on both sides. */
export const bundleOf = (language: Language): FluentBundle => new FluentBundle(language === 'ar' ? 'ar-u-nu-latn' : language);
