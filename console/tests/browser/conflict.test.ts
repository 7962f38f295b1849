/** A plan that conflicts: seen while it is typed, held until the officer knows, listed and drawn on both sides. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, list, notice, release } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
const ruSay = words('ru');

test('a conflict is seen while it is typed, holds the release until it is known, and is listed on both sides', async () => {
  const two = await Two.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'conflict', async () => {
      const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second, 'ru')];
      await button(b.page, ruSay('draft-new')).click();
      await fill(b.page, { ...notice(), band: '1000 ft MSL to 9000 ft MSL' });
      await button(b.page, ruSay('draft-keep')).click();
      await b.page.getByText(ruSay('release-what')).waitFor();
      await b.page.getByText(ruSay('conflicts-none')).waitFor();
      await release(b.page, ruSay);
      await list(a.page, 'notices').first().waitFor();

      await button(a.page, say('draft-new')).click();
      await fill(a.page, notice());
      await list(a.page, 'plan-conflicts').first().waitFor();
      assert.match(await list(a.page, 'plan-conflicts').first().innerText(), new RegExp(say('conflict-overlap')));
      await picture(a.page, 'conflict-typed');
      await isClean(a.page, 'a plan that conflicts');
      // Another day, and it is clear; the first again, and it is not.
      const { from, until } = notice();
      const later = Math.floor(Date.now() / 86_400_000 + 5) * 86_400_000;
      await a.page.fill('#field-window', dtg(later));
      await a.page.fill('#field-until', dtg(later + 3_600_000));
      await list(a.page, 'plan-conflicts').first().waitFor({ state: 'detached' });
      await a.page.fill('#field-window', from);
      await a.page.fill('#field-until', until);
      await list(a.page, 'plan-conflicts').first().waitFor();
      await button(a.page, say('draft-keep')).click();
      await a.page.getByText(say('release-what')).waitFor();
      await list(a.page, 'plan-conflicts').first().waitFor();
      await a.page.selectOption('#purpose', 'flight-safety');
      await a.page.selectOption('#authority', 'deconfliction');
      assert(await button(a.page, say('release-do')).isDisabled(), 'nothing goes before the officer says so');
      await a.page.getByLabel(say('release-in-conflict')).check();
      await button(a.page, say('release-do')).click();
      for (const of of [a, b]) await list(of.page, 'conflicts').first().waitFor();
      await a.page.getByText(say('alarm-conflict')).waitFor();
      await b.page.getByText(ruSay('alarm-conflict')).waitFor();
      await picture(a.page, 'conflict-found');
      await picture(b.page, 'conflict-found-ru');
      await isClean(b.page, 'conflicts in force');
      assert.deepEqual([...a.complaints, ...b.complaints], []);
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
