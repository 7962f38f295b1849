/** What a desk sees when something is wrong: no sound, no WebGL, no node. */
import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { isClean } from '../support/axe.ts';
import { browser, desk, glancing, picture, within } from '../support/browser.ts';
import { button, list, stop } from '../support/deeds.ts';
import { Two, until } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
let two: Two;
before(async () => void (two = await Two.joined()));
after(() => two.end());

const armed = (): string[] => two.second.ask('watch', 'show').find((of: { desk: string }) => of.desk === 'air').sounders;

test('a browser that blocks sound says so, and sounds once somebody has touched the page', async () => {
  const chrome = await browser({ autoplay: false });
  try {
    await within(chrome, 'sound', async () => {
      const { page, complaints } = await desk(chrome, two.second);
      const glance = await glancing(page);
      const sound = () => glance("document.querySelector('[data-sound]')?.dataset.sound");
      const shows = (text: string) => until(text, async () => (String(await glance('document.body.innerText')).includes(text) ? true : undefined));
      await shows(say('sound-blocked'));
      await new Promise((done) => setTimeout(done, 2_000));
      assert.equal(await sound(), 'blocked');
      assert.deepEqual(armed(), [], 'a desk that cannot sound does not say that it can');
      two.first.officer('stop', '--desk', 'air', '--no-wait');
      await shows(say('alarm-stop-action'));
      assert.equal(await sound(), 'blocked');
      assert.equal(await glance("document.querySelectorAll('.incoming').length"), 1);
      await picture(page, 'sound-blocked');
      await button(page, say('sound-arm')).click();
      await page.locator('[data-sound=stop]').waitFor();
      await isClean(page, 'a stop call');
      await until('the desk is armed', () => armed().find((name) => name.startsWith('console-')));
      await button(page.locator('.incoming'), say('silence')).click();
      await page.locator('[data-sound=stop]').waitFor({ state: 'detached' });
      await page.locator('.incoming').waitFor();
      // Chromium says in its console that it blocks sound, which is the matter of this test.
      assert.deepEqual(complaints.filter((text) => !text.includes('AudioContext')), []);
      two.second.officer('stop', 'accept');
      two.first.officer('stop', 'error');
      await page.close();
      await until('the desk is disarmed', () => (armed().length ? undefined : true));
    });
  } finally {
    await chrome.close();
  }
});

test('an answer that was under way when a stop call came does not take it off the screen', async () => {
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'race', async () => {
      const { page } = await desk(chrome, two.second);
      await list(page, 'lines').getByText(say('path-up')).waitFor();
      let release = (): void => {};
      let held = 0;
      await page.route('**/api/alarms', async (route) => {
        const answer = await route.fetch();
        if (held === 0) {
          held = 1;
          await new Promise<void>((done) => (release = done));
          held = 2;
        }
        await route.fulfill({ response: answer });
      });
      await until('the alarms are being read', () => (held === 1 ? true : undefined));
      two.first.officer('stop', '--desk', 'air', '--no-wait');
      await page.locator('.incoming').waitFor();
      release();
      await until('the old answer is there', () => (held === 2 ? true : undefined));
      for (let looks = 0; looks < 20; looks += 1) {
        assert.equal(await page.locator('.incoming').count(), 1);
        await page.waitForTimeout(50);
      }
      two.second.officer('stop', 'accept');
      await page.locator('.incoming').waitFor({ state: 'detached' });
      two.first.officer('stop', 'error');
    });
  } finally {
    await chrome.close();
  }
});

test('a link that names a language opens the desk in it, and so it stays until another is chosen', async () => {
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'language', async () => {
      const { page } = await desk(chrome, two.first);
      const dress = (): Promise<string> => page.evaluate(() => `${document.documentElement.lang} ${document.documentElement.dir}`);
      const shows = (wanted: string) => until(wanted, async () => ((await dress()) === wanted ? true : undefined));
      await shows('en ltr');
      await page.goto(two.first.signInLink().replace('/#', '/?language=ar#'));
      await shows('ar rtl');
      assert.equal(new URL(page.url()).search, '', 'it is off the address bar');
      await page.reload();
      await shows('ar rtl');
      await page.goto(`${two.first.url}/?language=xx`);
      await shows('ar rtl');
    });
  } finally {
    await chrome.close();
  }
});

test('without WebGL alarms, lists and stop calls work', async () => {
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'no-webgl', async () => {
      const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second)];
      await a.page.getByText(say('no-map')).waitFor();
      await list(a.page, 'lines').getByText(say('path-up')).waitFor();
      await list(a.page, 'points').getByText('Deir ez-Zor airfield, tower').waitFor();
      await isClean(a.page, 'no map');
      await picture(a.page, 'no-webgl');
      await stop(a.page, say);
      await button(b.page.locator('.incoming'), say('accept')).click();
      await b.page.getByLabel(say('answer-not-ours')).check();
      await button(b.page, say('answer-give')).click();
      await list(a.page, 'calls').first().getByText(say('phase-not-ours')).waitFor();
      await button(a.page, say('raised-in-error')).click();
      await list(b.page, 'calls').first().getByText(say('phase-raised-in-error')).waitFor();
      assert.deepEqual([...a.complaints, ...b.complaints], []);
    });
  } finally {
    await chrome.close();
  }
});

test('one press or one key makes no stop call; twice, or holding, does', async () => {
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'presses', async () => {
      const { page } = await desk(chrome, two.first);
      await list(page, 'lines').getByText(say('path-up')).waitFor();
      await list(page, 'calls').first().waitFor();
      const count = (): Promise<number> => list(page, 'calls').count();
      const before = await count();
      const button = page.locator('.stop button');
      await button.click();
      await page.waitForTimeout(3_300);
      await button.focus();
      await page.keyboard.press('Space');
      await page.waitForTimeout(3_300);
      await page.keyboard.press('F9');
      await page.waitForTimeout(3_300);
      assert.equal(await count(), before, 'once is not enough');
      await page.keyboard.press('Enter');
      await page.keyboard.press('Enter');
      await until('twice is', async () => ((await count()) === before + 1 ? true : undefined));
      two.first.officer('stop', 'error');
      // A screen reader clicks, and presses nothing.
      await page.waitForTimeout(500);
      for (const _ of [1, 2]) await button.evaluate((one: HTMLElement) => one.click());
      await until('so is a screen reader twice', async () => ((await count()) === before + 2 ? true : undefined));
      two.first.officer('stop', 'error');
    });
  } finally {
    await chrome.close();
  }
});

test('a node that hangs or is gone is noticed, and what is old cannot be taken for what is so', async () => {
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'lost', async () => {
      const { page } = await desk(chrome, two.second);
      await list(page, 'lines').getByText(say('path-up')).waitFor();
      const deaf = page.getByText(say('deaf'));
      // All that it asks for at first has come, the numbers among it.
      await page.waitForLoadState('networkidle');
      const began = Date.now();
      two.second.freeze();
      await deaf.waitFor();
      assert(Date.now() - began < 7_000, `noticed after ${Date.now() - began} ms`);
      await page.locator('.page.stale').waitFor();
      await page.locator('[data-sound=deaf]').waitFor();
      await page.locator('[data-strip=trouble]').getByText('+1 555 0100').first().waitFor();
      await isClean(page, 'the node hangs');
      await picture(page, 'lost');
      two.second.thaw();
      await deaf.waitFor({ state: 'detached' });
      const again = Date.now();
      await two.second.end('SIGKILL');
      await deaf.waitFor();
      assert(Date.now() - again < 1_500, `noticed after ${Date.now() - again} ms`);
      await two.second.serve();
      // Sessions end with the node. The page does not fall silent unnoticed: it says so, until somebody signs in again.
      await page.getByText(say('session-ended')).waitFor();
      await isClean(page, 'the session has ended');
      await page.fill('#code', two.second.signInLink());
      await button(page, say('sign-in')).click();
      await list(page, 'lines').getByText(say('path-up')).waitFor();
    });
  } finally {
    await chrome.close();
  }
});
