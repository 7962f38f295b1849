/** How soon things are on a screen: both nodes and both pages on this machine, in one browser. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { browser, desk, within } from '../support/browser.ts';
import { list } from '../support/deeds.ts';
import { Two } from '../support/two.ts';

const NOTICES = Number(process.env['NOTICES'] ?? 30);
/** In a build for tests, on a machine that does much else. The figure itself is in docs/bench.md. */
const WITHIN = Number(process.env['WITHIN_MS'] ?? 1_000);

/** Stop calls, and openings of the page. */
const TIMES = Number(process.env['TIMES'] ?? 5);

/** Shown as `what`, and held against what is allowed here. */
function figures(what: string, took: number[]): void {
  took.sort((one, other) => one - other);
  const at = (share: number): number => Math.round(took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Infinity);
  console.log(`${what}, ${took.length} times: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
  assert(at(0.5) <= WITHIN, `${what}: p50 ${at(0.5)} ms`);
}

/** Asks the page's own node, as the page does. */
async function ask<T>(page: Page, method: string, path: string, body?: object): Promise<T> {
  return page.evaluate(
    async ({ method, path, body }) => {
      const answer = await fetch(path, { method, ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}) });
      if (!answer.ok) throw new Error(await answer.text());
      return (await answer.json()) as T;
    },
    { method, path, body },
  );
}

/** Notes in `window.painted` when what `selector` names is painted, by the clock of this machine. */
function notesPainted(selector: string): void {
  const of = window as unknown as { painted?: number };
  const look = (): void => {
    if (of.painted !== undefined || !document.querySelector(selector)) return;
    // Once it is painted, not when it is in the document.
    requestAnimationFrame(() => setTimeout(() => (of.painted ??= performance.timeOrigin + performance.now())));
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
}

const painted = async (page: Page): Promise<number> =>
  Number(await (await page.waitForFunction(() => (window as unknown as { painted?: number }).painted)).jsonValue());

test('a released notice is on the other screen at once', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'swiftness', async () => {
      const [a, b] = [(await desk(chrome, two.first)).page, (await desk(chrome, two.second)).page];
      await list(a, 'lines').first().waitFor();
      await list(b, 'lines').first().waitFor();
      await b.evaluate(() => {
        const seen: Record<string, number> = {};
        Object.assign(window, { seen });
        const look = (): void => {
          const count = document.querySelectorAll('[data-list=notices] > li').length;
          // Once it is painted, not when it is in the document.
          if (count && !seen[count]) requestAnimationFrame(() => setTimeout(() => (seen[count] ??= performance.timeOrigin + performance.now())));
        };
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      });
      const took: number[] = [];
      for (let count = 1; count <= NOTICES; count += 1) {
        const released = await a.evaluate(async () => {
          const ask = async (path: string, body: unknown): Promise<{ draft: string }> => {
            const answer = await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
            if (!answer.ok) throw new Error(await answer.text());
            return (await answer.json()) as { draft: string };
          };
          const from = Date.now() + 48 * 3_600_000;
          const { draft } = await ask('/api/drafts', {
            kind: 'air-activity',
            desk: 'air',
            slots: {
              area: { circle: { centre: '35.2550 N 40.1400 E', radius: '500 m' } },
              'second-description': { reference: 'airfield', bearing: '224', distance: '4.7 km' },
              band: 'SFC to 3000 ft MSL',
              window: { from, until: from + 3_600_000 },
              precision: '100 m',
            },
          });
          const at = performance.timeOrigin + performance.now();
          await ask(`/api/drafts/${draft}/release`, { lines: ['air-line'], terms: { authority: 'deconfliction', purpose: 'flight-safety' } });
          return at;
        });
        const seen = await b.waitForFunction((count) => (window as unknown as { seen: Record<number, number> }).seen[count], count);
        took.push(Number(await seen.jsonValue()) - released);
      }
      figures('notice to the other screen', took);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

test('a stop call is on the screen of the called desk at once', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'swiftness-alarm', async () => {
      const [a, b] = [(await desk(chrome, two.first)).page, (await desk(chrome, two.second)).page];
      await list(a, 'lines').first().waitFor();
      await list(b, 'lines').first().waitFor();
      await b.evaluate(notesPainted, '.incoming');
      const took: number[] = [];
      for (let time = 0; time < TIMES; time += 1) {
        await ask(a, 'POST', '/api/calls', { desk: 'air', lines: ['air-line'] });
        const shown = await painted(b);
        const alarms = await ask<{ kind: string; at: number }[]>(b, 'GET', '/api/alarms');
        const alarm = alarms.find((alarm) => alarm.kind === 'stop-call');
        assert(alarm, 'it stands at the node');
        took.push(shown - alarm.at);
        const calls = await ask<{ call: string; phase: string }[]>(a, 'GET', '/api/calls');
        const call = calls.find((call) => call.phase === 'sounding');
        assert(call, 'it stands at the caller');
        await ask(a, 'POST', `/api/calls/${call.call}/error`, { name: null });
        await b.locator('.incoming').waitFor({ state: 'detached' });
        await b.evaluate(() => delete (window as unknown as { painted?: number }).painted);
      }
      figures("alarm at the node to the called desk's screen", took);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

test('the page is of use soon after it is opened', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'swiftness-page', async () => {
      const { page } = await desk(chrome, two.first);
      await list(page, 'lines').first().waitFor();
      // As on a machine that has never seen it.
      await (await page.context().newCDPSession(page)).send('Network.setCacheDisabled', { cacheDisabled: true });
      await page.addInitScript(notesPainted, '[data-list=lines] > li');
      const took: number[] = [];
      for (let time = 0; time < TIMES; time += 1) {
        await page.reload({ waitUntil: 'commit' });
        took.push((await painted(page)) - (await page.evaluate(() => performance.timeOrigin)));
      }
      figures('page to its lines and the STOP CALL', took);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
