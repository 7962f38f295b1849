/** Before anything leaves: exactly what they would receive. After that: the life of what was released. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fillRest, list, notice, untilDrawn } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
const ruSay = words('ru');
const RULES = '@id("positions-coarse")\n@coarsen("5 km")\npermit (principal is Party, action == Action::"area", resource == Notice::"position-area");\n';

test('what the preview shows is what they receive, and it is amended, answered and withdrawn', async () => {
  const two = await Two.joined({ rules: RULES });
  const chrome = await browser();
  try {
    await within(chrome, 'preview', async () => {
      const wide = { width: 1440, height: 810 };
      const [a, b] = [await desk(chrome, two.first, 'en', wide), await desk(chrome, two.second, 'ru', wide)];
      for (const of of [a, b]) await of.page.waitForSelector('[data-map=there]');
      const page = a.page;
      await button(page, say('draft-new')).click();
      await page.selectOption('#field-kind', 'position-area');
      await page.selectOption('#field-says', 'troops');
      const { centre, radius, ...tomorrow } = notice();
      // In two hours: later than was agreed.
      const opens = Math.ceil(Date.now() / 3_600_000 + 1) * 3_600_000;
      const rest = { ...tomorrow, from: dtg(opens), until: dtg(opens + 3_600_000) };
      await page.fill('#field-area', centre);
      await page.fill('#field-radius', radius);
      await page.fill('#field-contact', 'Captain Example, +1 555 0199');
      await fillRest(page, rest);
      await button(page, say('draft-keep')).click();
      await page.getByText(say('preview-first')).waitFor();
      assert(await button(page, say('release-do')).isDisabled(), 'nobody lets go what was not looked at');
      await page.selectOption('#purpose', 'force-protection');
      await page.selectOption('#authority', 'deconfliction');
      const preview = page.locator('[data-list=preview]');
      await preview.getByText(say('preview-coarse', { length: '5 km' })).waitFor();
      await preview.locator('[data-slot=contact]').getByText(say('preview-held-back')).waitFor();
      await preview.getByText('positions-coarse').waitFor();
      await page.getByText(say('late-plan', { lead: '24 h' })).waitFor();
      for (const layer of ['going', 'drawn']) await untilDrawn(page, layer);
      await picture(page, 'preview');
      await isClean(page, 'a preview');
      const sent = await preview.locator('[data-slot=area] td').nth(1).innerText();
      const kept = await preview.locator('[data-slot=area] td').nth(0).innerText();
      assert.notEqual(sent, kept);
      assert.deepEqual(two.second.ask('notice', 'list').notices, [], 'a preview sends nothing');

      await button(page, say('release-do')).click();
      await list(b.page, 'notices').first().click();
      await b.page.locator('#notice-title').waitFor();
      const theirs = two.second.ask('notice', 'list').notices[0];
      assert(!JSON.stringify(theirs).includes('Captain'), 'what is held back is not in what they have');
      const seen = (await b.page.locator('.detail').innerText()).replace(/\s+/g, ' ');
      const place = /37S \w\w \d+ \d+/.exec(sent)?.[0] ?? 'no place';
      assert(seen.includes(place), `${seen} has not ${place}`);
      assert(!seen.includes('37S FV 0370 0191'), 'not the true place');
      await b.page.getByText(ruSay('late')).waitFor();
      await picture(b.page, 'late-ru');

      // What an objection would reveal is said before it is given; then it is.
      await b.page.getByLabel(ruSay('notice-answer-objection')).check();
      await b.page.getByText(ruSay('reveals-something-is-there')).waitFor();
      await isClean(b.page, 'what an objection reveals');
      await button(b.page, ruSay('answer-give')).click();
      await list(page, 'notices').getByText(say('notice-answer-objection')).waitFor();

      // Amended: what they hold stays until the amendment is released, and is answered anew.
      await button(page, say('amend')).click();
      await page.fill('#field-band', 'SFC to 2000 ft MSL');
      await page.getByText(say('second-description-stays')).waitFor();
      await button(page, say('draft-keep')).click();
      await page.getByText(say('release-amendment-what')).waitFor();
      await page.selectOption('#purpose', 'force-protection');
      await page.selectOption('#authority', 'deconfliction');
      await button(page, say('release-amendment-do')).click();
      await list(b.page, 'notices').nth(1).waitFor();
      await list(b.page, 'notices').getByText(ruSay('receipt-delivered')).waitFor();
      await b.page.locator('.detail').getByText(ruSay('amended-by')).waitFor();
      await list(b.page, 'notices').first().click();
      await b.page.getByText(ruSay('amends')).waitFor();
      await picture(b.page, 'amended-ru');

      await page.selectOption('#withdraw-reason', 'finished');
      await button(page, say('withdraw')).click();
      await b.page.locator('.detail [aria-current=step]').getByText(ruSay('state-withdrawn')).waitFor();
      await list(page, 'notices').first().click();
      await page.locator('.detail [aria-current=step]').getByText(say('state-withdrawn')).waitFor();
      await isClean(page, 'a notice that was withdrawn');
      await picture(page, 'withdrawn');
      assert.deepEqual([...a.complaints, ...b.complaints], []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

test('a release that no rule lets go says why, before and after it is tried', async () => {
  const two = await Two.joined({ rules: '@id("no-strikes")\n@advice("say it by telephone")\nforbid (principal, action == Action::"send", resource == Notice::"air-activity");\n' });
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'denied', async () => {
      const { page, complaints } = await desk(chrome, two.first);
      const { centre, radius, bearing, distance, band, from, until } = notice();
      const shape = ['--centre', centre, '--radius', radius, '--reference', 'airfield', '--bearing', bearing, '--distance', distance];
      two.first.officer('notice', 'draft', '--desk', 'air', ...shape, '--band', band, '--window', `${from} to ${until}`, '--slot', 'precision=100 m', 'air-activity');
      await list(page, 'drafts').first().click();
      await page.selectOption('#purpose', 'flight-safety');
      await page.selectOption('#authority', 'deconfliction');
      await page.getByText(say('preview-nothing')).waitFor();
      await page.locator('[data-list=preview]').getByText('say it by telephone').waitFor();
      assert(await button(page, say('release-do')).isDisabled(), 'what would not go is not asked for');
      await isClean(page, 'a preview of nothing');
      assert.deepEqual(complaints, []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
