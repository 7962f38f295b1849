/** The watch handed over by reading and signing, a wall page, and stop calls on every screen of a desk. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list, type Say } from '../support/deeds.ts';
import { Two, until, type Party } from '../support/two.ts';
import { words } from '../support/words.ts';

let chrome: Browser;
before(async () => void (chrome = await browser({ webgl: false })));
after(() => chrome.close());

/** A second officer at the first party's desks, beside `duty`. */
function second(party: Party): void {
  party.run('officer', 'add', 'relief', '--desk', 'air', '--desk', 'ground', '--out', party.file('relief'));
}

const onWatch = (party: Party): string[] => party.ask('watch', 'show').find((of: { desk: string }) => of.desk === 'air').officers;

async function opened(page: Page, say: Say): Promise<void> {
  await button(list(page, 'watch').first(), say('watch-take')).click();
  await page.getByRole('heading', { name: say('handover'), exact: true }).waitFor();
}

for (const language of ['en', 'ru', 'ar']) {
  test(`a watch is handed over by reading and signing all that is open (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `watch-${language}`, async () => {
        second(two.first);
        two.first.officer('watch', 'take', '--desk', 'air');
        two.second.officer('stop', '--desk', 'air', '--cause', 'artillery', '--no-wait');
        await until('it sounds', () => (two.first.ask('calls')[0]?.phase === 'sounding' ? true : undefined));
        two.first.officer('stop', 'accept');
        const { page, complaints } = await desk(chrome, two.first, language, { width: 1280, height: 720 }, 'relief');
        await opened(page, say);
        await page.locator('[data-item=call]').waitFor();
        const sign = button(page, say('handover-sign'));
        assert(await sign.isDisabled(), 'nothing is read yet');
        await isClean(page, 'a handover');
        await picture(page, `watch-1-handover-${language}`);
        // Read, tick, test, answer: by keyboard.
        await page.getByLabel(say('handover-all')).focus();
        await page.keyboard.press('Space');
        assert(await sign.isDisabled(), 'the sound was not heard yet');
        await page.selectOption('#handover-from', 'duty');
        await button(page, say('handover-sound')).click();
        await page.getByLabel(say('handover-heard')).check();
        await page.getByLabel(say('handover-yes'), { exact: true }).check();
        // What opened since then is to be read too.
        await page.waitForFunction(() => !document.querySelector('.unread') || true);
        for (const box of await page.locator('li.unread input[type=checkbox]').all()) await box.check();
        await sign.click();
        await page.getByText(say('handover-signed')).waitFor();
        assert.deepEqual(onWatch(two.first), ['relief']);
        await picture(page, `watch-2-signed-${language}`);

        // On somebody's order: said until it is ended, and recorded with what is done.
        await page.fill('#order-by', 'Gen. Alder, J3');
        await page.fill('#order-words', 'leave it now');
        await page.fill('#order-dissent', 'not verified');
        await button(page, say('order-begin')).click();
        await page.locator('.ordered').waitFor();
        await isClean(page, 'on an order');
        await picture(page, `watch-3-ordered-${language}`);
        await button(list(page, 'watch').first(), say('watch-leave')).click();
        await until('it is recorded', () => (two.first.ask('watch', 'directed').length === 1 ? true : undefined));
        const [act] = two.first.ask('watch', 'directed');
        assert.deepEqual([act.officer, act.by, act.words, act.dissent], ['relief', 'Gen. Alder, J3', 'leave it now', 'not verified']);
        await page.locator('.ordered').getByRole('button').click();
        await page.locator('.ordered').waitFor({ state: 'detached' });
        assert.equal(two.second.ask('watch', 'directed').length, 0);

        // By day too, and at once.
        await page.getByRole('button', { name: say('daylight') }).click();
        await isClean(page, 'a handover by day');
        await picture(page, `watch-4-day-${language}`);
        await button(page, say('handover-at-once')).click();
        await until('it is taken', () => (onWatch(two.first).includes('relief') ? true : undefined));
        await page.getByText(say('watch-unread')).waitFor();
        assert.deepEqual(complaints, []);
      });
    } finally {
      await two.end();
    }
  });

  test(`a wall page shows and sounds one desk's alarms, and a PIN takes a stop call there (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `wall-${language}`, async () => {
        const pin = two.first.file('pin');
        writeFileSync(pin, '402718\n', { mode: 0o600 });
        two.first.officer('pin', 'set', pin);
        const { open } = two.first.ask('wall', 'add', 'ops-east', '--desk', 'air');
        const context = await chrome.newContext({ viewport: { width: 1920, height: 1080 }, locale: language });
        context.setDefaultTimeout(15_000);
        const page = await context.newPage();
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(String(error)));
        page.on('request', (request) => {
          if (!request.url().startsWith(two.first.url)) complaints.push(`asked for ${request.url()}`);
        });
        await page.goto(open);
        await page.getByText(say('live'), { exact: true }).waitFor();
        assert.equal(new URL(page.url()).hash, '', 'the code is off the address');
        await until('it sounds', () => (two.first.ask('wall', 'list')[0]?.sounds ? true : undefined));
        await isClean(page, 'a wall page');
        await picture(page, `wall-1-${language}`);

        two.second.officer('stop', '--desk', 'air', '--cause', 'artillery', '--no-wait');
        const call = page.getByRole('region', { name: say('stop-call') });
        await call.waitFor();
        await page.locator('[data-sound=stop]').waitFor();
        const box = await call.boundingBox();
        assert((box?.width ?? 0) > 1_800, 'full width');
        const beyond = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.equal(beyond, 0);
        await isClean(page, 'a stop call at the wall');
        await picture(page, `wall-2-stop-${language}`);
        // A wrong PIN says so, and takes nothing; nobody finds it in the field.
        await call.getByLabel(say('wall-name')).fill('duty');
        await call.getByLabel(say('wall-pin')).fill('402719');
        await page.keyboard.press('Enter');
        await call.getByText(/name and PIN do not belong together|Имя и PIN не подходят|الاسم والرقم السري/).waitFor();
        assert.equal(await call.getByLabel(say('wall-pin')).inputValue(), '');
        assert.equal(two.first.ask('calls')[0].phase, 'sounding');
        await page.waitForTimeout(1_100);
        await call.getByLabel(say('wall-pin')).fill('402718');
        await page.keyboard.press('Enter');
        await call.waitFor({ state: 'detached' });
        assert.match(two.first.ask('calls')[0].phase, /accepted/);

        // There, and answering nothing: it says that it is deaf.
        two.first.freeze();
        await page.getByText(say('wall-deaf-new')).waitFor({ timeout: 8_000 });
        await page.locator('[data-sound=deaf]').waitFor();
        await isClean(page, 'a deaf wall');
        await picture(page, `wall-3-deaf-${language}`);
        two.first.thaw();
        await page.getByText(say('wall-deaf-new')).waitFor({ state: 'detached' });

        // The node gone, and the page opened anew: how it was, and since when that is old.
        two.second.officer('stop', '--desk', 'air', '--cause', 'artillery', '--no-wait');
        await call.waitFor();
        await until('the page is kept', () =>
          page.evaluate(async () => {
            const kept = await caches.open('standclear-wall');
            return Boolean((await navigator.serviceWorker.getRegistration('/wall'))?.active && (await kept.match('/wall'))) || undefined;
          }),
        );
        await two.first.end('SIGKILL');
        await page.reload();
        await call.waitFor();
        await page.getByText(say('wall-deaf-new')).waitFor();
        await page.locator('main.stale').waitFor();
        await isClean(page, 'a wall that was kept');
        await picture(page, `wall-5-kept-${language}`);
        await two.first.serve();
        await page.getByText(say('wall-deaf-new')).waitFor({ state: 'detached' });
        await call.waitFor();
        two.first.officer('stop', 'accept');
        await call.waitFor({ state: 'detached' });
        await page.getByRole('button', { name: say('daylight') }).click();
        await isClean(page, 'a wall by day');
        await picture(page, `wall-4-day-${language}`);
        two.first.officer('wall', 'revoke', 'ops-east');
        await page.getByText(say('wall-out')).waitFor();
        assert.equal(await page.evaluate(() => localStorage.getItem('standclear-wall-told')), null, 'and nothing of it stays there');
        await isClean(page, 'a wall page that was taken away');
        assert.deepEqual(complaints, []);
      });
    } finally {
      await two.end();
    }
  });
}

test('a stop call stands on every screen of the desk, above an open dialog, and one person takes it from all', async () => {
  const two = await Two.joined();
  const say = words('en');
  try {
    await within(chrome, 'every-screen', async () => {
      second(two.first);
      const { page: one } = await desk(chrome, two.first);
      const { page: other } = await desk(chrome, two.first, 'en', { width: 1920, height: 1080 }, 'relief');
      for (const page of [one, other]) await page.getByText(say('live'), { exact: true }).waitFor();
      // A dialog that takes the whole page, as the sheet of a unit does, with something typed in it.
      await one.evaluate(() => {
        const dialog = document.createElement('dialog');
        dialog.innerHTML = '<label>Kept <input id="kept" value="35.2550 N"></label>';
        dialog.addEventListener('close', () => dialog.remove());
        document.querySelector('main')?.append(dialog);
        dialog.showModal();
      });
      two.second.officer('stop', '--desk', 'air', '--no-wait');
      const calls = [one, other].map((page) => page.locator('.incoming'));
      for (const call of calls) await call.waitFor();
      assert.equal(await one.locator('dialog:modal').count(), 0, 'it holds nothing up');
      assert.equal(await one.locator('#kept').inputValue(), '35.2550 N', 'and nothing in it is lost');
      assert(await one.locator('#kept').isVisible());
      await picture(one, 'every-screen-1-dialog');
      const covered = await one.evaluate(() => {
        const box = document.querySelector('.incoming .accept')?.getBoundingClientRect();
        const at = box && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        return !at?.closest('.incoming');
      });
      assert.equal(covered, false);
      await button(one.locator('.incoming'), say('accept')).click();
      for (const call of calls) await call.waitFor({ state: 'detached' });
    });
  } finally {
    await two.end();
  }
});

for (const language of ['en', 'ru', 'ar']) {
  test(`a commander puts an officer on the roster and takes him off, and others see it (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `roster-${language}`, async () => {
        two.first.run('officer', 'add', 'commander', '--desk', 'air', '--role', 'commander', '--out', two.first.file('commander'));
        const [a, b] = [await desk(chrome, two.first, language, { width: 1280, height: 720 }, 'commander'), await desk(chrome, two.first, language)];
        for (const { page } of [a, b]) {
          await button(list(page, 'watch').first(), say('watch-take')).click();
          await page.getByRole('heading', { name: say('roster'), exact: true }).waitFor();
        }
        await b.page.getByText(say('roster-who')).waitFor();
        assert.equal(await b.page.locator('#roster-officer').count(), 0);
        const { page } = a;
        const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000;
        await page.fill('#roster-officer', 'nobody');
        await page.fill('#roster-from', dtg(hour));
        await page.fill('#roster-until', dtg(hour + 8 * 3_600_000));
        await button(page, say('roster-add')).click();
        await page.getByText(/may not keep the watch|не может дежурить|ليس له أن يناوب/).waitFor();
        await page.fill('#roster-officer', 'duty');
        await page.keyboard.press('Enter');
        await list(page, 'roster').getByText('duty').waitFor();
        await list(b.page, 'roster').getByText('duty').waitFor();
        await isClean(page, 'a roster');
        await picture(page, `roster-${language}`);
        await list(page, 'roster').getByRole('button').click();
        await list(page, 'roster').first().waitFor({ state: 'detached' });
        await list(b.page, 'roster').first().waitFor({ state: 'detached' });
        assert.deepEqual([...a.complaints, ...b.complaints], []);
      });
    } finally {
      await two.end();
    }
  });
}
