/** The map: what it shows, and drawing on it. Asked of the map itself, never of its pixels. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, list, notice, release } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');

/** How many features a layer draws once nothing moves any more. */
async function drawn(page: Page, layer: string): Promise<number> {
  return page.evaluate(async (layer) => {
    interface Chart {
      loaded(): boolean;
      once(kind: string, then: () => void): void;
      queryRenderedFeatures(options: object): unknown[];
    }
    const { chart } = document.querySelector('.chart') as unknown as { chart: Chart };
    if (!chart.loaded()) await new Promise<void>((done) => chart.once('idle', () => done()));
    return chart.queryRenderedFeatures({ layers: [layer] }).length;
  }, layer);
}

async function until(page: Page, layer: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await drawn(page, layer)) > 0) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`nothing is drawn on ${layer}`);
}

test('a circle that is drawn becomes a notice on both maps and in both lists', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'map', async () => {
      const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second, 'en', { width: 1440, height: 810 })];
      const page = a.page;
      for (const desk of [a, b]) await desk.page.waitForSelector('[data-map=there]');
      for (const layer of ['land', 'rivers', 'places', 'agreed', 'point']) await until(page, layer);

      await button(page, say('draft-new')).click();
      await button(page, say('draw')).click();
      const box = await page.locator('.chart').boundingBox();
      assert(box);
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.click(x, y);
      await page.mouse.move(x + 20, y, { steps: 5 });
      await page.mouse.click(x + 40, y);
      await page.locator('#field-area').and(page.locator(':not(:placeholder-shown)')).waitFor();
      const centre = await page.inputValue('#field-area');
      const radius = await page.inputValue('#field-radius');
      assert.match(centre, /^35\.3\d{4}, 40\.1\d{4}$/);
      assert.match(radius, /^\d{4,5} m$/);
      await until(page, 'drawn');
      for (const other of ['#field-bearing', '#field-distance']) assert.equal(await page.inputValue(other), '', 'never worked out from the shape');
      await picture(page, 'drawn');

      // From another source: the map of this test's author. The centre of the agreed area is 6.24 km from the airfield.
      await fill(page, { ...notice(), centre, radius, bearing: '334', distance: '6.2 km' });
      await page.fill('#field-precision', '500 m');
      await button(page, say('draft-keep')).click();
      await page.getByText(say('release-what')).waitFor();
      await release(page, say);
      await list(b.page, 'notices').first().waitFor();
      await until(page, 'notice-own');
      await until(b.page, 'notice-peer');
      await until(b.page, 'mark');
      await picture(b.page, 'map-theirs');
      const [there] = [await b.page.locator('.chart').boundingBox()];
      assert(there);
      await b.page.mouse.click(there.x + there.width / 2, there.y + there.height / 2 + 12);
      await b.page.locator('#notice-title').waitFor();
      assert.deepEqual([...a.complaints, ...b.complaints], []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
