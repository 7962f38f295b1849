/** What the console is for, played by three desks at once: coalition in English, russia in Russian, un-aid in Arabic. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, list, notice, release, stop } from '../support/deeds.ts';
import { Three } from '../support/three.ts';
import { until } from '../support/two.ts';
import { words } from '../support/words.ts';

const [say, скажи, قل] = [words('en'), words('ru'), words('ar')];
const PLACE = '37S FV 070 090';
const WORDS = 'ننتظر القافلة حتى الظلام';

const card = (page: Page, code: string) => page.locator(`[data-phrase=${code}]`).first();

test('three desks notify, conflict, amend, answer, read back amiss, have words translated, stop, hand over and look back', async () => {
  const three = await Three.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'three', async () => {
      const { coalition, russia, aid } = three;
      russia.run('officer', 'add', 'relief', '--desk', 'air', '--desk', 'ground', '--out', russia.file('relief'));
      coalition.run('officer', 'add', 'tongue', '--role', 'interpreter', '--desk', 'air', '--out', coalition.file('tongue'));
      russia.officer('watch', 'take', '--desk', 'air');
      const [a, b, c] = [await desk(chrome, coalition, 'en'), await desk(chrome, russia, 'ru'), await desk(chrome, aid, 'ar')];
      for (const [page, said] of [[a.page, say], [b.page, скажи], [c.page, قل]] as const) {
        await page.getByText(said('live'), { exact: true }).waitFor();
        await list(page, 'lines').nth(1).waitFor();
      }

      // russia notifies an area, to the coalition alone.
      await button(b.page, скажи('draft-new')).click();
      await fill(b.page, notice());
      await button(b.page, скажи('draft-keep')).click();
      await b.page.getByText(скажи('release-what')).waitFor();
      await b.page.getByLabel(/air-line/).check();
      await release(b.page, скажи);
      await list(a.page, 'notices').filter({ hasText: say('theirs') }).waitFor();

      // The coalition's plan meets it; it is known, and goes all the same.
      await button(a.page, say('draft-new')).click();
      await fill(a.page, notice());
      await list(a.page, 'plan-conflicts').first().waitFor();
      await button(a.page, say('draft-keep')).click();
      await a.page.getByText(say('release-what')).waitFor();
      await a.page.getByLabel(/air-line/).check();
      await a.page.selectOption('#purpose', 'flight-safety');
      await a.page.selectOption('#authority', 'deconfliction');
      await a.page.getByLabel(say('release-in-conflict')).check();
      await button(a.page, say('release-do')).click();
      for (const { page } of [a, b]) await list(page, 'conflicts').first().waitFor();
      assert.equal(await list(c.page, 'conflicts').count(), 0, 'nobody else’s');
      await picture(a.page, 'three-1-conflict-en');
      await picture(b.page, 'three-1-conflict-ru');
      await a.page.waitForTimeout(1_100);
      const inConflict = Date.now();
      await a.page.waitForTimeout(1_100);

      // Amended to another day: the conflict is over at both.
      await list(a.page, 'notices').filter({ hasText: say('ours') }).first().click();
      await button(a.page, say('amend')).click();
      const later = Math.floor(Date.now() / 86_400_000 + 4) * 86_400_000;
      const [from, end] = [dtg(later), dtg(later + 3_600_000)];
      await a.page.fill('#field-window', from);
      await a.page.fill('#field-until', end);
      await button(a.page, say('draft-keep')).click();
      await a.page.getByText(say('release-amendment-what')).waitFor();
      await a.page.getByLabel(/air-line/).check();
      await a.page.selectOption('#purpose', 'flight-safety');
      await a.page.selectOption('#authority', 'deconfliction');
      await button(a.page, say('release-amendment-do')).click();
      for (const { page } of [a, b]) await list(page, 'conflicts').first().waitFor({ state: 'detached' });

      // Read back amiss, then as it is; and answered.
      await list(b.page, 'notices').filter({ hasText: скажи('theirs') }).filter({ hasText: скажи('state-announced') }).click();
      await button(b.page, скажи('read-back-begin')).click();
      await b.page.fill('#again-place', '35.2550, 40.1500');
      await b.page.fill('#again-band', notice().band);
      await b.page.fill('#again-window', `${from} to ${end}`);
      await button(b.page, скажи('read-back-send')).click();
      await b.page.locator('#differs mark').first().waitFor();
      assert.deepEqual(await b.page.locator('#differs mark').allTextContents(), ['5']);
      await b.page.fill('#again-place', '35.2550, 40.1400');
      await button(b.page, скажи('read-back-send')).click();
      await b.page.getByLabel(скажи('notice-answer-no-objection')).check();
      await b.page.locator('[data-list=reveals]').waitFor();
      await button(b.page, скажи('answer-give')).click();
      await list(a.page, 'notices').getByText(say('notice-answer-no-objection')).waitFor();

      // On the hotline: the aid desk says where it goes, in a phrase; the coalition reads it back amiss, and is corrected.
      aid.officer('say', 'P02', '--line', 'aid-west', '--desk', 'air', '--place', PLACE, '--window', `${from} to ${end}`, '--authority', 'deconfliction', '--purpose', 'flight-safety');
      await list(a.page, 'hotline').filter({ hasText: 'aid-west' }).click();
      const convoy = card(a.page, 'P02');
      await button(convoy, say('read-back-begin')).click();
      await a.page.fill('#again-place', '37S FV 170 090');
      await a.page.fill('#again-window', `${from} to ${end}`);
      await a.page.keyboard.press('Enter');
      await list(c.page, 'hotline').filter({ hasText: 'aid-west' }).click();
      const theirs = card(c.page, 'P02');
      await theirs.locator('[data-read-back=otherwise] mark').first().waitFor();
      await theirs.getByRole('button', { name: /^R09/ }).click();
      await c.page.locator('.saying [aria-disabled=false]').waitFor();
      await c.page.keyboard.press('Enter');
      await card(a.page, 'R09').waitFor();
      await picture(c.page, 'three-2-otherwise-ar');

      // Words of its own in Arabic; the coalition's interpreter mistakes them, is told so, and corrects it.
      await c.page.keyboard.press('h');
      await c.page.locator('#phrase-query').fill('L09');
      await c.page.keyboard.press('Enter');
      await c.page.locator('#say-remarks').fill(WORDS);
      await c.page.selectOption('#say-language', 'ar');
      await c.page.selectOption('#say-purpose', 'flight-safety');
      await c.page.selectOption('#say-authority', 'deconfliction');
      await c.page.locator('.saying [aria-disabled=false]').click();
      const tongue = await desk(chrome, coalition, 'en', { width: 1280, height: 720 }, 'tongue');
      await list(tongue.page, 'hotline').filter({ hasText: 'aid-west' }).click();
      const translate = async (what: 'translate' | 'correct', text: string): Promise<void> => {
        await button(card(tongue.page, 'L09'), say(`words-${what}`)).click();
        await tongue.page.fill(`#${what}-text`, text);
        await tongue.page.selectOption(`#${what}-purpose`, 'flight-safety');
        await tongue.page.selectOption(`#${what}-authority`, 'deconfliction');
        await button(card(tongue.page, 'L09'), say(`words-${what}`)).click();
      };
      await translate('translate', 'We wait for the convoy in the dark');
      const wrong = card(c.page, 'L09').locator('[data-translation]').first();
      await wrong.getByText('We wait for the convoy in the dark').waitFor();
      await button(wrong, قل('words-challenge')).click();
      await c.page.fill('#challenge-text', 'حتى الظلام لا في الظلام');
      await button(wrong, قل('words-challenge')).click();
      await card(tongue.page, 'L09').locator('[data-challenge]').waitFor();
      await translate('correct', 'We wait for the convoy until dark');
      await card(a.page, 'L09').locator('[data-translation=standing]').getByText('until dark').waitFor();
      await card(a.page, 'L09').locator('[data-translation=corrected]').waitFor();
      await card(a.page, 'L09').getByText(WORDS).waitFor();
      await picture(a.page, 'three-3-words-en');
      await picture(c.page, 'three-3-words-ar');

      // It stops both; in russia whoever is there takes it, who is not the one who is usually called.
      const relief = await desk(chrome, russia, 'ru', { width: 1280, height: 720 }, 'relief');
      await relief.page.getByText(скажи('live'), { exact: true }).waitFor();
      await stop(c.page, قل);
      for (const { page } of [a, b, relief]) await page.locator('.incoming').waitFor();
      await picture(relief.page, 'three-4-stop-ru');
      await button(relief.page.locator('.incoming'), скажи('accept')).click();
      await b.page.locator('.incoming').waitFor({ state: 'detached' });
      await a.page.locator('.incoming').waitFor();
      await button(a.page.locator('.incoming'), say('accept')).click();
      for (const [page, said] of [[relief.page, скажи], [a.page, say]] as const) {
        await page.getByLabel(said('answer-pause-ordered')).check();
        await button(page, said('answer-give')).click();
      }
      await until('both have ordered the pause', () => (aid.ask('calls').filter((call: { phase: string }) => call.phase.startsWith('pause ordered')).length === 2 ? true : undefined));
      const [taken] = russia.ask('calls') as { accepted_by: string }[];
      assert.equal(taken?.accepted_by, 'relief');
      await picture(c.page, 'three-4-ordered-ar');

      // Who took it takes the watch over, with what is owed read and signed.
      await button(list(relief.page, 'watch').first(), скажи('watch-take')).click();
      await relief.page.locator('[data-item=call]').waitFor();
      await relief.page.selectOption('#handover-from', 'duty');
      await button(relief.page, скажи('handover-sound')).click();
      await relief.page.getByLabel(скажи('handover-heard')).check();
      await relief.page.getByLabel(скажи('handover-yes'), { exact: true }).check();
      await relief.page.getByLabel(скажи('handover-all')).check();
      await button(relief.page, скажи('handover-sign')).click();
      await relief.page.getByText(скажи('handover-signed')).waitFor();

      // What was known while the two notices conflicted; and live again.
      await a.page.keyboard.press('t');
      await a.page.fill('#past-at', String(inConflict));
      await button(a.page, say('past-go')).click();
      await list(a.page, 'past-conflicts').first().waitFor();
      assert.equal(await list(a.page, 'past-hotline').count(), 0, 'nothing had been said yet');
      await isClean(a.page, 'a past time');
      await picture(a.page, 'three-5-past-en');
      await a.page.fill('#past-at', String(Date.now() - 1_000));
      await button(a.page, say('past-go')).click();
      await list(a.page, 'past-hotline').filter({ hasText: 'P02' }).waitFor();
      await button(a.page, `${say('past-live')} L`).click();
      await a.page.getByText(say('live'), { exact: true }).waitFor();
      for (const [{ page }, where] of [[a, 'the coalition'], [b, 'russia'], [c, 'un-aid'], [relief, 'the relief']] as const) await isClean(page, where);
      assert.deepEqual([a, b, c, tongue, relief].flatMap((of) => of.complaints), []);
    });
  } finally {
    await chrome.close();
    await three.end();
  }
});
