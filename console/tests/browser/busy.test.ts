/** A map on which 2,000 notices move every second, and an officer who types meanwhile. Prints figures; fails where input is lost. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { WebSocketRoute } from 'playwright-core';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, drawn, list, notice } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
const NOTICES = Number(process.env['NOTICES'] ?? 2_000);
const SECONDS = Number(process.env['SECONDS'] ?? 6);
const TYPED = 'the quick brown fox jumps over 13 lazy dogs';

interface Placed {
  latitude_e7: number;
  longitude_e7: number;
}
interface Told {
  entry: string;
  from: string;
  slots: { area: { circle: { centre: Placed } } };
}

test('nothing that is typed is lost while thousands of notices move every second', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'busy', async () => {
      const { page } = await desk(chrome, two.first, 'en', { width: 1440, height: 810 });
      await page.waitForSelector('[data-map=there]');
      await page.evaluate(async (given) => {
        const ask = async (path: string, body: unknown): Promise<{ draft: string }> => {
          const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
          if (!answer.ok) throw new Error(await answer.text());
          return (await answer.json()) as { draft: string };
        };
        const from = Date.now() - 1_000;
        const { draft } = await ask('/api/drafts', {
          kind: 'air-activity',
          desk: 'air',
          slots: {
            area: { circle: { centre: given, radius: '500 m' } },
            'second-description': { reference: 'airfield', bearing: '224', distance: '4.7 km' },
            band: 'SFC to 3000 ft MSL',
            window: { from, until: from + 7_200_000 },
            precision: '500 m',
          },
        });
        await ask(`/api/drafts/${draft}/release`, { lines: ['air-line'], terms: { authority: 'deconfliction', purpose: 'flight-safety' } });
      }, notice().centre);
      await list(page, 'notices').first().waitFor();

      // The node's own words for one notice, two thousand times, each elsewhere and somewhere else every second.
      const [one] = (await page.evaluate(async () => (await fetch('/api/notices')).json())) as Told[];
      assert(one);
      let round = 0;
      const all = (): Told[] =>
        Array.from({ length: NOTICES }, (_, index) => {
          const [across, up] = [index % 50, Math.floor(index / 50)];
          const centre = { ...one.slots.area.circle.centre };
          centre.latitude_e7 = Math.round((34.6 + up * 0.035 + (round % 20) * 0.001) * 1e7);
          centre.longitude_e7 = Math.round((39.2 + across * 0.035) * 1e7);
          return {
            ...one,
            entry: one.entry.replace(/\d+$/, String(index)),
            from: index % 2 ? 'own' : 'peer',
            slots: { ...one.slots, area: { circle: { ...one.slots.area.circle, centre } } },
          };
        });
      await page.route('**/api/notices', (route) => {
        round += 1;
        return route.fulfill({ contentType: 'application/json', body: JSON.stringify(all()) });
      });
      // As the node says it: of what is told so, all notices are read again.
      const changed = JSON.stringify({ type: 'changed', what: 'site-consent', line: null, id: null, about: null });
      const sockets: WebSocketRoute[] = [];
      await page.routeWebSocket('**/api/events', (socket) => {
        const node = socket.connectToServer();
        socket.onMessage((message) => node.send(message));
        node.onMessage((message) => socket.send(message));
        sockets.push(socket);
      });
      await page.reload();
      await page.waitForSelector('[data-map=there]');
      const moving = setInterval(() => sockets.at(-1)?.send(changed), 1_000);
      try {
        await button(page, say('draft-new')).click();
        await page.locator('#field-area').focus();
        await page.evaluate(() => {
          const waits: number[] = [];
          Object.assign(window, { waits });
          addEventListener('keydown', (event) => requestAnimationFrame(() => waits.push(performance.now() - event.timeStamp)), { capture: true });
        });
        const end = Date.now() + SECONDS * 1_000;
        let typed = 0;
        while (Date.now() < end) {
          await page.fill('#field-area', '');
          await page.locator('#field-area').pressSequentially(TYPED, { delay: 20 });
          assert.equal(await page.inputValue('#field-area'), TYPED);
          typed += TYPED.length;
        }
        const waits = (await page.evaluate(() => (window as unknown as { waits: number[] }).waits)).sort((a, b) => a - b);
        const at = (share: number): number => Math.round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Infinity);
        const areas = await drawn(page, 'notice-fill');
        console.log(`${NOTICES} notices and symbols, ${round} times in ${SECONDS} s; ${typed} keys, to the next frame: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
        assert(round > 1, `read ${round} times`);
        assert(areas > NOTICES / 4, `${areas} areas are drawn`);
        await picture(page, 'busy');
      } finally {
        clearInterval(moving);
      }
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
