/** The demonstration's page: three desks in frames, each signed in at a node of its own, in its party's language. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { after, before } from 'node:test';
import { isClean } from '../support/axe.ts';
import { browser, picture, within } from '../support/browser.ts';
import { until } from '../support/two.ts';
import { words } from '../support/words.ts';

/** Beside the program of the nodes. */
const PROGRAM = process.env['STANDCLEAR'] ?? join(process.cwd(), '../target/debug/standclear');
const DESKS = [
  ['coalition', 'en'],
  ['russia', 'ru'],
  ['un-aid', 'ar'],
] as const;

const folder = mkdtempSync(join(tmpdir(), 'standclear-desks-'));
let demo: ChildProcess;
let link = '';

before(async () => {
  // The stop call to both, and nothing before it.
  const whole = readFileSync('../scenarios/deir-ez-zor-2017.toml', 'utf8');
  const [head, ...steps] = whole.split('[[step]]');
  const kept = steps.filter((step) => step.includes('name = "convoy-hit"'));
  const timeline = join(folder, 'short.toml');
  writeFileSync(timeline, [head, ...kept].join('[[step]]'));
  const args = [timeline, '--folder', folder, '--verifier', '../tests/independent/verify.py', '--stay', '--play', 'russia'];
  demo = spawn(join(dirname(PROGRAM), 'demo'), [...args, '--pause-ms', '1000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  demo.stdout?.on('data', (data) => (said += String(data)));
  link = await until('the link', () => /http:\/\/127\.0\.0\.1:\d+\/[0-9a-f]{32}\//.exec(said)?.[0]);
});

after(async () => {
  const gone = new Promise((done) => demo.once('exit', done));
  demo.kill('SIGINT');
  await gone;
  rmSync(folder, { recursive: true, force: true });
});

test('one link opens three desks, each signed in and in its language, and an aid convoy stops both', async () => {
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'three-desks', async () => {
      const context = await chrome.newContext({ viewport: { width: 1440, height: 810 }, locale: 'ru' });
      context.setDefaultTimeout(60_000);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.goto(link);
      const frames = DESKS.map((_, index) => page.frameLocator('iframe').nth(index));
      for (const [index, [party, language]] of DESKS.entries()) {
        const frame = frames[index];
        assert(frame);
        await frame.locator('.stop button').waitFor();
        assert.equal(await frame.locator('html').getAttribute('lang'), language);
        await frame.getByText(party, { exact: true }).first().waitFor();
      }
      // Both were called: the one that is played has paused by itself, and whom the person plays is left to them.
      const [coalition, russia] = frames;
      assert(coalition && russia);
      await coalition.getByText(words('en')('phase-pause-confirmed')).first().waitFor();
      await picture(page, 'three-desks');
      await russia.locator('.incoming').getByRole('button', { name: words('ru')('accept') }).click();
      await russia.locator('.incoming').waitFor({ state: 'detached' });

      await page.getByText('УЧЕНИЕ').first().waitFor();
      await isClean(page, 'three desks');
      for (const name of ['English', 'العربية']) {
        await page.locator('.languages button', { hasText: name }).click();
        await isClean(page, name);
      }
      assert.equal(await page.locator('html').getAttribute('dir'), 'rtl');

      const [alone] = await Promise.all([context.waitForEvent('page'), page.locator('.desk h2 a').nth(1).click()]);
      await alone.locator('.stop button').waitFor();
      assert.equal(await alone.locator('html').getAttribute('lang'), 'ru');
      assert.deepEqual(complaints, []);
    });
  } finally {
    await chrome.close();
  }
});
