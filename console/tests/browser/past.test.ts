/** Past times, and what an officer asks of the map: replayed, searched, hidden, pointed at, left and found again. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, drawn, list, notice, onMap, untilDrawn } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');

/** Released over the API by an officer whose page is open; open since an hour. */
async function released(page: Page, kind = 'air-activity', area: object = { circle: { centre: notice().centre, radius: '500 m' } }, second: object = { bearing: '224', distance: '4.7 km' }): Promise<string> {
  return page.evaluate(async ({ kind, area, second }) => {
    const ask = async (path: string, body: unknown): Promise<{ draft: string }> => {
      const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as { draft: string };
    };
    const from = Date.now() - 3_600_000;
    const { draft } = await ask('/api/drafts', {
      kind,
      desk: 'air',
      slots: {
        area,
        'second-description': { reference: 'airfield', ...second },
        band: 'SFC to 3000 ft MSL',
        window: { from, until: from + 7_200_000 },
        precision: '500 m',
      },
    });
    await ask(`/api/drafts/${draft}/release`, { lines: ['air-line'], terms: { authority: 'deconfliction', purpose: 'flight-safety' } });
    return draft;
  }, { kind, area, second });
}

const inForce = (page: Page, at: number): Promise<{ known_then: unknown[]; known_now: unknown[] }> =>
  page.evaluate(async (at) => {
    const body = JSON.stringify({ place: '35.2550 N 40.1400 E', at: String(at) });
    return (await fetch('/api/in-force', { method: 'POST', headers: { 'content-type': 'application/json' }, body })).json();
  }, at);

const shownAt = async (page: Page, at: number): Promise<void> => {
  await page.fill('#past-at', String(at));
  await button(page, say('past-go')).click();
};

async function called(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const body = JSON.stringify({ desk: 'air', slots: { place: '35.3304 N 40.1760 E' } });
    const answer = await fetch('/api/calls', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (!answer.ok) throw new Error(await answer.text());
  });
}

test('the record is replayed, cannot be taken for now, nothing is said from it, and a stop call breaks through', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'past', async () => {
      const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second)];
      const page = a.page;
      await page.waitForSelector('[data-map=there]');
      const before = Date.now();
      await page.waitForTimeout(50);
      const draft = await released(page);
      await list(page, 'notices').first().waitFor();
      await untilDrawn(page, 'notice-own');
      await list(b.page, 'notices').first().waitFor();
      const during = Date.now();
      await page.waitForTimeout(50);

      // A form that is half filled in waits, with what was typed.
      await button(page, say('draft-new')).click();
      await page.fill('#field-area', '35.3, 40.1');
      await page.locator('.foot').getByText(say('past-open')).click();
      await shownAt(page, before);
      const strip = page.locator('[data-strip=past]');
      await strip.getByText(say('past-name')).waitFor();
      await strip.getByText(say('past-cannot')).waitFor();
      await page.locator('.old.past').waitFor();
      assert.equal(await list(page, 'past-lines').count(), 1);
      assert.equal(await list(page, 'past-notices').count(), 0, 'it was not known yet');
      assert.equal(await drawn(page, 'notice-own'), 0, 'nor is it drawn');
      await shownAt(page, during);
      await list(page, 'past-notices').first().click();
      await page.locator('#past-title').waitFor();
      await untilDrawn(page, 'notice-own');
      for (const deed of ['draft-new', 'release-do', 'withdraw', 'draft-keep']) {
        assert.equal(await page.getByRole('button', { name: say(deed), exact: true }).count(), 0, `${deed} is not to be had from a past time`);
      }
      await isClean(page, 'a past time');
      await picture(page, 'past');
      await page.locator('header').getByRole('button', { name: say('daylight') }).click();
      await isClean(page, 'a past time by day');
      await picture(page, 'past-day');
      await page.locator('header').getByRole('button', { name: say('daylight') }).click();

      // One key, and what was typed is there.
      await page.locator('#past-slider').focus();
      await page.keyboard.press('l');
      await strip.waitFor({ state: 'detached' });
      assert.equal(await page.inputValue('#field-area'), '35.3, 40.1');

      // A stop call ends it, and is said.
      await shownAt(page, during);
      await strip.waitFor();
      await called(b.page);
      await page.locator('.incoming').waitFor();
      await strip.waitFor({ state: 'detached' });
      await page.getByText(say('past-ended')).waitFor();
      await picture(page, 'past-ended');

      // That call, in the record: where it was said to be, and the alarm that stood.
      const rung = Date.now();
      await page.waitForTimeout(50);
      await page.locator('.incoming').getByRole('button', { name: say('accept') }).click();
      await page.locator('.incoming').waitFor({ state: 'detached' });
      await shownAt(page, rung);
      await list(page, 'past-calls').getByText(say('phase-sounding')).waitFor();
      await list(page, 'past-alarms').getByText(say('alarm-stop-call')).waitFor();
      await untilDrawn(page, 'call');
      await isClean(page, 'calls and alarms of a past time');
      await picture(page, 'past-call');
      await shownAt(page, before);
      await list(page, 'past-calls').first().waitFor({ state: 'detached' });
      assert.equal(await drawn(page, 'call'), 0, 'no call of now is drawn there');
      await button(page, `${say('past-live')} L`).click();
      await strip.waitFor({ state: 'detached' });

      // In force here, then.
      await page.evaluate(async (draft) => {
        await fetch(`/api/drafts/${draft}/withdraw`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ reason: 'cancelled' }) });
      }, draft);
      const found = await inForce(page, during);
      assert.deepEqual([found.known_then.length, found.known_now.length], [1, 1]);
      await page.locator('.foot').getByText(say('tapped-force')).click();
      await page.fill('#force-place', '35.2550 N 40.1400 E');
      await page.fill('#force-at', String(during));
      await button(page, say('force-ask')).click();
      await page.locator('[data-found] .notice').nth(1).waitFor();
      await isClean(page, 'what was in force');
      await picture(page, 'in-force');
      assert.deepEqual([...a.complaints, ...b.complaints], []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

test('the map is searched, its layers hidden and said to be, the pointer named, and all found again after a reload', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'asked-of-map', async () => {
      const { page, complaints } = await desk(chrome, two.first, 'en', { width: 1440, height: 810 });
      await page.waitForSelector('[data-map=there]');
      await released(page);
      await released(page, 'coordination-line', { corridor: { points: ['35.25, 40.05', '35.30, 40.15'], width: '200 m' } }, { bearing: '251', distance: '12.1 km', anchor: { point: 0 } });
      await list(page, 'notices').nth(1).waitFor();
      await untilDrawn(page, 'coordination');

      // As the node reads the same place: no finer than the pixel, and the same square.
      const at = await onMap(page);
      await page.mouse.move(...at(10, -120));
      await page.mouse.click(...at(10, -120));
      const tapped = await page.locator('[data-tapped]').innerText();
      const degrees = await page.locator('[data-at] bdi').last().innerText();
      const read = await page.evaluate(async (text) => {
        const answer = await fetch('/api/positions', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text }) });
        return ((await answer.json()) as { place: { mgrs: string } }).place.mgrs;
      }, degrees);
      assert.match(tapped, /^37S [A-Z]{2} \d{2} \d{2}$/, 'to a kilometre, where a pixel is hundreds of metres');
      assert.equal(tapped.slice(0, 6), read.slice(0, 6), `${tapped} and ${read}`);

      // Searched by key: a position in any form, an agreed point, a notice, a place of the map.
      await page.locator('body').click({ position: { x: 5, y: 5 } });
      await page.keyboard.press('/');
      const sought = page.locator('.search li');
      for (const [typed, found] of [
        ['37S FV 98 02', say('search-position')],
        ["35°19'50\"N 040°10'34\"E", say('search-position')],
        ['airfield', say('search-point')],
        ['air act', say('kind-air-activity')],
        ['deir', say('search-place')],
      ] as const) {
        await page.fill('#search-text', typed);
        await sought.filter({ hasText: found }).first().waitFor();
      }
      await isClean(page, 'searching');
      await picture(page, 'search');
      await page.fill('#search-text', '35.2550 N 40.1400 E');
      await sought.filter({ hasText: say('search-position') }).waitFor();
      await page.keyboard.press('Enter');
      await untilDrawn(page, 'sought');

      // Hidden, and said.
      await page.locator('.foot').getByText(say('layers'), { exact: true }).click();
      await page.getByLabel(say('kind-air-activity')).uncheck();
      await page.locator('[data-hidden]').getByText(/kinds: \W?1/).waitFor();
      for (let tries = 0; (await drawn(page, 'notice-own')) > 0; tries += 1) assert(tries < 50, 'it is still drawn');
      await isClean(page, 'layers');
      await picture(page, 'layers');
      await page.keyboard.press('Escape');

      // In the address there is a name and no place; back and forward, reload and a second tab find it.
      await list(page, 'notices').first().click();
      await page.locator('#notice-title').waitFor();
      assert.match(page.url(), /#notice=[\w.-]+$/);
      const url = page.url();
      await page.goBack();
      await page.locator('#notice-title').waitFor({ state: 'detached' });
      await page.goForward();
      await page.locator('#notice-title').waitFor();
      const place = (of: Page): Promise<string> =>
        of.evaluate(() => {
          const { chart } = document.querySelector('.chart') as unknown as { chart: { getZoom(): number } };
          return chart.getZoom().toFixed(2);
        });
      const zoom = await place(page);
      await page.reload();
      await page.locator('#notice-title').waitFor();
      await page.waitForSelector('[data-map=there]');
      await page.locator('[data-hidden]').waitFor();
      assert.equal(await place(page), zoom);
      const second = await page.context().newPage();
      await second.goto(url);
      await second.locator('#notice-title').waitFor();
      await second.close();
      await button(page, say('layers-all')).click();
      await page.locator('[data-hidden]').waitFor({ state: 'detached' });
      await untilDrawn(page, 'notice-own');
      assert.deepEqual(complaints, []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

test('past times run left to right in Arabic, and work without a map', async () => {
  const two = await Two.joined();
  const [chrome, plain] = [await browser(), await browser({ webgl: false })];
  try {
    await within(chrome, 'past-ar', async () => {
      const { page, complaints } = await desk(chrome, two.first, 'ar', { width: 1280, height: 720 });
      await page.waitForSelector('[data-map=there]');
      await released(page);
      await list(page, 'notices').first().waitFor();
      await page.keyboard.press('t');
      await page.fill('#past-at', String(Date.now()));
      await page.keyboard.press('Enter');
      await list(page, 'past-notices').first().click();
      await page.locator('#past-title').waitFor();
      assert.equal(await page.locator('.axis').getAttribute('dir'), 'ltr');
      await isClean(page, 'a past time in Arabic');
      await picture(page, 'past-ar');
      assert.deepEqual(complaints, []);
    });
    await within(plain, 'past-no-map', async () => {
      const { page } = await desk(plain, two.second, 'ru', { width: 1920, height: 1080 });
      await page.waitForSelector('[data-map=none]');
      await list(page, 'notices').first().waitFor();
      await page.keyboard.press('t');
      const slider = page.locator('#past-slider');
      await slider.focus();
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowLeft');
      // A few minutes ago there was no line.
      await page.getByText(words('ru')('past-none')).waitFor();
      await isClean(page, 'a past time without a map');
      await picture(page, 'past-ru-no-map');
      await slider.focus();
      await page.keyboard.press('End');
      await page.locator('[data-strip=past]').waitFor({ state: 'detached' });
    });
  } finally {
    await chrome.close();
    await plain.close();
    await two.end();
  }
});
