/** Symbols of ours after MIL-STD-2525, the operator's maps, and places of the whole basemap. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { drawn, list, untilDrawn } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

let chrome: Browser;
before(async () => void (chrome = await browser()));
after(() => chrome.close());

/** A hospital of the first party's, from an hour ago for a day, 5 km north of the airfield. */
function site(two: Two): void {
  const from = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
  const { draft } = two.first.ask(
    'notice', 'draft', 'protected-site', '--desk', 'ground', '--window', `${dtg(from)} to ${dtg(from + 86_400_000)}`,
    '--centre', '35.3304 N 40.1760 E', '--radius', '500 m', '--reference', 'airfield', '--bearing', '0', '--distance', '5.0 km',
    '--slot', 'site=hospital',
  );
  two.first.ask('notice', 'release', draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', 'protection-of-civilians');
}

/** Places and pictures of what the layer of symbols draws. */
async function symbols(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    interface Chart {
      queryRenderedFeatures(of: object): { properties: { icon: string } }[];
      hasImage(name: string): boolean;
    }
    const { chart } = document.querySelector('.chart') as unknown as { chart: Chart };
    const icons = chart.queryRenderedFeatures({ layers: ['symbol'] }).map((of) => of.properties.icon);
    return icons.filter((icon) => chart.hasImage(icon)).sort();
  });
}

for (const language of ['en', 'ru', 'ar']) {
  test(`our units, our protected sites and agreed points have symbols, and nothing of theirs has (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `symbols-${language}`, async () => {
        two.first.ask('unit', 'enrol', 'Birch 2', '--desk', 'ground', '--centre', '35.2400 N 40.1400 E', '--radius', '5 km');
        site(two);
        const [a, b] = [await desk(chrome, two.first, language, { width: 1440, height: 810 }), await desk(chrome, two.second, language, { width: 1440, height: 810 })];
        for (const { page } of [a, b]) {
          await page.waitForSelector('[data-map=there]');
          await list(page, 'notices').first().waitFor();
          await untilDrawn(page, 'symbol');
          await untilDrawn(page, 'mark');
        }
        // An exercise, of a friend or of nobody's side: the point, the unit, the hospital.
        const ours = ['10131000000000000000', '10132500001313000000', '10142000001207020000'];
        for (let tries = 0; tries < 50 && (await symbols(a.page)).length < 3; tries += 1) await a.page.waitForTimeout(100);
        assert.deepEqual(await symbols(a.page), ours);
        assert.deepEqual(await symbols(b.page), ['10132500001313000000'], 'of theirs the agreed point alone');
        const unit = list(a.page, 'units').first();
        await unit.getByText('Birch 2').waitFor();
        assert.match(await unit.innerText(), /37S [A-Z]{2}/);
        assert.equal(await list(b.page, 'units').count(), 0);
        await isClean(a.page, 'symbols');
        await picture(a.page, `symbols-${language}`);
        await a.page.locator('header').getByRole('button', { name: say('daylight') }).click();
        await untilDrawn(a.page, 'symbol');
        await isClean(a.page, 'symbols by day');
        await picture(a.page, `symbols-day-${language}`);
        // What is not shown of ours is not shown as a symbol either.
        await a.page.locator('.foot').getByRole('button', { name: say('layers') }).click();
        await a.page.getByRole('checkbox', { name: say('ours') }).uncheck();
        for (let tries = 0; tries < 50 && (await symbols(a.page)).length > 1; tries += 1) await a.page.waitForTimeout(100);
        assert.deepEqual(await symbols(a.page), ['10132500001313000000']);
        assert.deepEqual([...a.complaints, ...b.complaints], []);
      });
    } finally {
      await two.end();
    }
  });
}

test("the operator's map is chosen, found again after a reload, and where it is gone the program's is there", async () => {
  const two = await Two.joined();
  const say = words('en');
  try {
    await within(chrome, 'operator-map', async () => {
      const maps = join(two.first.folder, 'maps');
      mkdirSync(maps);
      copyFileSync('../crates/node/data/basemap-syria-iraq.pmtiles', join(maps, 'east.pmtiles'));
      writeFileSync(join(maps, 'torn.pmtiles'), 'PMTiles');
      const { page, complaints } = await desk(chrome, two.first, 'en', { width: 1440, height: 810 });
      const asked: string[] = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await page.waitForSelector('[data-map=there]');
      const layers = page.locator('.foot').getByRole('button', { name: say('layers') });
      await layers.click();
      const east = page.getByRole('radio', { name: /^east/ });
      await list(page, 'refused-maps').getByText('too short').waitFor();
      await isClean(page, 'maps below');
      await picture(page, 'basemaps');
      await east.check();
      await untilDrawn(page, 'base-land-fill');
      assert(asked.some((path) => path.startsWith('/maps/east/')), 'its tiles are shown');
      assert((await drawn(page, 'agreed')) > 0, 'what is known lies above it');
      await picture(page, 'basemap-chosen');

      await page.reload();
      await page.waitForSelector('[data-map=there]');
      await untilDrawn(page, 'base-land-fill');
      rmSync(join(maps, 'east.pmtiles'));
      await layers.click();
      await page.getByText(say('basemap-gone')).waitFor();
      await untilDrawn(page, 'land');
      await page.getByRole('radio', { name: say('basemap-own') }).click();
      await page.getByText(say('basemap-gone')).waitFor({ state: 'detached' });

      // A place that no tile on the screen holds.
      await page.keyboard.press('Escape');
      await page.keyboard.press('/');
      await page.fill('#search-text', 'mosul');
      await page.locator('search').getByRole('button', { name: /^Mosul/ }).first().waitFor();
      await isClean(page, 'a place far away');
      await picture(page, 'search-far');
      await page.keyboard.press('Enter');
      await page.locator('search').waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
      assert(!asked.some((path) => /mosul/i.test(path)), 'no address holds what is looked for');
    });
  } finally {
    await two.end();
  }
});
