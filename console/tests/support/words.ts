/** What the page says, by name, in one language. */
import { readFileSync } from 'node:fs';
import { FluentBundle, FluentResource } from '@fluent/bundle';

export function words(language: string): (name: string, slots?: Record<string, string>) => string {
  const bundle = new FluentBundle(language);
  for (const name of [language, `console.${language}`, `console-notices.${language}`, `console-map.${language}`, `represented.${language}`, `watch.${language}`, `hotline-console.${language}`, `incidents-console.${language}`]) {
    bundle.addResource(new FluentResource(readFileSync(`../phrases/${name}.ftl`, 'utf8')));
  }
  return (name, slots = {}) => {
    const pattern = bundle.getMessage(name)?.value;
    if (!pattern) throw new Error(`no phrase ${name}`);
    return bundle.formatPattern(pattern, slots);
  };
}
