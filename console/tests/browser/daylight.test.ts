/** The page by day: the same page, readable in the sun, chosen once by whoever sits there. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list, stop } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

/** How light the page's ground and the map's land are, from 0 to 255. */
const lightness = (page: Page): Promise<number[]> =>
  page.evaluate(() => {
    const { chart } = document.querySelector('.chart') as unknown as { chart: { getPaintProperty(layer: string, name: string): string } };
    const land = chart.getPaintProperty('land', 'fill-color');
    const mean = (parts: number[]): number => parts.reduce((sum, part) => sum + part, 0) / parts.length;
    const ground = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
    return [mean(ground), mean([1, 3, 5].map((at) => parseInt(land.slice(at, at + 2), 16)))];
  });

test('a desk is dark until daylight is chosen, stays as it was chosen, and a stop call stands out in either', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  const say = words('en');
  try {
    await within(chrome, 'daylight', async () => {
      const { page, complaints } = await desk(chrome, two.first, 'en', { width: 1440, height: 810 });
      await page.waitForSelector('[data-map=there]');
      for (const light of await lightness(page)) assert(light < 60, `${light} by night`);
      await button(page, say('daylight')).click();
      for (const light of await lightness(page)) assert(light > 200, `${light} by day`);
      await page.reload();
      await page.waitForSelector('[data-map=there]');
      await list(page, 'lines').first().getByRole('button').click();
      for (const light of await lightness(page)) assert(light > 200, `${light} after it was opened anew`);
      assert.equal(await button(page, say('daylight')).getAttribute('aria-pressed'), 'true');
      await isClean(page, 'a desk by day');
      two.second.officer('stop', '--desk', 'air', '--no-wait');
      await page.locator('.incoming').waitFor();
      await isClean(page, 'a stop call by day');
      await picture(page, 'daylight-stop');
      await button(page.locator('.incoming'), say('accept')).click();
      await page.locator('.owed').waitFor();
      await isClean(page, 'an accepted stop call by day');
      await stop(page, say);
      await page.locator('.said').first().waitFor();
      await isClean(page, 'our own stop call by day');
      two.first.freeze();
      await page.locator('.worst').waitFor();
      await isClean(page, 'a deaf desk by day');
      await picture(page, 'daylight-deaf');
      assert.deepEqual(complaints, []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
