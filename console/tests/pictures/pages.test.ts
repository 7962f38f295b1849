/** The pictures of the main pages, in each language, for docs/ (`make pictures`). One scene between two real nodes, looked at by the first. */
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list, untilDrawn } from '../support/deeds.ts';
import { Two, type Party } from '../support/two.ts';
import { words } from '../support/words.ts';

const SIZE = { width: 1280, height: 720 };

let chrome: Browser;
before(async () => {
  if (!process.env['PICTURES']) throw new Error('name the folder for the pictures: PICTURES=…');
  chrome = await browser();
});
after(() => chrome?.close());

interface Told {
  kind: string;
  centre: string;
  radius: string;
  bearing: string;
  distance: string;
  slot: string;
  purpose: string;
}

/** Told and released; from an hour ago for a day. */
function tells(party: Party, { kind, centre, radius, bearing, distance, slot, purpose }: Told): void {
  const from = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
  const { draft } = party.ask(
    'notice', 'draft', kind, '--desk', 'ground', '--window', `${dtg(from)} to ${dtg(from + 86_400_000)}`, '--centre', centre, '--radius', radius,
    '--reference', 'airfield', '--bearing', bearing, '--distance', distance, '--slot', slot,
  );
  party.ask('notice', 'release', draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', purpose, '--in-conflict');
}

function scene({ first, second }: Two): void {
  first.ask('unit', 'enrol', 'Birch 2', '--desk', 'ground', '--centre', '35.2100 N 40.0600 E', '--radius', '5 km');
  const site = { kind: 'protected-site', centre: '35.3304 N 40.1760 E', radius: '500 m', bearing: '0', distance: '5.0 km', slot: 'site=hospital', purpose: 'protection-of-civilians' };
  tells(first, site);
  tells(first, { ...site, kind: 'hazard-area', centre: '35.2550 N 40.1400 E', radius: '2 km', bearing: '224', distance: '4.7 km', slot: 'hazard=mines', purpose: 'force-protection' });
  tells(second, { ...site, kind: 'position-area', centre: '35.2750 N 40.1400 E', radius: '3 km', bearing: '251', distance: '3.5 km', slot: 'presence=troops', purpose: 'force-protection' });
}

async function there(page: Page): Promise<void> {
  await page.waitForSelector('[data-map=there]');
  await list(page, 'notices').nth(2).waitFor();
  await untilDrawn(page, 'symbol');
  await untilDrawn(page, 'notice-peer');
}

for (const language of ['en', 'ru', 'ar']) {
  test(`the main pages (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `pages-${language}`, async () => {
        scene(two);
        const { page } = await desk(chrome, two.first, language, SIZE);
        await there(page);
        await list(page, 'notices').first().getByRole('button').first().click();
        await page.locator('.detail.open').waitFor();
        await untilDrawn(page, 'mark');
        await picture(page, `page-1-desk-${language}`);

        await list(page, 'lines').first().getByRole('button').click();
        await page.getByText(say('climb-how')).waitFor();
        await page.locator('#logs-title').scrollIntoViewIfNeeded();
        await picture(page, `page-2-line-${language}`);

        await button(list(page, 'watch').first(), say('watch-take')).click();
        await page.getByRole('heading', { name: say('handover'), exact: true }).waitFor();
        await picture(page, `page-3-handover-${language}`);

        two.second.officer('stop', '--desk', 'air', '--cause', 'artillery', '--no-wait');
        await page.locator('.incoming').waitFor();
        await picture(page, `page-4-stop-call-${language}`);
        const rung = Date.now();
        await button(page.locator('.incoming'), say('accept')).click();
        await page.locator('.incoming').waitFor({ state: 'detached' });

        await page.locator('.foot').getByText(say('past-open')).click();
        await page.fill('#past-at', String(rung));
        await button(page, say('past-go')).click();
        await list(page, 'past-calls').first().waitFor();
        await untilDrawn(page, 'notice-own');
        await picture(page, `page-5-replay-${language}`);
      });
    } finally {
      await two.end();
    }
  });
}
