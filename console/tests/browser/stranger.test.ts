/** What a stranger does first: draws an area, sees the conflict while drawing, sees what they would receive, releases it,
 * watches it read back in Russian, and stops a strike in Arabic. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fillRest, list, notice, onMap, press, release, stop, untilDrawn } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const ruSay = words('ru');
const arSay = words('ar');

for (const language of ['en', 'ru', 'ar']) {
  // One of them in a browser that lets no page sound before it was touched, as every officer's does.
  const autoplay = language !== 'en';
  test(`a stranger draws, sees what it would do, releases it, and stops a strike (${language}${autoplay ? '' : ', sound blocked'})`, async () => {
    const two = await Two.joined();
    const chrome = await browser({ autoplay });
    try {
      await within(chrome, `stranger-${language}`, () => path(two, chrome, language));
    } finally {
      await chrome.close();
      await two.end();
    }
  });
}

async function path(two: Two, chrome: Awaited<ReturnType<typeof browser>>, language: string): Promise<void> {
  const say = words(language);
  const { bearing, distance, from, until } = notice();
  // Theirs: an air activity of theirs at the place and time, which this desk holds.
  const theirs = ['--centre', '35.2550 N 40.1400 E', '--radius', '3 km', '--reference', 'airfield', '--bearing', bearing, '--distance', distance];
  const drafted = two.second.ask('notice', 'draft', '--desk', 'air', ...theirs, '--band', '1000 ft MSL to 9000 ft MSL', '--window', `${from} to ${until}`, '--slot', 'precision=100 m', 'air-activity');
  two.second.officer('notice', 'release', drafted.draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', 'flight-safety');

  const size = { width: 1440, height: 810 };
  const [ours, reader] = [await desk(chrome, two.first, language, size), await desk(chrome, two.second, 'ru', size)];
  const [a, b] = [ours.page, reader.page];
  await list(a, 'notices').first().waitFor();
  await a.waitForSelector('[data-map=there]');
  for (const layer of ['agreed', 'point', 'notice-peer']) await untilDrawn(a, layer);

  // The window first: what is drawn then is held against it as it grows.
  await button(a, say('draft-new')).click();
  await a.selectOption('#field-says', 'patrol');
  await a.getByLabel(say('shape-polygon')).check();
  await fillRest(a, { bearing: '', distance: '', band: 'SFC to 3000 ft MSL', from, until });
  await button(a, say('draw')).click();
  // What says that the page cannot sound yet goes with the first touch, a moment later, and the map comes up under it.
  await a.locator('[data-sound=blocked]').waitFor({ state: 'detached' });
  const { sounders } = two.first.ask('watch', 'show').find((of: { desk: string }) => of.desk === 'air');
  assert.equal(sounders.length, 1, 'however often the page was touched while it tried');
  const at = await onMap(a);
  await press(a, [at(-70, -30), at(60, -50)]);
  await a.mouse.move(...at(80, 90), { steps: 6 });
  await list(a, 'plan-conflicts').first().waitFor();
  assert.equal(await button(a, say('drawing')).getAttribute('aria-pressed'), 'true', 'it is still being drawn');
  await untilDrawn(a, 'conflict');
  await picture(a, `path-1-drawing-${language}`);
  await press(a, [at(80, 90), at(-50, 80), at(-70, -30)]);
  await list(a, 'corners').nth(3).waitFor();
  await a.locator('[data-list=plan-conflicts]').getByText(say('conflict-overlap')).first().waitFor();
  assert.match((await a.locator('#field-anchor option').first().textContent()) ?? '', /\u2066[\d.]+, [\d.]+\u2069$/, 'isolated, or it would show swapped in Arabic');
  await isClean(a, 'a polygon that is drawn');

  // The second description comes from this test's author's own chart: the first corner, typed where it is known.
  await a.fill('#field-area', '35.2200, 40.1000\n35.2300, 40.2200\n35.3200, 40.2300\n35.3100, 40.0900');
  await a.locator('#field-area').blur();
  await list(a, 'corners').nth(3).waitFor();
  await fillRest(a, { bearing: '223.5', distance: '10.0 km', band: 'SFC to 3000 ft MSL', from, until });
  await button(a, say('draft-keep')).click();
  await a.getByText(say('release-what')).waitFor();
  await a.selectOption('#purpose', 'flight-safety');
  await a.selectOption('#authority', 'deconfliction');
  await a.locator('[data-list=preview]').getByText(say('preview-theirs', { party: 'russia' })).waitFor();
  await list(a, 'plan-conflicts').first().waitFor();
  await isClean(a, 'what they would receive');
  await a.locator('[data-list=preview]').scrollIntoViewIfNeeded();
  await picture(a, `path-2-preview-${language}`);
  assert(await button(a, say('release-do')).isDisabled(), 'held until the officer says that the conflict is known');
  await a.getByLabel(say('release-in-conflict')).check();
  await release(a, say);

  // Read back in Russian, from the other desk's own knowledge.
  await list(b, 'notices').filter({ hasText: ruSay('theirs') }).first().click();
  await b.mouse.move(700, 500);
  await button(b, ruSay('read-back-begin')).click();
  await b.fill('#again-place', '35 13.20 N 40 06.00 E');
  await b.fill('#again-band', 'SFC to 3000 ft MSL');
  await b.fill('#again-window', `${from} to ${until}`);
  await picture(b, `path-3-read-back-${language}`);
  await isClean(b, 'reading back');
  await button(b, ruSay('read-back-send')).click();
  await list(a, 'notices').getByText(say('receipt-read-back')).waitFor();
  await list(a, 'conflicts').first().waitFor();
  await list(a, 'notices').filter({ hasText: say('receipt-read-back') }).first().click();
  await picture(a, `path-4-watched-${language}`);
  await isClean(a, 'a notice that was read back');

  // The same desk in Arabic: stopped, accepted, answered.
  await button(a, 'العربية').click();
  await a.locator('html[dir=rtl]').waitFor();
  await stop(a, arSay);
  await b.locator('.incoming').waitFor();
  await b.locator('[data-sound=stop]').waitFor();
  await picture(b, `path-5-stop-${language}`);
  await button(b.locator('.incoming'), ruSay('accept')).click();
  await b.getByLabel(ruSay('answer-pause-ordered')).check();
  await button(b, ruSay('answer-give')).click();
  await list(a, 'calls').getByText(arSay('phase-pause-ordered')).waitFor();
  await button(a.locator('.said'), arSay('open')).click();
  await picture(a, `path-6-stopped-${language}`);
  await isClean(a, 'a stop call in Arabic');
  const complaints = [...ours.complaints, ...reader.complaints].filter((text) => !text.includes('AudioContext'));
  assert.deepEqual(complaints, []);
}
