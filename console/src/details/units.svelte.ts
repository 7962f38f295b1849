/** What is said of our own units: with them, since nobody needs it before. */
import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import ar from '../../../phrases/units.ar.ftl?raw';
import en from '../../../phrases/units.en.ftl?raw';
import ru from '../../../phrases/units.ru.ftl?raw';
import { words } from '../words/words.svelte.ts';

const made = (language: string, text: string): FluentBundle => {
  const bundle = new FluentBundle(language);
  bundle.addResource(new FluentResource(text));
  return bundle;
};
// Digits stay 0 to 9 in Arabic too.
const bundles = { en: made('en', en), ru: made('ru', ru), ar: made('ar-u-nu-latn', ar) };

export function sayOfUnits(name: string, slots: Record<string, FluentVariable> = {}): string {
  const bundle = bundles[words.language];
  const pattern = bundle.getMessage(name)?.value;
  return pattern ? bundle.formatPattern(pattern, slots, []) : `[${name}]`;
}
