/** What the node itself says is in the language of the page: refusals, doubts, what it measured. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, list, notice } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

/** Letters of each, of which what is said must have more than of Latin ones: positions and names stay. */
const OWN: Record<string, RegExp> = { ru: /[\u0400-\u04ff]/g, ar: /[\u0600-\u06ff]/g };

function isIn(language: string, text: string): void {
  const count = (letters: RegExp): number => (text.match(letters) ?? []).length;
  assert(count(OWN[language] ?? /x/g) > count(/[a-z]/gi), `${language}: ${text}`);
}

test('a refusal and a doubt are said in the language of the page, from right to left where that is', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'said', async () => {
      for (const [language, party] of [['ru', two.first], ['ar', two.second]] as const) {
        const say = words(language);
        const { page, complaints } = await desk(chrome, party, language);
        await list(page, 'lines').first().waitFor();
        await button(page, say('draft-new')).click();
        await fill(page, notice());
        const refused = async (field: string, bad: string, at: string): Promise<string> => {
          await page.fill(`#field-${field}`, bad);
          await button(page, say('draft-keep')).click();
          const said = page.locator(`#wrong-${at} .refusal bdi`);
          await said.waitFor();
          assert.equal(await said.getAttribute('lang'), language);
          const text = await said.innerText();
          isIn(language, text);
          return text;
        };
        // Each at its field, whatever the language.
        const place = await refused('area', '40.1400, 35.2550', 'field-area');
        assert(place.includes('35.2550000, 40.1400000'), place);
        await picture(page, `refused-${language}`);
        await isClean(page, `a refusal in ${language}`);
        await page.fill('#field-area', notice().centre);
        await refused('label', 'Hospital \u202Elatipsoh', 'field-label');
        await page.fill('#field-label', '');
        await refused('until', dtg(0), 'window');
        assert.deepEqual(complaints, []);

        // Beside the alarm, what is doubtful about the place of their call.
        const other = party === two.first ? two.second : two.first;
        other.officer('stop', '--desk', 'air', '--place', '40.1459, 35.3359', '--no-wait');
        const doubt = page.locator('.doubt + p bdi');
        await doubt.waitFor();
        isIn(language, await doubt.innerText());
        assert((await doubt.innerText()).includes('40.14'));
        assert.equal(await doubt.evaluate((of) => getComputedStyle(of).direction), language === 'ar' ? 'rtl' : 'ltr');
        await picture(page, `doubt-${language}`);
        other.officer('stop', 'error');
        await doubt.waitFor({ state: 'detached' });
      }
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});

test('what the node said before is said again in the language that is chosen', async () => {
  const two = await Two.joined();
  const chrome = await browser({ webgl: false });
  try {
    await within(chrome, 'said-again', async () => {
      const { page } = await desk(chrome, two.second);
      await list(page, 'lines').first().waitFor();
      two.first.officer('stop', '--desk', 'air', '--place', '40.1459, 35.3359', '--no-wait');
      const doubt = page.locator('.doubt + p bdi');
      await doubt.filter({ hasText: 'look swapped' }).waitFor();
      await page.locator('.languages button[lang=ru]').first().click();
      await doubt.filter({ hasText: 'переставлены' }).waitFor();
    });
  } finally {
    await chrome.close();
    await two.end();
  }
});
