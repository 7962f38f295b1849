/** Their protected sites as a file: two officers at two screens of one party, in two languages, or not at all. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
const ruSay = words('ru');

test('a file of their protected sites is asked for by one officer, allowed by another, and taken once', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'site-exports', async () => {
      const now = Date.now();
      writeFileSync(
        two.first.file('slots.json'),
        JSON.stringify({
          area: { circle: { centre: '35.2550 N 40.1400 E', radius: '500 m' } },
          'second-description': { reference: 'airfield', bearing: '224', distance: '4.7 km' },
          window: { from: now - 3_600_000, until: now + 86_400_000 },
          site: 'hospital',
          'review-by': now + 43_200_000,
          precision: '100 m',
        }),
      );
      const { draft } = two.first.ask('notice', 'draft', '--desk', 'air', '--slots', two.first.file('slots.json'), 'protected-site');
      two.first.officer('notice', 'release', draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', 'protection-of-civilians');
      for (const name of ['first', 'other']) two.second.run('officer', 'add', `${name}-one`, '--desk', 'protection', '--out', two.second.file(name));

      const asks = await desk(chrome, two.second, 'en', undefined, 'first-one');
      const allows = await desk(chrome, two.second, 'ru', undefined, 'other-one');
      await list(asks.page, 'notices').first().waitFor();
      await button(asks.page, say('files')).click();
      await asks.page.getByText(say('sites-out-none')).waitFor();
      await asks.page.fill('#sites-out-why', 'Ambulance drivers of the Red Crescent');
      await button(asks.page, say('sites-out-ask')).click();
      const asked = list(asks.page, 'site-exports').filter({ hasText: say('export-asked') });
      await asked.getByText('Ambulance drivers').waitFor();
      // Whoever asks does not allow.
      assert.equal(await button(asked, say('sites-out-allow')).count(), 0);

      const strip = allows.page.locator('[data-strip=site-export]');
      await strip.getByText(ruSay('sites-out-waits')).waitFor();
      await strip.getByText('Ambulance drivers').waitFor();
      await button(strip, ruSay('open')).click();
      await isClean(allows.page, 'an export that waits for a second officer');
      await picture(allows.page, 'site-export-waits-ru');
      await button(list(allows.page, 'site-exports').first(), ruSay('sites-out-allow')).click();
      await list(allows.page, 'site-exports').filter({ hasText: ruSay('export-allowed') }).waitFor();
      await strip.waitFor({ state: 'detached' });
      assert.equal(await allows.page.locator('[data-list=site-exports]').getByText('KML').count(), 0, 'it is the first officer who takes it');

      const allowed = list(asks.page, 'site-exports').filter({ hasText: say('export-allowed') });
      await allowed.waitFor();
      await isClean(asks.page, 'an export that was allowed');
      const [download] = await Promise.all([
        asks.page.waitForEvent('download'),
        allowed.getByRole('button', { name: `${say('sites-out-take')} GeoJSON` }).click(),
      ]);
      assert.equal(download.suggestedFilename(), 'coalition-protected-sites.geojson');
      const file = JSON.parse(readFileSync(await download.path(), 'utf8')) as { features: unknown[] };
      assert.equal(file.features.length, 1);
      const taken = list(asks.page, 'site-exports').filter({ hasText: say('export-carried-out') });
      await taken.waitFor();
      assert.equal(await taken.getByRole('button').count(), 0, 'once');

      // Asked for again, and refused: with whom, on both screens.
      await asks.page.fill('#sites-out-why', 'The same again');
      await button(asks.page, say('sites-out-ask')).click();
      const again = list(allows.page, 'site-exports').filter({ hasText: 'The same again' });
      await button(again, ruSay('sites-out-refuse')).click();
      await list(asks.page, 'site-exports').filter({ hasText: say('export-refused') }).getByText('other-one').waitFor();
      assert.deepEqual([...asks.complaints, ...allows.complaints], []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
