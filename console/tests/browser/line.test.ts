/** A line looked at closely, and carried by file from the console. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, list } from '../support/deeds.ts';
import { Two, until } from '../support/two.ts';
import { words } from '../support/words.ts';

let chrome: Browser;
before(async () => void (chrome = await browser({ webgl: false })));
after(() => chrome.close());

for (const language of ['en', 'ru', 'ar'] as const) {
  test(`a line's page has its ways, delay and logs, and a courier's file goes out and comes in there (${language})`, async () => {
    const two = await Two.joined();
    const say = words(language);
    try {
      await within(chrome, `line-${language}`, async () => {
        const [a, b] = [await desk(chrome, two.first, language), await desk(chrome, two.second, language)];
        for (const { page } of [a, b]) await list(page, 'lines').first().getByRole('button').click();
        await list(a.page, 'ways').first().waitFor();
        await list(a.page, 'logs');
        await a.page.locator('[data-list=logs] th').nth(3).waitFor();
        await a.page.getByText(say('climb-how')).waitFor();
        await isClean(a.page, 'a line');
        await picture(a.page, `line-1-${language}`);

        // What is said while the other node is away goes by courier.
        await two.second.end('SIGKILL');
        // That it has not gone out is said, and is no success.
        assert.throws(() => two.first.officer('stop', '--desk', 'air', '--no-wait'), /has not gone out/);
        await until('it waits', () => (two.first.ask('lines')[0].waiting[0] > 0 ? true : undefined));
        const coming = a.page.waitForEvent('download');
        await button(a.page, say('carry-export')).click();
        const download = await coming;
        // Marked in every language, whoever finds it.
        assert.match(download.suggestedFilename(), /^EXERCISE-УЧЕНИЕ-تمرين-air-line-.*\.standclear$/);
        await a.page.getByText(say('carry-exported')).waitFor();
        const file = two.first.file('courier');
        writeFileSync(file, readFileSync(await download.path()));
        await a.page.locator('[data-list=logs] .warn').first().waitFor();
        await picture(a.page, `line-2-carried-${language}`);

        await two.first.end('SIGKILL');
        await two.second.serve();
        const { page, complaints } = await desk(chrome, two.second, language);
        await list(page, 'lines').first().getByRole('button').click();
        await page.getByText(say('line-no-ways')).waitFor();
        await page.setInputFiles('#carry-file', file);
        await button(page, say('carry-import')).click();
        await page.getByText(say('carry-imported', { count: '' }).split(':')[0] ?? '', { exact: false }).first().waitFor();
        await page.locator('.incoming').waitFor();
        await isClean(page, 'a file taken in');
        await picture(page, `line-3-taken-${language}`);
        await page.setInputFiles('#carry-file', { name: 'another', mimeType: 'application/octet-stream', buffer: Buffer.from('no such file') });
        await button(page, say('carry-import')).click();
        const refused = { en: 'no file of a line', ru: 'не файл линии', ar: 'ليس هذا ملف خط' } as const;
        await page.getByText(refused[language]).waitFor();
        await page.locator('header').getByRole('button', { name: say('daylight') }).click();
        await isClean(page, 'a line by day');
        assert.deepEqual(complaints, []);
      });
    } finally {
      await two.end();
    }
  });
}
