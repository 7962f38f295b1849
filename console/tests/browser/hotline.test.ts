/** The hotline at two desks: said by keyboard alone, read in each reader's language, read back amiss, corrected, answered,
 * cancelled; own words translated, challenged and corrected. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list } from '../support/deeds.ts';
import { Two, until, type Party } from '../support/two.ts';
import { words } from '../support/words.ts';

let two: Two;
let chrome: Browser;
before(async () => {
  two = await Two.joined({ change: (text) => text.replace('free_text = false', 'free_text = true') });
  two.second.run('officer', 'add', 'tongue', '--role', 'interpreter', '--desk', 'air', '--out', two.second.file('tongue'));
  chrome = await browser({ webgl: false });
});
after(async () => {
  await chrome.close();
  await two.end();
});

const PLACE = '37S FV 070 090';
const WRONG = '37S FV 170 090';
const tomorrow = Math.floor(Date.now() / 86_400_000 + 1) * 86_400_000 + 12 * 3_600_000;
const [FROM, UNTIL] = [dtg(tomorrow), dtg(tomorrow + 3_600_000)];
const OWN_WORDS = 'Мы ждём колонну до темноты';

/** What the node holds, whatever a page shows. */
const said = (party: Party): { entry: string; code: string; from: string; state: string }[] => party.ask('hotline');
const ours = (party: Party): number => said(party).filter((of) => of.from === 'own').length;
const card = (page: Page, code: string): Locator => page.locator(`[data-phrase=${code}]`).first();
const row = (page: Page): Locator => list(page, 'hotline').first();

async function live(page: Page, say: (name: string) => string): Promise<void> {
  await page.getByText(say('live'), { exact: true }).waitFor();
  await row(page).waitFor();
}

async function isWithin(page: Page): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.equal(beyond, 0, 'nothing stands beyond the edge of the page');
}

/** By keys alone: from rest to a phrase that could be said. */
async function typed(page: Page): Promise<void> {
  await page.keyboard.press('h');
  await page.locator('#phrase-query:focus').waitFor();
  await page.keyboard.type('a01');
  await page.locator('#phrase-A01[aria-selected=true]').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('#say-place:focus').waitFor();
  for (const text of [PLACE, FROM, UNTIL]) {
    await page.keyboard.type(text);
    await page.keyboard.press('Tab');
  }
  // Heights and number are left out, the desk is as it is: then purpose and authority.
  for (const [field, value] of [['#say-purpose', 'flight-safety'], ['#say-authority', 'deconfliction']] as const) {
    for (let steps = 0; steps < 12 && !(await page.locator(`${field}:focus`).count()); steps += 1) await page.keyboard.press('Tab');
    for (let steps = 0; steps < 12 && (await page.inputValue(field)) !== value; steps += 1) await page.keyboard.press('ArrowDown');
    assert.equal(await page.inputValue(field), value);
  }
}

test('a phrase is said by keyboard alone, read in Russian, read back amiss, said to be wrong, corrected, answered and cancelled', async () => {
  const [say, скажи] = [words('en'), words('ru')];
  await within(chrome, 'hotline', async () => {
    const [a, b] = [await desk(chrome, two.first, 'en'), await desk(chrome, two.second, 'ru')];
    await live(a.page, say);
    await live(b.page, скажи);
    await typed(a.page);
    const preview = a.page.locator('[data-list=phrase-preview]');
    await preview.getByText('Наша авиация').filter({ hasText: FROM }).waitFor();
    await preview.getByText('طائراتنا').filter({ hasText: FROM }).waitFor();
    await isClean(a.page, 'a phrase that could be said');
    await isWithin(a.page);
    await picture(a.page, 'hotline-1-form-en');
    assert.equal(said(two.first).length, 0);

    // A reload in the middle of it loses nothing.
    await a.page.reload();
    await a.page.locator('#say-place').waitFor();
    assert.deepEqual(
      await Promise.all(['place', 'window', 'end', 'purpose', 'authority'].map((field) => a.page.inputValue(`#say-${field}`))),
      [PLACE, FROM, UNTIL, 'flight-safety', 'deconfliction'],
    );
    await preview.getByText('Наша авиация').filter({ hasText: FROM }).waitFor();
    await a.page.locator('#say-end').focus();
    await a.page.keyboard.press('Enter');
    await a.page.getByText(say('phrase-said', { code: 'A01' })).waitFor();
    await until('it arrived', () => (said(two.second).length === 1 ? true : undefined));

    // There it waits, unread until it is in view, in Russian.
    await row(b.page).getByText(скажи('hotline-waits', { count: '1' })).waitFor();
    assert.equal(await b.page.locator('[data-strip=hotline]').count(), 0, 'no danger, and so nothing above all else');
    await row(b.page).click();
    const heard = card(b.page, 'A01');
    await heard.getByText('Наша авиация').waitFor();
    await heard.locator('.owed').getByText(скажи('phrase-owed-read-back')).waitFor();
    await heard.getByText(скажи('phrase-shown')).waitFor();
    await card(a.page, 'A01').getByText(say('phrase-displayed')).waitFor();
    await isClean(b.page, 'a phrase that came');
    await picture(b.page, 'hotline-2-came-ru');

    // One digit amiss: it goes, and both are shown which.
    const readBack = async (place: string): Promise<void> => {
      await button(heard, скажи('read-back-begin')).click();
      await b.page.locator('#again-place:focus').waitFor();
      assert.equal(await b.page.locator('.detail, .rail').getByText('Наша авиация').count(), 0, 'hidden while it is entered again');
      await b.page.keyboard.type(place);
      await b.page.keyboard.press('Tab');
      await b.page.keyboard.type(`${FROM} to ${UNTIL}`);
    };
    await readBack(WRONG);
    await b.page.reload();
    await b.page.locator('#again-place').waitFor();
    assert.equal(await b.page.inputValue('#again-place'), WRONG, 'a reload loses nothing of it');
    await b.page.locator('#again-window').focus();
    await b.page.keyboard.press('Enter');
    for (const page of [a.page, b.page]) {
      const otherwise = card(page, 'A01').locator('[data-read-back=otherwise]');
      await otherwise.waitFor();
      assert.deepEqual(await otherwise.locator('mark').allInnerTexts(), ['1']);
      await isClean(page, 'read back otherwise');
    }
    await picture(a.page, 'hotline-3-otherwise-en');
    await picture(b.page, 'hotline-3-otherwise-ru');

    // Whoever spoke says so: two presses, and never one.
    const mine = card(a.page, 'A01');
    await mine.getByText(say('phrase-owed-compare')).waitFor();
    await mine.getByRole('button', { name: /^R09/ }).focus();
    await a.page.keyboard.press('Enter');
    await a.page.locator('.saying [type=submit]:focus').waitFor();
    await a.page.locator('.saying [aria-disabled=false]').waitFor();
    assert.equal(ours(two.first), 1);
    await a.page.keyboard.press('Enter');
    await a.page.getByText(say('phrase-said', { code: 'R09' })).waitFor();
    await mine.getByText(say('phrase-owed-compare')).waitFor({ state: 'detached' });

    // Read back again, as it was said; then answered.
    await readBack(PLACE);
    await b.page.keyboard.press('Enter');
    await card(a.page, 'A01').locator('[data-read-back=equal]').waitFor();
    await heard.locator('.owed').getByText(скажи('phrase-owed-answer')).waitFor();
    await heard.getByRole('button', { name: /^R01/ }).click();
    await b.page.locator('.saying [aria-disabled=false]').waitFor();
    await b.page.keyboard.press('Enter');
    await b.page.getByText(скажи('phrase-said', { code: 'R01' })).waitFor();
    await mine.getByRole('button', { name: /^R01/ }).waitFor();

    // Another time, corrected by whoever spoke; then all of it cancelled.
    await button(mine, say('phrase-correct')).click();
    await a.page.locator('#phrase-query:focus').waitFor();
    await a.page.keyboard.type('K02');
    await a.page.keyboard.press('Enter');
    await a.page.locator('#say-window:focus').waitFor();
    await a.page.keyboard.type(UNTIL);
    await a.page.keyboard.press('Tab');
    await a.page.keyboard.type(dtg(tomorrow + 7_200_000));
    await a.page.locator('.saying [aria-disabled=false]').waitFor();
    await a.page.keyboard.press('Enter');
    await heard.getByText(скажи('phrase-corrected')).waitFor();
    await picture(b.page, 'hotline-4-corrected-ru');
    await button(card(a.page, 'A01'), say('phrase-cancel')).click();
    await a.page.locator('#phrase-query:focus').waitFor();
    await a.page.keyboard.press('Enter');
    await a.page.locator('.saying [aria-disabled=false]').waitFor();
    await a.page.keyboard.press('Enter');
    await heard.getByText(скажи('phrase-cancelled')).waitFor();
    assert.equal(said(two.second).find((of) => of.code === 'A01')?.state, 'cancelled');
    await picture(a.page, 'hotline-5-cancelled-en');
    assert.deepEqual([...a.complaints, ...b.complaints], []);
  });
});

test('no key that is pressed once from rest, or held, says anything', async () => {
  const say = words('en');
  await within(chrome, 'hotline-one-key', async () => {
    const { page } = await desk(chrome, two.second);
    await live(page, say);
    const before = ours(two.second);
    for (const key of ['h', 'Escape', 'Enter', 'Space', 'r', 'Escape']) {
      await page.keyboard.press(key);
      await page.waitForTimeout(400);
    }
    assert.equal(ours(two.second), before);
    // What is said to us, and a held Enter on what would answer it.
    two.first.officer('say', 'L01', '--line', 'air-line', '--desk', 'air');
    await row(page).click();
    const answer = card(page, 'L01').getByRole('button', { name: /^L02/ });
    await answer.focus();
    for (let times = 0; times < 40; times += 1) {
      await page.keyboard.down('Enter');
      await page.waitForTimeout(30);
    }
    await page.locator('.saying [aria-disabled=false]').waitFor();
    for (let times = 0; times < 10; times += 1) await page.keyboard.down('Enter');
    await page.waitForTimeout(500);
    assert.equal(ours(two.second), before, 'a key that is held says nothing');
    await page.keyboard.up('Enter');
    await page.keyboard.press('Enter');
    await page.getByText(say('phrase-said', { code: 'L02' })).waitFor();
    assert.equal(ours(two.second), before + 1);
  });
});

test('a danger stands above all else until it is answered, and a stop call goes before it and takes nothing that is typed', async () => {
  const say = words('en');
  await within(chrome, 'hotline-danger', async () => {
    const { page, complaints } = await desk(chrome, two.second);
    await live(page, say);
    two.first.officer('say', 'D02', '--line', 'air-line', '--desk', 'air', '--place', PLACE, '--since', dtg(Date.now()), '--authority', 'deconfliction', '--purpose', 'flight-safety');
    const strip = page.locator('[data-strip=hotline]');
    await strip.getByText('Our people near').waitFor();
    await button(strip, say('open')).click();
    assert.equal(await page.locator('[data-list=hotline-front] > [data-phrase]').first().getAttribute('data-phrase'), 'D02', 'before whatever else waits');
    await isClean(page, 'a danger');
    await picture(page, 'hotline-6-danger');
    await button(card(page, 'D02'), say('read-back-begin')).click();
    await page.locator('#again-place').fill(PLACE);
    two.first.officer('stop', '--desk', 'air', '--no-wait');
    const incoming = page.locator('.incoming');
    await incoming.waitFor();
    assert.equal(await page.inputValue('#again-place'), PLACE);
    await picture(page, 'hotline-7-stop-call');
    await button(incoming, say('accept')).click();
    await incoming.waitFor({ state: 'detached' });
    // The call is open now; what was typed waits where it was.
    await row(page).click();
    assert.equal(await page.inputValue('#again-place'), PLACE);
    await button(page.locator('.phrase'), say('cancel')).click();
    await card(page, 'D02').getByRole('button', { name: /^R02/ }).click();
    await page.locator('.saying [aria-disabled=false]').waitFor();
    await page.keyboard.press('Enter');
    await strip.waitFor({ state: 'detached' });
    two.second.officer('stop', 'answer', 'not-ours');
    two.first.officer('stop', 'error');
    assert.deepEqual(complaints, []);
  });
});

test('a phrase that this node does not know is shown with its marker and slots, and one choice answers not understood', async () => {
  const say = words('en');
  await within(chrome, 'hotline-unknown', async () => {
    const { page } = await desk(chrome, two.second);
    // As the node of a newer catalogue would have said it: the code alone is another.
    const unknown = (of: Record<string, unknown>): Record<string, unknown> =>
      of['code'] === 'A03' && of['from'] === 'peer'
        ? { ...of, code: 'Z42', known: false, group: null, text: 'A phrase that this node does not know: Z42.', response: '', responses: ['R02'], read_back_items: [], missing: [] }
        : of;
    await page.route(/\/api\/hotline\?/, async (route) => {
      try {
        const response = await route.fetch();
        await route.fulfill({ response, json: ((await response.json()) as Record<string, unknown>[]).map(unknown) });
      } catch {
        // The page was closed before the node had answered.
      }
    });
    await live(page, say);
    two.first.officer('say', 'A03', '--line', 'air-line', '--desk', 'air', '--place', PLACE, '--since', dtg(Date.now()), '--slot', 'label=Birch <b>2</b>', '--authority', 'deconfliction', '--purpose', 'flight-safety');
    await row(page).click();
    const heard = card(page, 'Z42');
    await heard.getByText(say('phrase-unknown')).waitFor();
    await heard.getByText('Birch <b>2</b>').waitFor();
    assert.equal(await heard.locator('b').count(), 0);
    await heard.getByText('information').first().waitFor();
    await isClean(page, 'an unknown phrase');
    await picture(page, 'hotline-8-unknown');
    assert.equal(await heard.getByRole('button', { name: /^R0/ }).count(), 1);
    await heard.getByRole('button', { name: /^R02/ }).click();
    await page.locator('.saying [aria-disabled=false]').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText(say('phrase-said', { code: 'R02' })).waitFor();
    await until('it arrived', () => (said(two.first).some((of) => of.code === 'R02' && of.from === 'peer') ? true : undefined));
  });
});

test('own words stand beside the translation, which is challenged and corrected; an interpreter says nothing', async () => {
  const [say, скажи] = [words('en'), words('ru')];
  await within(chrome, 'hotline-words', async () => {
    const [a, b] = [await desk(chrome, two.first, 'en'), await desk(chrome, two.second, 'ru', { width: 1280, height: 720 }, 'tongue')];
    await live(a.page, say);
    await live(b.page, скажи);
    // Said with the page's own form; markup in it, and a letter that is not what it seems.
    await a.page.keyboard.press('h');
    await a.page.locator('#phrase-query').fill('own words');
    await a.page.locator('#phrase-L09[aria-selected=true]').waitFor();
    await a.page.keyboard.press('Enter');
    await a.page.locator('#say-remarks').fill(`${OWN_WORDS} <img src=x onerror="document.title=1"> \u0410l Tanf`);
    await a.page.selectOption('#say-language', 'ru');
    await a.page.selectOption('#say-purpose', 'flight-safety');
    await a.page.selectOption('#say-authority', 'deconfliction');
    await a.page.locator('.saying [aria-disabled=false]').click();
    await a.page.getByText(say('phrase-said', { code: 'L09' })).waitFor();

    await row(b.page).click();
    const heard = card(b.page, 'L09');
    await heard.getByText(OWN_WORDS).waitFor();
    await heard.getByText(скажи('mixes-alphabets')).waitFor();
    assert.equal(await heard.locator('img').count(), 0);
    assert.equal(await b.page.locator('.saying').count() + await button(b.page, скажи('hotline-say')).count(), 0);
    assert.equal(await heard.getByRole('button', { name: /^[RL]\d\d/ }).count(), 0, 'an interpreter speaks for nobody');
    await button(heard, скажи('words-translate')).click();
    await b.page.selectOption('#translate-language', 'en');
    await b.page.fill('#translate-text', 'We wait for the convoy in the dark');
    await b.page.reload();
    await b.page.locator('#translate-text').waitFor();
    assert.equal(await b.page.inputValue('#translate-text'), 'We wait for the convoy in the dark');
    await b.page.fill('#translate-name', 'Lt Petrova');
    await b.page.selectOption('#translate-purpose', 'flight-safety');
    await b.page.selectOption('#translate-authority', 'deconfliction');
    await button(heard, скажи('words-translate')).click();

    const mine = card(a.page, 'L09');
    const beside = mine.locator('[data-translation]').first();
    await beside.getByText('We wait for the convoy in the dark').waitFor();
    await beside.getByText('Lt Petrova').waitFor();
    const [left, right] = [await mine.locator('[data-words=original]').boundingBox(), await beside.boundingBox()];
    assert(left && right && Math.abs(left.y - right.y) < 4 && left.x + left.width <= right.x, 'side by side');
    await button(beside, say('words-challenge')).click();
    await a.page.fill('#challenge-text', 'until dark, not in the dark');
    await button(beside, say('words-challenge')).click();
    const challenged = heard.locator('[data-translation=challenged]');
    await challenged.getByText('until dark, not in the dark').waitFor();
    await picture(b.page, 'hotline-9-challenged-ru');
    await isClean(b.page, 'a challenged translation');
    await button(challenged, скажи('words-correct')).click();
    await b.page.fill('#correct-text', 'We wait for the convoy until dark');
    await button(challenged, скажи('words-correct')).click();
    await mine.locator('[data-translation=standing]').getByText('We wait for the convoy until dark').waitFor();
    const old = mine.locator('[data-translation=corrected]');
    await old.getByText('We wait for the convoy in the dark').waitFor();
    await old.getByText('until dark, not in the dark').waitFor();
    await mine.locator('[data-words=original]').getByText(OWN_WORDS).waitFor();
    await isClean(a.page, 'words and their translations');
    await picture(a.page, 'hotline-9-translated-en');
    assert.deepEqual([...a.complaints, ...b.complaints], []);
  });
});

for (const language of ['en', 'ru', 'ar']) {
  test(`the hotline is clean, whole and legible in both themes (${language})`, async () => {
    const say = words(language);
    await within(chrome, `hotline-look-${language}`, async () => {
      const { page, complaints } = await desk(chrome, two.second, language);
      await live(page, say);
      await row(page).click();
      await page.locator('[data-phrase]').first().waitFor();
      for (const light of ['night', 'day']) {
        await isClean(page, `the hotline by ${light}`);
        await isWithin(page);
        await picture(page, `hotline-look-1-${light}-${language}`);
        await page.locator('.detail').click({ position: { x: 5, y: 5 } });
        await page.keyboard.press('h');
        const query = page.locator('#phrase-query:focus');
        await query.waitFor();
        // Groups by the arrows: the next one, in the direction of reading.
        await page.keyboard.press(language === 'ar' ? 'ArrowLeft' : 'ArrowRight');
        await page.locator('#phrase-G01[aria-selected=true]').waitFor();
        await page.keyboard.press('ArrowDown');
        await page.locator('#phrase-G02[aria-selected=true]').waitFor();
        await isClean(page, `the phrases by ${light}`);
        await isWithin(page);
        await picture(page, `hotline-look-2-${light}-${language}`);
        await page.keyboard.press('Enter');
        await page.locator('#say-place:focus').waitFor();
        await page.keyboard.type(PLACE);
        await page.locator('#say-echo .place').waitFor();
        await isClean(page, `a form by ${light}`);
        await isWithin(page);
        await picture(page, `hotline-look-3-${light}-${language}`);
        await page.keyboard.press('Escape');
        await query.waitFor();
        await page.keyboard.press('Escape');
        await query.waitFor({ state: 'detached' });
        await page.getByRole('button', { name: say('daylight') }).click();
      }
      // Wider too, and where the node is gone.
      await page.setViewportSize({ width: 1920, height: 1080 });
      await isWithin(page);
      await picture(page, `hotline-look-4-wide-${language}`);
      assert.deepEqual(complaints, []);
    });
  });
}

test('an organisation’s own officer is shown nothing of it, and asks for nothing', async () => {
  const say = words('en');
  const { second } = two;
  second.run('officer', 'add', 'shelter', '--desk', 'protection', '--out', second.file('shelter'));
  second.run('element', 'enrol', 'aid-east', '--name', 'Eastern Relief', '--token-file', second.file('shelter'));
  second.run('officer', 'add', 'east', '--role', 'represented', '--element', 'aid-east', '--out', second.file('east'));
  await within(chrome, 'hotline-element', async () => {
    const { page } = await desk(chrome, second, 'en', { width: 1280, height: 720 }, 'east');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.getByText(say('live'), { exact: true }).waitFor();
    await page.keyboard.press('h');
    await page.waitForTimeout(2_500);
    assert.equal(await page.locator('[data-list=hotline], [data-strip=hotline], #phrase-query').count(), 0);
    assert(!asked.some((path) => path.startsWith('/api/hotline') || path.startsWith('/api/phrases')), asked.join('\n'));
  });
});
