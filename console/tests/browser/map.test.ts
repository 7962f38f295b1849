/** The map: what it shows, and drawing on it. Asked of the map itself, never of its pixels. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, fillRest, list, notice, onMap, press, release, untilDrawn as until } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');

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

test('a polygon and a corridor are drawn, typed over, echoed and kept, each with its own second description', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'shapes', async () => {
      const { page, complaints } = await desk(chrome, two.first, 'en', { width: 1440, height: 810 });
      await page.waitForSelector('[data-map=there]');
      await until(page, 'agreed');
      const at = await onMap(page);

      await button(page, say('draft-new')).click();
      await page.selectOption('#field-kind', 'hazard-area');
      await page.getByLabel(say('shape-polygon')).check();
      await button(page, say('draw')).click();
      await page.getByText(say('draw-how-polygon')).waitFor();
      await press(page, [at(-60, -40), at(60, -40), at(60, 50), at(-40, 50)]);
      // The first corner again closes it.
      await press(page, [at(-60, -40)]);
      await list(page, 'corners').nth(3).waitFor();
      assert.equal(await list(page, 'corners').count(), 4);
      assert.equal((await page.inputValue('#field-area')).split('\n').length, 4);
      await until(page, 'drawn');
      await picture(page, 'polygon');

      // One corner typed over, in another form; what cannot be read is named by its number.
      const corners = (await page.inputValue('#field-area')).split('\n');
      await page.fill('#field-area', [corners[0], corners[1], 'somewhere'].join('\n'));
      await page.locator('#field-area').blur();
      await page.locator('#echo').getByText(say('point-number', { number: '3' })).waitFor();
      await page.fill('#field-area', '35.20, 40.00; 35.20, 40.20\n37S FV 1000 1500');
      await page.locator('#field-area').blur();
      await list(page, 'corners').nth(2).waitFor();
      assert.match(await list(page, 'corners').nth(2).innerText(), /^37S FV 1000 1500/);
      const { band, from, until: ends } = notice();
      // Where the third corner is, by the map of this test's author.
      await page.selectOption('#field-anchor', '0');
      await fillRest(page, { bearing: '239.3', distance: '18.6 km', band, from, until: ends });
      await button(page, say('draft-keep')).click();
      await page.getByText(say('release-what')).waitFor();
      await page.getByText('corner 1 is', { exact: false }).waitFor();

      await button(page, say('draft-new')).click();
      await page.selectOption('#field-kind', 'movement');
      assert(await page.getByLabel(say('shape-corridor')).isChecked(), 'a movement is mostly a corridor');
      await button(page, say('draw')).click();
      await press(page, [at(-120, -60), at(0, 0), at(90, 80)]);
      await press(page, [at(90, 80)]);
      await list(page, 'corners').nth(2).waitFor();
      assert.equal(await page.inputValue('#field-width'), '2 km');
      await until(page, 'drawn-wide');
      await picture(page, 'corridor');
      await page.fill('#field-area', '35.25, 40.05\n35.30, 40.15');
      await page.fill('#field-speed', '40');
      await page.fill('#field-count', '6');
      await fillRest(page, { bearing: '251', distance: '12.1 km', band, from, until: ends });
      await button(page, say('draft-keep')).click();
      await page.getByText(say('release-what')).waitFor();
      await page.locator('.detail').getByText('40 km/h').waitFor();
      await until(page, 'drawn-wide');
      assert.deepEqual(complaints, []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
