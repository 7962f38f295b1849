/** An aid worker whose organisation a party speaks for: a site told to one belligerent and not to the other, and a stop call to
 * both; of the other organisation, and of the belligerents, not a word. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Page } from 'playwright-core';
import { Aid, ELEMENTS } from '../support/aid.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list, notice, stop } from '../support/deeds.ts';
import { words } from '../support/words.ts';

const WIDE = { width: 1440, height: 810 };
/** What is the other organisation's, and where a belligerent flies. */
const OTHERS = [ELEMENTS['aid-west'], 'aid-west', 'KVW-WEST', '35.4222', 'PATROL-JNB', '35.3777'];

for (const language of ['en', 'ru', 'ar']) {
  test(`an organisation tells its site to whom it consents to, and stops both belligerents (${language})`, async () => {
    const aid = await Aid.joined();
    const chrome = await browser();
    try {
      await within(chrome, `represented-${language}`, () => path(aid, chrome, language));
    } finally {
      await chrome.close();
      await aid.end();
    }
  });
}

/** All that the node sends to a page, on the socket too. */
function hears(page: Page): string[] {
  const heard: string[] = [];
  page.on('response', (response) => {
    if (response.url().includes('/api/')) response.text().then((text) => heard.push(`${response.status()} ${response.url()} ${text}`), () => {});
  });
  page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => heard.push(String(payload))));
  return heard;
}

async function path(aid: Aid, chrome: Awaited<ReturnType<typeof browser>>, language: string): Promise<void> {
  const { un, coalition, russia } = aid;
  const say = words(language);
  const { from, until } = notice();
  const draftAt = (centre: string, label: string, ...rest: string[]): string[] => [
    'notice', 'draft', ...rest, '--centre', centre, '--radius', '500 m', '--reference', 'airfield', '--window', `${from} to ${until}`, '--slot', 'precision=100 m', '--slot', `label=${label}`,
  ];
  // The other organisation has a draft, and a stop call that was lifted; a belligerent says where it flies.
  un.run(...draftAt('35.4222 N 40.2222 E', 'KVW-WEST', '--desk', 'protection', '--bearing', '15.4', '--distance', '15.8 km'), 'protected-site', '--token-file', un.file('west'));
  const flight = JSON.parse(coalition.officer(...draftAt('35.3777 N 40.1777 E', 'PATROL-JNB', '--desk', 'air', '--bearing', '0.9', '--distance', '10.2 km', '--band', 'SFC to 3000 ft MSL'), 'air-activity', '--json'));
  coalition.officer('notice', 'release', flight.draft, '--line', 'coalition-line', '--authority', 'deconfliction', '--purpose', 'flight-safety');

  const east = await desk(chrome, un, language, WIDE, 'east');
  const shelter = await desk(chrome, un, language, WIDE, 'shelter');
  const page = east.page;
  const heard = hears(page);
  await page.reload();
  await page.getByRole('heading', { name: ELEMENTS['aid-east'] }).waitFor();
  await list(page, 'elements').first().waitFor();
  await page.waitForSelector('[data-map=there]');
  assert.equal(await page.locator('[data-list=lines], [data-list=watch], [data-list=checks]').count(), 0, 'the party’s, not theirs');
  await isClean(page, 'the page of an organisation');
  await picture(page, `element-1-page-${language}`);

  // A hospital of theirs, from two sources.
  await button(page, say('draft-new')).click();
  await page.selectOption('#field-says', 'hospital');
  await page.fill('#field-area', '35.2550 N 40.1400 E');
  await page.fill('#field-radius', '500 m');
  await page.selectOption('#field-second-description', 'airfield');
  await page.fill('#field-bearing', '224');
  await page.fill('#field-distance', '4.7 km');
  await page.fill('#field-window', from);
  await page.fill('#field-until', until);
  await page.fill('#field-label', 'EAST-QZX');
  await isClean(page, 'an organisation drafts');
  await button(page, say('draft-keep')).click();

  // It sees what each would receive before it consents; it is not named where it has not consented to that.
  const to = (of: Page, name: string) => of.locator(`.line[data-line=${name}-line]`);
  const theirs = to(page, 'coalition').locator('[data-list=preview]');
  await theirs.getByText('EAST-QZX').last().waitFor();
  assert.match((await theirs.locator('tr[data-slot=element]').textContent()) ?? '', new RegExp(say('preview-held-back')));
  await isClean(page, 'what they would receive of a site');
  await picture(page, `element-2-preview-${language}`);
  await button(to(page, 'coalition'), say('element-consent', { party: 'coalition' })).click();
  await to(page, 'coalition').getByText(say('element-asked')).waitFor();
  await to(page, 'russia').getByText(say('element-not-consented')).waitFor();

  // The desk is asked, and releases it to that one.
  await list(shelter.page, 'drafts').filter({ hasText: ELEMENTS['aid-east'] }).filter({ hasText: say('element-asks') }).click();
  await shelter.page.getByRole('checkbox', { name: 'coalition' }).check();
  await shelter.page.selectOption('#purpose', 'flight-safety');
  await shelter.page.selectOption('#authority', 'deconfliction');
  await isClean(shelter.page, 'the desk and the draft of an organisation');
  await picture(shelter.page, `element-3-desk-${language}`);
  await button(shelter.page, say('release-do')).click();
  await to(page, 'coalition').getByText(say('element-told')).waitFor();
  await list(page, 'notices').first().waitFor();
  await list(page, 'drafts').getByText(say('released'), { exact: false }).waitFor();
  assert.equal(coalition.ask('notice', 'list').notices.filter((of: { slots?: { label?: string } }) => of.slots?.label === 'EAST-QZX').length, 1);
  assert.equal(russia.ask('notice', 'list').notices.length, 0);

  // What a stop call says of it, party by party.
  await list(page, 'elements').getByRole('button').click();
  const consents = (name: string) => page.locator(`[data-line=${name}-line]`);
  await button(consents('russia'), say('element-place-may')).click();
  await consents('russia').getByText(say('element-place-said')).waitFor();
  await consents('coalition').getByText(say('element-place-unsaid')).waitFor();
  await isClean(page, 'what a stop call may say');
  await picture(page, `element-4-consents-${language}`);

  // Under fire: both, at once, and the details to both.
  await stop(page, say);
  await page.locator('.said').nth(1).waitFor();
  await page.selectOption('#cause', 'air-strike');
  await page.fill('#stop-place', '35.2550 N 40.1400 E');
  await page.locator('#stop-place').blur();
  await picture(page, `element-5-stop-${language}`);
  await isClean(page, 'a stop call of an organisation');
  await button(page, say('details-send')).click();
  const called = (party: typeof coalition) => party.ask('calls').find((of: { caller: string }) => of.caller === 'peer');
  for (let tries = 0; ![coalition, russia].every((party) => called(party)?.details?.['stop-cause']) && tries < 100; tries += 1) await page.waitForTimeout(100);
  assert.deepEqual([coalition, russia].map((party) => called(party)?.details?.['stop-cause']), ['air-strike', 'air-strike'], 'to both');
  assert.equal(called(coalition).details.place ?? null, null, 'not consented to');
  assert.notEqual(called(russia).details.place ?? null, null);
  await list(shelter.page, 'alarms').filter({ hasText: say('alarm-element-called') }).waitFor();
  await picture(shelter.page, `element-6-alarmed-${language}`);
  await button(page, say('lift')).click();
  for (let tries = 0; ![coalition, russia].every((party) => called(party)?.phase === 'lifted by the caller only') && tries < 100; tries += 1) await page.waitForTimeout(100);
  assert.deepEqual([coalition, russia].map((party) => called(party)?.phase), ['lifted by the caller only', 'lifted by the caller only']);

  // It changes its mind: the desk is told, and nothing is taken back by itself.
  await list(page, 'drafts').first().getByRole('button').click();
  await button(to(page, 'coalition'), say('element-withdraw')).click();
  await to(page, 'coalition').getByText(say('element-withdrawn-own')).waitFor();
  await list(page, 'notices').getByText(say('consent-withdrawn')).waitFor();
  await list(shelter.page, 'notices').getByText(say('consent-withdrawn')).waitFor();
  await picture(page, `element-7-withdrawn-${language}`);
  await isClean(page, 'a consent withdrawn');

  const all = `${heard.join('\n')}\n${await page.content()}`;
  assert(all.includes('EAST-QZX'));
  assert.deepEqual(OTHERS.filter((other) => all.includes(other)), [], 'nothing of anyone else');
  const refused = heard.filter((one) => /^4\d\d /.test(one));
  assert.deepEqual(refused, [], 'it asks for nothing that is refused to it');
  assert.deepEqual([...east.complaints, ...shelter.complaints], []);
}

test('an organisation whose node is gone is told to telephone, and keeps the numbers', async () => {
  const aid = await Aid.joined();
  const chrome = await browser();
  try {
    await within(chrome, 'represented-gone', async () => {
      const say = words('en');
      const { page } = await desk(chrome, aid.un, 'en', { width: 390, height: 844 }, 'east');
      await list(page, 'elements').first().waitFor();
      // In one column, too, what is opened comes into sight.
      await list(page, 'elements').getByRole('button').click();
      await page.getByText(say('element-consents-how')).waitFor();
      assert(await page.locator('#element-title').evaluate((title) => {
        const { top, bottom } = title.getBoundingClientRect();
        return top >= 0 && bottom <= innerHeight;
      }), 'it is in sight');
      await picture(page, 'element-9-telephone');
      await isClean(page, 'an organisation on a telephone');
      await page.waitForTimeout(2_500);
      aid.un.freeze();
      await page.getByText(say('element-deaf-why')).waitFor();
      await picture(page, 'element-8-gone');
      await isClean(page, 'the node of an organisation is gone');
      for (const party of ['coalition', 'russia']) await page.locator('.worst').getByText(party).first().waitFor();
      await page.locator('.worst').getByRole('link', { name: '+1 555 0100' }).first().waitFor();
    });
  } finally {
    await chrome.close();
    await aid.end();
  }
});
