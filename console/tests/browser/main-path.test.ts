/** The main path, from one desk to the other and back, in each language. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, list, notice, release, stop, type Say } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

let chrome: Browser;
before(async () => void (chrome = await browser()));
after(() => chrome.close());

for (const language of ['en', 'ru', 'ar']) {
  test(`a notice and a stop call go from desk to desk and are answered (${language})`, async () => {
    const two = await Two.joined();
    try {
      await within(chrome, language, () => mainPath(two, language, words(language)));
    } finally {
      await two.end();
    }
  });
}

async function mainPath(two: Two, language: string, say: Say): Promise<void> {
  const [ours, theirs] = [await desk(chrome, two.first, language), await desk(chrome, two.second, language)];
  const [a, b] = [ours.page, theirs.page];
  assert.equal(await a.getAttribute('html', 'dir'), language === 'ar' ? 'rtl' : 'ltr');
  assert.equal(new URL(a.url()).hash, '', 'the code is not left in the address bar');
  await a.getByText(say('live'), { exact: true }).waitFor();
  await list(a, 'lines').getByText(say('path-up')).waitFor();
  await a.waitForSelector('[data-map=there]');
  await isClean(a, 'the page');
  await picture(a, `1-page-${language}`);

  await drafted(a, say, language);
  await release(a, say);

  await list(b, 'notices').first().click();
  await b.mouse.move(400, 400);
  await list(a, 'notices').getByText(say('receipt-displayed')).waitFor();
  await isWhole(b, language);
  await isClean(b, 'a notice');
  await picture(b, `3-notice-${language}`);
  await readBack(b, say, language);
  await list(a, 'notices').getByText(say('receipt-read-back')).waitFor();
  await b.getByLabel(say('notice-answer-no-objection')).check();
  await b.locator('[data-list=reveals]').getByText(say('reveals-nothing-is-there')).waitFor();
  await b.getByText(say('no-objection'), { exact: true }).waitFor();
  await isClean(b, 'an answer, before it is given');
  await picture(b, `4-answer-${language}`);
  await button(b, say('answer-give')).click();
  await list(a, 'notices').getByText(say('notice-answer-no-objection')).waitFor();

  await stopCall(a, b, say, language);
  await fits(b, language);
  assert.deepEqual(ours.complaints, []);
  assert.deepEqual(theirs.complaints, []);
}

async function drafted(page: Page, say: Say, language: string): Promise<void> {
  await button(page, say('draft-new')).click();
  await fill(page, { ...notice(), distance: '9.7 km' });
  await page.getByText('37S FV').first().waitFor();
  await isClean(page, 'the draft');
  await button(page, say('draft-keep')).click();
  const refusal = page.locator('#wrong-second');
  await refusal.getByText(/[45]\.\d+\u2069?\s(km|км|كم)/).waitFor();
  assert.equal(await page.getAttribute('#field-distance', 'aria-invalid'), 'true');
  await picture(page, `2-draft-${language}`);
  await page.fill('#field-distance', '4.7 km');
  await button(page, say('draft-keep')).click();
  await page.getByText(say('release-what')).waitFor();
}

/** Coordinates run from left to right, in one piece, with digits 0 to 9, whatever stands around them. */
async function isWhole(page: Page, language: string): Promise<void> {
  const pieces = await page.locator('.detail bdi.whole').evaluateAll((all) =>
    all.map((one) => ({
      text: one.textContent ?? '',
      direction: getComputedStyle(one).direction,
      lines: one.getClientRects().length,
      isInside:
        one.getBoundingClientRect().left >= (one.closest('.detail')?.getBoundingClientRect().left ?? 0) &&
        one.getBoundingClientRect().right <= (one.closest('.detail')?.getBoundingClientRect().right ?? 0),
    })),
  );
  assert(pieces.some((piece) => piece.text.startsWith('37S FV')), JSON.stringify(pieces));
  for (const piece of pieces) {
    assert.equal(piece.direction, 'ltr', piece.text);
    assert.equal(piece.lines, 1, piece.text);
    assert(piece.isInside, `${piece.text} is cut off`);
  }
  const digits = await page.evaluate(() => document.body.innerText.match(/[\u0660-\u0669\u06f0-\u06f9]/g) ?? []);
  assert.deepEqual(digits, [], language);
}

async function readBack(page: Page, say: Say, language: string): Promise<void> {
  const { band, from, until } = notice();
  await button(page, say('read-back-begin')).click();
  assert.equal(await page.locator('.detail').getByText(say('hidden-now')).count(), 4, 'what is entered again cannot be copied');
  assert.equal(await list(page, 'notices').getByText(say('hidden-now')).count(), 1, 'not from the list either');
  await page.fill('#again-place', '35.3550, 40.1400');
  await page.fill('#again-band', band);
  await page.fill('#again-window', `${from} to ${until}`);
  await button(page, say('read-back-send')).click();
  const marked = page.locator('#differs mark');
  await marked.first().waitFor();
  assert.deepEqual(await marked.allTextContents(), ['3'], 'the one digit that differs');
  await picture(page, `4-read-back-${language}`);
  await page.fill('#again-place', '35 15.30 N 40 08.40 E');
  await page.fill('#again-band', 'SFC to 300 ft MSL');
  await button(page, say('read-back-send')).click();
  await page.locator('#differs').getByText('SFC to 3000 ft MSL').waitFor();
  await page.fill('#again-band', band);
  await button(page, say('read-back-send')).click();
  await button(page, say('read-back-begin')).waitFor();
}

/** Nothing lies beyond the edge, on a wide screen or a narrow one, and the stop call is always in sight. */
async function fits(page: Page, language: string): Promise<void> {
  for (const [width, height] of [[1440, 810], [1280, 720], [800, 600], [420, 800]] as const) {
    await page.setViewportSize({ width, height });
    const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(beyond <= 0, `${width}: ${beyond} px beyond the edge`);
    await page.locator('#lists').evaluate((one) => one.lastElementChild?.scrollIntoView());
    const box = await page.locator('.stop button').boundingBox();
    assert(box && box.y >= 0 && box.y + box.height <= height, `${width}: the stop call is at ${JSON.stringify(box)}`);
    await picture(page, `7-${width}-${language}`);
  }
  await isClean(page, 'a narrow screen');
}

async function stopCall(a: Page, b: Page, say: Say, language: string): Promise<void> {
  await stop(a, say);
  const incoming = b.locator('.incoming');
  await incoming.waitFor();
  await b.locator('[data-sound=stop]').waitFor();
  const [box, view] = [await incoming.boundingBox(), b.viewportSize()];
  assert.equal(Math.round(box?.width ?? 0), view?.width, 'over the full width');
  await isClean(b, 'a stop call');
  await picture(b, `5-stop-${language}`);
  await a.getByText(say('delivered'), { exact: true }).first().waitFor();
  await list(a, 'calls').getByText(say('phase-sounding')).waitFor();

  // Details: what cannot be read is said, and the rest goes.
  await a.selectOption('#cause', 'air-strike');
  await a.fill('#stop-place', '35.2854, 40.1760');
  await button(a, say('details-send')).click();
  await incoming.getByText(say('cause-air-strike')).waitFor();

  await button(incoming, say('accept')).click();
  await b.locator('[data-sound=stop]').waitFor({ state: 'detached' });
  await list(a, 'calls').getByText(say('phase-accepted')).waitFor();
  await b.getByLabel(say('answer-pause-ordered')).check();
  await button(b, say('answer-give')).click();
  await list(a, 'calls').getByText(say('phase-pause-ordered')).waitFor();
  await picture(a, `6-ordered-${language}`);
  await picture(b, `6-owed-${language}`);
  await isClean(b, 'what is owed');
  await b.getByLabel(say('answer-pause-confirmed')).check();
  await button(b, say('answer-give')).click();
  await list(a, 'calls').getByText(say('phase-pause-confirmed')).waitFor();
  await button(a, say('lift')).click();
  await list(b, 'calls').getByText(say('phase-lifted-by-the-caller-only')).waitFor();
  await button(b, say('resume')).click();
  await list(a, 'calls').getByText(say('phase-lifted-by-both')).waitFor();
  await isClean(a, 'a call that is over');
}
