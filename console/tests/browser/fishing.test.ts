/** Twelve small areas of the other party, each harmless, that together sweep the ground around the airfield. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list, notice, untilDrawn } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

test('small notices that sweep an area are flagged as fishing, with which they are and where, in three languages', async () => {
  const two = await Two.joined({ change: (text) => text.replace('single_description = []', 'single_description = ["caution-area"]') });
  const chrome = await browser();
  try {
    await within(chrome, 'fishing', () => path(two, chrome));
  } finally {
    await chrome.close();
    await two.end();
  }
});

async function path(two: Two, chrome: Awaited<ReturnType<typeof browser>>): Promise<void> {
  const say = words('en');
  const { from, until } = notice();
  const at = (row: number, column: number): string => `${(35.2 + 0.036 * row).toFixed(4)} N ${(40.05 + 0.044 * column).toFixed(4)} E`;
  const probe = (row: number, column: number): void => {
    const slots = ['--slot', 'precision=100 m', '--slot', 'caution=unspecified'];
    const { draft } = two.second.ask('notice', 'draft', '--desk', 'ground', '--centre', at(row, column), '--radius', '500 m', '--window', `${from} to ${until}`, ...slots, 'caution-area');
    two.second.officer('notice', 'release', draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', 'flight-safety');
  };
  // A road that they give notice of, leg by leg, is no sweep.
  for (const column of [0, 1, 2, 3]) probe(0, column);
  const { page, complaints } = await desk(chrome, two.first, 'en', { width: 1440, height: 810 });
  await list(page, 'notices').nth(3).waitFor();
  await page.waitForSelector('[data-map=there]');
  assert.equal(await page.locator('[data-strip=sweep], [data-list=sweeps]').count(), 0);

  for (const row of [1, 2]) for (const column of [0, 1, 2, 3]) probe(row, column);
  await page.locator('[data-strip=sweep]').getByText(say('sweep-squares', { count: '12', squares: '12' })).waitFor();
  assert.equal(await list(page, 'notices').filter({ hasText: say('sweeps') }).count(), 12, 'each says that it is one of them');
  assert.equal(await list(page, 'sweeps').count(), 1);
  await picture(page, 'fishing-1-flag');
  await isClean(page, 'what looks like fishing is flagged');
  await button(page.locator('[data-strip=sweep]'), say('open')).click();
  await list(page, 'sweep').nth(11).waitFor();
  for (const layer of ['sweep', 'sweep-fill', 'sweep-part']) await untilDrawn(page, layer);
  await isClean(page, 'the notices of a sweep');
  for (const [name, language] of [['English', 'en'], ['Русский', 'ru'], ['العربية', 'ar']] as const) {
    await button(page, name).click();
    await page.getByRole('heading', { name: words(language)('sweeps') }).first().waitFor();
    await page.getByText(words(language)('sweep-why')).waitFor();
    await picture(page, `fishing-2-open-${language}`);
  }
  await button(page, 'English').click();

  // One of them, and back to all.
  await list(page, 'sweep').nth(4).getByRole('button').click();
  await page.getByText(say('sweep-one-of')).waitFor();
  await picture(page, 'fishing-3-one');
  await button(page, say('sweep-see')).click();
  await list(page, 'sweep').nth(11).waitFor();

  // Read, it leaves the top; grown, it is there again.
  await button(page.locator('[data-strip=sweep]'), say('understood')).click();
  await page.locator('[data-strip=sweep]').waitFor({ state: 'detached' });
  probe(3, 0);
  await page.locator('[data-strip=sweep]').waitFor();
  await list(page, 'sweep').nth(12).waitFor();
  assert.deepEqual(complaints, []);
}
