/** On the record at two desks: a claim with its second description typed, answered in another language, stated on, and what the
 * record holds of it; a warning that is received, which is not agreement. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import type { Browser, Page } from 'playwright-core';
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
  chrome = await browser({ webgl: false });
});
after(async () => {
  await chrome.close();
  await two.end();
});

interface Claim {
  answer: string | null;
  state: string;
  statements: unknown[];
  slots: Record<string, unknown>;
}
const claims = (party: Party): Claim[] => party.ask('claim', 'list') as Claim[];
const now = Math.floor(Date.now() / 60_000) * 60_000;
const [FROM, UNTIL] = [dtg(now - 3_600_000), dtg(now - 1_800_000)];
const WORDS = 'Самолётов наших там не было';

async function live(page: Page, say: (name: string) => string): Promise<void> {
  await page.getByText(say('live'), { exact: true }).waitFor();
}

async function terms(page: Page, id: string): Promise<void> {
  await page.selectOption(`#${id}-purpose`, 'flight-safety');
  await page.selectOption(`#${id}-authority`, 'deconfliction');
}

test('a claim is made, read in Russian with both truths beside each other, answered, stated on and withdrawn', async () => {
  const [say, скажи] = [words('en'), words('ru')];
  await within(chrome, 'incidents', async () => {
    const [a, b] = [await desk(chrome, two.first, 'en'), await desk(chrome, two.second, 'ru')];
    await live(a.page, say);
    await live(b.page, скажи);
    await button(a.page, say('incident-new-claim')).click();
    await a.page.selectOption('#incident-what', 'strike-on-forces');
    await a.page.selectOption('#incident-how', 'probable');
    await a.page.fill('#field-whose', 'the government’s air force');
    await a.page.fill('#field-area', '35.3304 N 40.1760 E');
    await a.page.fill('#field-radius', '2 km');
    await a.page.selectOption('#field-second-description', 'airfield');
    // Typed, and ten kilometres off: the node compares, and says so at the field.
    await a.page.fill('#field-bearing', '180');
    await a.page.fill('#field-distance', '5.0 km');
    await a.page.fill('#field-window', FROM);
    await a.page.fill('#field-until', UNTIL);
    const file = two.first.file('photo.jpg');
    writeFileSync(file, Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...new Array<number>(60).fill(1)]));
    await a.page.setInputFiles('#incident-file', file);
    await a.page.locator('.file').waitFor();
    await terms(a.page, 'incident-terms');
    await button(a.page, say('incident-see')).click();
    await a.page.getByText('9.99').waitFor();
    assert.equal(claims(two.first).length, 0);
    await a.page.fill('#field-bearing', '0');
    await button(a.page, say('incident-see')).click();
    await a.page.locator('[data-preview]').getByText(say('incident-goes')).waitFor();
    await isClean(a.page, 'a claim before it is said');
    await picture(a.page, 'incident-1-preview-en');
    await button(a.page, say('incident-say-claim')).click();
    await a.page.locator('[data-side=own]').getByText(say('claim-strike-on-forces')).waitFor();
    await a.page.locator('[data-side=peer]').getByText(say('incident-no-answer')).waitFor();
    await until('it arrived', () => (claims(two.second).length === 1 ? true : undefined));

    // There it stands unread and alarms, in Russian, until it is opened.
    await b.page.getByText(скажи('alarm-claim-to-read')).waitFor();
    await list(b.page, 'incidents').first().click();
    await b.page.locator('[data-side=peer]').getByText(скажи('claim-strike-on-forces')).waitFor();
    await b.page.mouse.move(600, 300);
    await b.page.getByText(скажи('alarm-claim-to-read')).waitFor({ state: 'detached' });
    await b.page.locator('[data-list=context]').getByText(скажи('incident-context-none')).waitFor();
    await b.page.getByLabel(скажи('claim-answer-not-ours'), { exact: true }).check();
    await button(b.page, скажи('incident-say-answer')).click();
    await b.page.locator('[data-side=own] [data-further=answer]').getByText(скажи('claim-answer-not-ours')).waitFor();
    await b.page.fill('#incident-remarks', WORDS);
    await terms(b.page, 'incident-state');
    await button(b.page, скажи('incident-say-statement')).click();
    await b.page.locator('[data-side=own] [data-further=statement]').getByText(WORDS).waitFor();
    await isClean(b.page, 'a claim with both truths');
    await picture(b.page, 'incident-2-both-ru');

    const theirs = a.page.locator('[data-side=peer]');
    await theirs.getByText(say('claim-answer-not-ours')).waitFor();
    await theirs.getByText(WORDS).waitFor();
    await a.page.selectOption('#incident-reason', 'given-in-error');
    await button(a.page, say('incident-withdraw')).click();
    await b.page.getByText(скажи('incident-withdrawn')).first().waitFor();
    assert.equal(await b.page.getByRole('button', { name: скажи('incident-say-answer'), exact: true }).count(), 0);
    assert.equal(claims(two.second)[0]?.statements.length, 1, 'what was said stays');
  });
});

test('a warning alarms in Arabic until it is received, and nothing there can agree to it', async () => {
  const [say, قل] = [words('en'), words('ar')];
  await within(chrome, 'incidents-warning', async () => {
    const [a, b] = [await desk(chrome, two.first, 'en'), await desk(chrome, two.second, 'ar')];
    await live(a.page, say);
    await live(b.page, قل);
    await button(a.page, say('incident-new-warning')).click();
    await a.page.selectOption('#incident-what', 'presence-of-forces');
    await a.page.selectOption('#incident-how', 'three-star');
    await a.page.fill('#field-whose', 'special forces');
    await terms(a.page, 'incident-terms');
    await button(a.page, say('incident-see')).click();
    await a.page.locator('[data-preview]').getByText(say('incident-goes')).waitFor();
    await button(a.page, say('incident-say-warning')).click();
    await b.page.getByText(قل('alarm-warning-to-acknowledge')).waitFor();
    await list(b.page, 'incidents').first().click();
    await b.page.getByText(قل('warning-presence-of-forces')).first().waitFor();
    assert.equal(await b.page.locator('[name=claim-answer]').count(), 0, 'there is nothing to answer it with');
    await isClean(b.page, 'a warning that came');
    await picture(b.page, 'incident-3-warning-ar');
    await button(b.page, قل('incident-receive')).click();
    await b.page.getByText(قل('alarm-warning-to-acknowledge')).waitFor({ state: 'detached' });
    await a.page.locator('article').getByText(say('incident-received')).waitFor();
  });
});
