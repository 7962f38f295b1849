/** axe-core over a page: WCAG 2.2 AA, and what it holds to be good practice. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Found {
  id: string;
  help: string;
  nodes: { html: string; failureSummary: string }[];
}

export async function isClean(page: Page, where: string): Promise<void> {
  await page.evaluate(source);
  // The map's own canvas draws no text that could be measured.
  const found = await page.evaluate(async () => {
    const axe = (window as unknown as { axe: { run(options: object): Promise<{ violations: Found[] }> } }).axe;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    // A desk in a frame is looked at by itself.
    return (await axe.run({ runOnly: { type: 'tag', values: tags }, iframes: false })).violations;
  });
  const said = found.map((one) => `${one.id}: ${one.help}\n${one.nodes.map((node) => `  ${node.html}\n  ${node.failureSummary}`).join('\n')}`);
  assert.deepEqual(said, [], `${where}: axe-core finds\n${said.join('\n')}`);
}
