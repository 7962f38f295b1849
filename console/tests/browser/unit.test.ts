/** A unit's telephone, and its desk, in each language: a notice, a withdrawal, a pause, a node that is gone. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { FluentBundle, FluentResource } from '@fluent/bundle';
import type { Browser, Page } from 'playwright-core';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list, type Say } from '../support/deeds.ts';
import { Two, until } from '../support/two.ts';
import { dtg } from '../../src/show/time.ts';

const TELEPHONE = { width: 390, height: 844 };

let chrome: Browser;
before(async () => void (chrome = await browser({ webgl: false })));
after(() => chrome.close());

function words(language: string): Say {
  const bundle = new FluentBundle(language);
  const files = readdirSync('../phrases').filter((name) => name.endsWith(`${language}.ftl`));
  for (const name of files) bundle.addResource(new FluentResource(readFileSync(`../phrases/${name}`, 'utf8')));
  return (name, slots = {}) => {
    const pattern = bundle.getMessage(name)?.value;
    if (!pattern) throw new Error(`no phrase ${name}`);
    return bundle.formatPattern(pattern, slots);
  };
}

/** A no-fire area of the first party's, from an hour ago for a day, 4.7 km from the airfield. */
function released(two: Two): string {
  const from = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;
  const { draft } = two.first.ask(
    'notice', 'draft', 'hazard-area', '--desk', 'ground', '--window', `${dtg(from)} to ${dtg(from + 86_400_000)}`,
    '--centre', '35.2550 N 40.1400 E', '--radius', '500 m', '--reference', 'airfield', '--bearing', '224', '--distance', '4.7 km',
    '--slot', 'hazard=mines',
  );
  two.first.ask('notice', 'release', draft, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', 'flight-safety');
  return draft;
}

const enrol = (two: Two, name: string): string =>
  two.second.ask('unit', 'enrol', name, '--desk', 'ground', '--centre', '35.2400 N 40.1400 E', '--radius', '5 km').unit;

async function telephone(two: Two, unit: string, language: string, serviceWorkers: 'block' | 'allow' = 'block'): Promise<{ page: Page; complaints: string[] }> {
  const context = await chrome.newContext({ viewport: TELEPHONE, locale: language, serviceWorkers, hasTouch: true });
  context.setDefaultTimeout(15_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(two.second.url)) complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(two.second.ask('unit', 'link', unit).open);
  return { page, complaints };
}

/** Nothing is wider than the screen, and no coordinate is broken or turned round. */
async function fits(page: Page, language: string): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert(beyond <= 0, `${language}: ${beyond} px too wide`);
  const pieces = await page.locator('bdi.whole').evaluateAll((all) =>
    all.map((one) => ({ text: one.textContent ?? '', direction: getComputedStyle(one).direction, lines: one.getClientRects().length })),
  );
  assert(pieces.some((piece) => piece.text.startsWith('37S')), JSON.stringify(pieces));
  for (const piece of pieces) assert.deepEqual([piece.direction, piece.lines], ['ltr', 1], piece.text);
  const digits = await page.evaluate(() => document.body.innerText.match(/[\u0660-\u0669\u06f0-\u06f9]/g) ?? []);
  assert.deepEqual(digits, [], language);
}

for (const language of ['en', 'ru', 'ar']) {
  test(`a unit receives a notice, its withdrawal and a pause on its telephone (${language})`, async () => {
    const two = await Two.joined();
    try {
      await within(chrome, `unit-${language}`, () => onTheTelephone(two, language, words(language)));
    } finally {
      await two.end();
    }
  });
}

async function onTheTelephone(two: Two, language: string, say: Say): Promise<void> {
  const unit = enrol(two, 'Birch 2');
  const { page, complaints } = await telephone(two, unit, language);
  await page.getByText(say('unit-none')).waitFor();
  assert.equal(new URL(page.url()).hash, '', 'the code is not left in the address bar');
  assert.equal(await page.getAttribute('html', 'dir'), language === 'ar' ? 'rtl' : 'ltr');

  const draft = released(two);
  const received = page.getByRole('button', { name: say('unit-received') });
  await received.waitFor();
  await page.getByText(say('hazard-mines')).waitFor();
  // The notice lies 1.7 km north of the middle of the unit's area.
  await page.getByText('000°').waitFor();
  await page.getByText('1.7 km').waitFor();
  await fits(page, language);
  await isClean(page, 'a notice on the telephone');
  await picture(page, `unit-1-notice-${language}`);
  await received.tap();
  await page.getByText(say('unit-has')).waitFor();
  await received.waitFor({ state: 'detached' });
  const [of] = two.second.ask('unit', 'receipts');
  assert.equal(of.units[0].receipt.words, 'by the unit');

  two.first.officer('notice', 'withdraw', draft, '--reason', 'cancelled');
  await page.getByText(say('unit-withdrawn')).waitFor();
  await page.getByRole('button', { name: say('unit-note') }).tap();
  await page.getByText(say('unit-none')).waitFor();

  two.first.officer('stop', '--desk', 'ground', '--place', '35.2550, 40.1400', '--cause', 'artillery', '--no-wait');
  await until('it sounds', () => (two.second.ask('calls')[0]?.phase === 'sounding' ? true : undefined));
  two.second.officer('stop', 'accept');
  const pause = page.getByRole('alertdialog');
  await pause.waitFor();
  await page.locator('[data-sound=stop]').waitFor();
  const box = await pause.boundingBox();
  assert.deepEqual([box?.width, box?.height], [TELEPHONE.width, TELEPHONE.height], 'it covers the whole screen');
  await fits(page, language);
  await isClean(page, 'a pause');
  await picture(page, `unit-2-pause-${language}`);
  await page.getByRole('button', { name: say('unit-pause-has') }).tap();
  await pause.waitFor({ state: 'detached' });
  await page.locator('[data-sound=stop]').waitFor({ state: 'detached' });
  await page.getByText(say('unit-pause-stays')).waitFor();
  await until('the desk sees it', () =>
    two.second.ask('unit', 'receipts').find((of: { what: string; silent: number }) => of.what === 'pause')?.silent === 0 ? true : undefined,
  );
  two.first.officer('stop', 'error');
  await page.getByText(say('unit-pause-over')).waitFor();

  // There, and answering nothing: the page says so within 4 s, and how old it is.
  two.second.freeze();
  await page.getByText(say('unit-deaf-why')).waitFor({ timeout: 6_500 });
  await isClean(page, 'a deaf page');
  await picture(page, `unit-3-deaf-${language}`);
  two.second.thaw();
  await page.getByText(say('unit-deaf-why')).waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);

  two.second.officer('unit', 'unlink', unit);
  await page.getByText(say('unit-out')).waitFor();
}

test('what a unit received while the node was gone is said once it is back', async () => {
  const two = await Two.joined();
  const say = words('en');
  try {
    await within(chrome, 'unit-late', async () => {
      const unit = enrol(two, 'Birch 2');
      const { page } = await telephone(two, unit, 'en');
      released(two);
      const received = page.getByRole('button', { name: say('unit-received') });
      await received.waitFor();
      two.second.freeze();
      await received.tap();
      await page.getByText(say('unit-sending')).waitFor();
      two.second.thaw();
      await page.getByText(say('unit-has')).waitFor();
      assert.equal(two.second.ask('unit', 'receipts')[0].silent, 0);
    });
  } finally {
    await two.end();
  }
});

for (const language of ['en', 'ru', 'ar']) {
  test(`a desk sees who is silent, relays by the code of a sheet and tells the other party (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `units-${language}`, async () => {
        const [one, other] = [enrol(two, 'Birch 2'), enrol(two, 'Alder')];
        released(two);
        await until('it is found whom it concerns', () => (two.second.ask('unit', 'receipts')[0]?.units.length === 2 ? true : undefined));
        const { page, complaints } = await desk(chrome, two.second, language);
        await list(page, 'notices').first().click();
        const units = page.locator('section[aria-labelledby=units]');
        await units.getByText(say('units-silent', { count: '2', of: '2' })).waitFor();
        await isClean(page, 'the units of a notice');
        await picture(page, `units-1-silent-${language}`);

        await units.getByRole('button', { name: say('unit-sheet'), exact: true }).first().click();
        const sheet = page.getByRole('dialog');
        await sheet.getByText(say('unit-sheet-how')).waitFor();
        await isClean(page, 'a sheet');
        await picture(page, `units-2-sheet-${language}`);
        await button(sheet, say('close')).click();

        const [item] = two.second.ask('unit', 'sheet', one).items;
        await page.fill(`#code-${one}`, 'CCC CC');
        await units.getByRole('button', { name: say('unit-code-do') }).first().click();
        // In the language of the page, from the node's own texts.
        await units.getByText(/is no code of what unit|не код того, что сейчас спрашивают|ليس رمز/).waitFor();
        await page.fill(`#code-${one}`, item.code.toLowerCase());
        await page.locator('li', { has: page.locator(`#code-${one}`) }).getByRole('button', { name: say('unit-code-do') }).click();
        await units.getByText(say('unit-read-back')).waitFor();
        // The silent one in front.
        assert.match((await units.locator('li').first().textContent()) ?? '', /Alder/);
        await button(units, say('units-tell-all')).click();
        await units.getByText(new RegExp(`(no receipt from|нет подтверждения от|لا إشعار استلام من).*${other}`)).waitFor();
        await units.getByRole('button', { name: say('unit-heard') }).click();
        await units.getByText(say('units-all', { count: '2' })).waitFor();
        await button(units, say('units-tell-all')).click();
        await until('the other party is told', () => (two.first.ask('notice', 'list').notices[0].downstream === 'all-units' ? true : undefined));
        assert.deepEqual(complaints, []);
      });
    } finally {
      await two.end();
    }
  });
}

for (const language of ['en', 'ru', 'ar']) {
  test(`what a unit received can be read when the node is gone and the page is opened anew (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `unit-kept-${language}`, async () => {
        const unit = enrol(two, 'Birch 2');
        const { page, complaints } = await telephone(two, unit, language, 'allow');
        released(two);
        await page.getByRole('button', { name: say('unit-received') }).waitFor();
        await until('the page is kept', async () =>
          page.evaluate(async () => {
            const kept = await caches.open('standclear-unit');
            return Boolean((await navigator.serviceWorker.getRegistration('/unit'))?.active && (await kept.match('/unit'))) || undefined;
          }),
        );
        const kept = await page.evaluate(async () => {
          const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()));
          return all.flat().map((request) => new URL(request.url).pathname);
        });
        assert.deepEqual(kept.filter((path) => path.startsWith('/api')), [], 'nothing that the node said');
        const before = page.context().pages().length;

        // Gone, not slow: nothing listens there any more. The page is closed and opened anew.
        await two.second.end('SIGKILL');
        await page.getByText(say('unit-deaf-why')).first().waitFor();
        const again = await page.context().newPage();
        await page.close();
        again.on('request', (request) => {
          if (!request.url().startsWith(two.second.url)) complaints.push(`asked for ${request.url()}`);
        });
        await again.goto(`${two.second.url}/unit`);
        assert.equal(again.context().pages().length, before);
        await again.getByText(say('unit-deaf')).first().waitFor();
        await again.getByText(say('unit-deaf-new')).waitFor();
        await again.getByText(say('unit-heard-ago')).waitFor();
        await again.getByText(say('hazard-mines')).waitFor();
        await again.getByText('1.7 km').waitFor();
        await fits(again, language);
        await isClean(again, 'a page that was kept');
        await picture(again, `unit-4-kept-${language}`);
        // In another language too: that was kept as well.
        await again.getByRole('button', { name: language === 'ar' ? 'English' : 'العربية' }).tap();
        await again.getByText(words(language === 'ar' ? 'en' : 'ar')('unit-deaf-new')).waitFor();

        // What the unit says now is kept over another opening, and said when the node is back.
        await again.getByRole('button', { name: words(language === 'ar' ? 'en' : 'ar')('unit-received') }).tap();
        await again.reload();
        await again.getByText(words(language === 'ar' ? 'en' : 'ar')('unit-sending')).waitFor();
        await two.second.serve();
        await again.getByText(words(language === 'ar' ? 'en' : 'ar')('unit-has')).waitFor();
        await until('the desk has it', () => (two.second.ask('unit', 'receipts')[0]?.silent === 0 ? true : undefined));

        // A telephone that is taken off keeps nothing.
        two.second.officer('unit', 'unlink', unit);
        await again.getByText(words(language === 'ar' ? 'en' : 'ar')('unit-out')).waitFor();
        assert.equal(await again.evaluate(() => localStorage.getItem('standclear-unit-told')), null);
        await two.second.end('SIGKILL');
        await again.reload();
        await again.getByText(words(language === 'ar' ? 'en' : 'ar')('unit-kept-none')).waitFor();
        assert.equal(await again.getByText('1.7 km').count(), 0);
        assert.deepEqual(complaints, []);
      });
    } finally {
      await two.end();
    }
  });
}

test('what was heard more than a day ago is not shown any more', async () => {
  const two = await Two.joined();
  const say = words('en');
  try {
    await within(chrome, 'unit-kept-long', async () => {
      const { page } = await telephone(two, enrol(two, 'Birch 2'), 'en');
      released(two);
      await page.getByRole('button', { name: say('unit-received') }).waitFor();
      two.second.freeze();
      await page.getByText(say('unit-deaf-why')).waitFor();
      // As a telephone does that lay switched on for so long.
      await page.evaluate((ms) => {
        const now = Date.now;
        Date.now = () => now() + ms;
      }, 24 * 3_600_000);
      await page.getByText(say('unit-kept-none')).waitFor();
      assert.equal(await page.getByText('1.7 km').count(), 0);
      assert.equal(await page.evaluate(() => localStorage.getItem('standclear-unit-told')), null);
    });
  } finally {
    await two.end();
  }
});
