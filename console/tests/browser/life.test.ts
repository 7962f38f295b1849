/** What time does to a notice: nothing is said then, and the screen shows it all the same. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { list } from '../support/deeds.ts';
import { Two, type Party } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
const arSay = words('ar');

test('a notice opens, ends or is not renewed on the screen by the clock, and silence is shown as silence', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'life', async () => {
      const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second, 'ar')];
      await list(a.page, 'lines').first().waitFor();
      const now = Date.now();
      released(two.first, 'protected-site', 'protection-of-civilians', { from: now - 3_600_000, until: now + 12_000 }, { site: 'hospital', 'review-by': now - 60_000 });
      released(two.first, 'air-activity', 'flight-safety', { from: now + 12_000, until: now + 24_000 }, { 'air-activity': 'patrol' });
      const site = list(b.page, 'notices').filter({ hasText: arSay('kind-protected-site') });
      const flight = list(a.page, 'notices').filter({ hasText: say('kind-air-activity') });
      await flight.getByText(say('state-announced')).waitFor();
      await flight.getByText(say('late-short')).waitFor();
      await site.click();
      await b.page.locator('.detail').getByText(arSay('review-by')).waitFor();
      // Nobody touches either page from here.
      await flight.getByText(say('state-active')).waitFor();
      await site.getByText(arSay('state-protection-not-renewed')).waitFor();
      await b.page.locator('.detail').getByText(arSay('not-renewed-since')).waitFor();
      await isClean(b.page, 'a site that was not renewed');
      await picture(b.page, 'not-renewed-ar');
      await flight.getByText(say('state-expired')).waitFor();
      await flight.click();
      await a.page.locator('.detail [aria-current=step]').getByText(say('state-expired')).waitFor();
      await a.page.getByText(say('no-answer-is-none')).waitFor();
      await isClean(a.page, 'a notice that is over');
      await picture(a.page, 'expired');
      assert.deepEqual([...a.complaints, ...b.complaints], []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

function released(party: Party, kind: string, purpose: string, window: object, said: object): void {
  const second = { reference: 'airfield', bearing: '224', distance: '4.7 km' };
  const area = { circle: { centre: '35.2550 N 40.1400 E', radius: '500 m' } };
  const slots = { area, 'second-description': second, window, band: 'SFC to 3000 ft MSL', precision: '100 m', ...said };
  writeFileSync(party.file('slots.json'), JSON.stringify(slots));
  const { draft } = party.ask('notice', 'draft', '--desk', 'air', '--slots', party.file('slots.json'), kind);
  party.officer('notice', 'release', draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', purpose);
}
