/** What is wrong in what is typed, pasted, imported or said by the other party: refused in its place, or shown inert. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import type { Browser } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';
import { isClean } from '../support/axe.ts';
import { browser, desk, picture, within } from '../support/browser.ts';
import { button, fill, list, notice, release } from '../support/deeds.ts';
import { Two } from '../support/two.ts';
import { words } from '../support/words.ts';

const say = words('en');
let two: Two;
let chrome: Browser;
before(async () => {
  two = await Two.joined();
  chrome = await browser({ webgl: false });
});
after(async () => {
  await chrome.close();
  await two.end();
});

test('a form that the node refuses says so in its place, with what to do, and nothing is kept', async () => {
  await within(chrome, 'refused', async () => {
    const { page, complaints } = await desk(chrome, two.first);
    await list(page, 'lines').first().waitFor();
    await button(page, say('draft-new')).click();
    await fill(page, notice());
    const keeps = async (field: string, bad: string, why: RegExp, at = field): Promise<void> => {
      const before = await page.inputValue(`#field-${field}`);
      await page.fill(`#field-${field}`, bad);
      await button(page, say('draft-keep')).click();
      await page.locator(`#wrong-${at} .refusal`).filter({ hasText: why }).waitFor();
      assert.equal(await page.getAttribute(`#field-${field}`, 'aria-invalid'), 'true', field);
      await page.fill(`#field-${field}`, before);
    };
    // A direction mark would show "Hospital" as it was not signed.
    await keeps('label', 'Hospital \u202Elatipsoh', /control and direction marks are refused/, 'field-label');
    await keeps('contact', 'Captain\u2066 Example', /control and direction marks are refused/, 'field-contact');
    await keeps('area', '35,2550 40,1400 35', /“Area”/, 'field-area');
    await keeps('area', '52.0, 13.0', /outside/, 'field-area');
    await keeps('area', '40.1400, 35.2550', /swapped/, 'field-area');
    await keeps('band', '9000 ft MSL to 1000 ft MSL', /upside down/, 'field-band');
    await keeps('precision', 'quite', /“Stated precision”/, 'field-precision');
    await keeps('count', 'several', /“How many”/, 'field-count');
    await keeps('until', dtg(0), /ends before it begins/, 'window');
    await keeps('bearing', '370', /“Second description”|bearing/, 'second');
    await isClean(page, 'a form that was refused');
    await picture(page, 'refused');

    // A plan that cannot be read is not taken for one that conflicts with nothing.
    await page.getByLabel(say('shape-polygon')).check();
    await page.fill('#field-area', '35.20, 40.00\n35.30, 40.20\nsomewhere');
    await page.locator('#field-area').blur();
    await page.getByText(say('conflicts-not-looked')).waitFor();
    assert.equal(await page.getByText(say('conflicts-none')).count(), 0);
    await page.locator('#echo').getByText(say('point-number', { number: '3' })).waitFor();

    // Edges that cross are named.
    await page.fill('#field-area', '35.20, 40.00\n35.30, 40.20\n35.30, 40.00\n35.20, 40.20');
    await button(page, say('draft-keep')).click();
    await page.locator('#wrong-field-area .refusal').filter({ hasText: /edges 1 and 3/ }).waitFor();
    assert.deepEqual(two.first.ask('notice', 'list').drafts, []);
    assert.deepEqual(complaints, []);
  });
});

test('markup and look-alike letters in what they say are text on the screen, and the letters are pointed out', async () => {
  await within(chrome, 'inert', async () => {
    const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second)];
    const page = a.page;
    await list(page, 'lines').first().waitFor();
    await button(page, say('draft-new')).click();
    await fill(page, notice());
    // The first letter of the second word is Cyrillic.
    const label = '<img src=x onerror="document.title=1"> \u0410l Tanf <b>x</b>';
    await page.fill('#field-label', label);
    await button(page, say('draft-keep')).click();
    await page.locator('.detail').getByText(label).first().waitFor();
    await release(page, say);
    await list(b.page, 'notices').first().click();
    await b.page.locator('.detail').getByText(label).waitFor();
    await b.page.getByText(say('mixes-alphabets')).waitFor();
    assert.equal(await b.page.locator('.detail img, .detail b').count(), 0);
    assert.doesNotMatch(await b.page.title(), /^1/);
    await isClean(b.page, 'a notice with markup in it');
    await picture(b.page, 'inert');

    // An answer to what was withdrawn meanwhile: refused, and said where it was given.
    await b.page.getByLabel(say('notice-answer-concern')).check();
    await b.page.locator('[data-list=reveals]').waitFor();
    await b.page.evaluate(() => Object.assign(window, { WebSocket: undefined }));
    await b.page.route(/\/api\/notices(\?|$)/, (route) => route.abort());
    two.first.officer('notice', 'withdraw', two.first.ask('notice', 'list').drafts[0].draft, '--reason', 'cancelled');
    await b.page.waitForTimeout(500);
    await button(b.page, say('answer-give')).click();
    await b.page.locator('.refusal').filter({ hasText: /withdrawn/ }).waitFor();
    assert.deepEqual(a.complaints, []);
  });
});

test('a table is looked at first, with what is wrong row by row, and what is saved leaves their protected sites out', async () => {
  await within(chrome, 'files', async () => {
    const [a, b] = [await desk(chrome, two.first), await desk(chrome, two.second, 'ru')];
    const page = a.page;
    await list(page, 'lines').first().waitFor();
    const before = await list(page, 'drafts').count();
    await button(page, say('files')).click();
    const from = new Date(Date.now() + 48 * 3_600_000);
    const row = (name: string, lat: string, rest = 'airfield,224,4.7 km') => `${name},${lat},40.1400,500 m,${rest},hospital,${dtg(+from)},${dtg(+from + 86_400_000)}`;
    const head = 'label,lat,lon,radius,reference,bearing,distance,site,from,until';
    const table = [head, row('Clinic One', '35.2550'), row('Clinic\u202E Two', '35.2550'), row('Clinic Three', '95.2550'), row('Clinic Four', '35.2560', ',,')].join('\n');
    const path = two.first.file('sites.csv');
    writeFileSync(path, table);
    await page.setInputFiles('#import-file', path);
    await page.selectOption('#import-kind', 'protected-site');
    await button(page, say('import-look')).click();
    await page.locator('[data-list=faults] > tr').nth(1).waitFor();
    const faults = await page.locator('[data-list=faults] > tr').allInnerTexts();
    assert.equal(faults.length, 2);
    assert.match(faults[0] ?? '', /^3\s+label\s+.*direction marks/);
    assert.match(faults[1] ?? '', /^4\s+lat/);
    await page.getByText(say('import-single', { count: '1' })).waitFor();
    assert.equal(await list(page, 'drafts').count(), before, 'looking makes no draft');
    await isClean(page, 'what is wrong with a table');
    await picture(page, 'import');
    await button(page, say('import-partial', { count: '2' })).click();
    await page.getByText(say('import-drafted', { count: '2' })).waitFor();
    await list(page, 'drafts').nth(before + 1).waitFor();

    // A map that is none, and a file of no known kind.
    writeFileSync(two.first.file('x.geojson'), '{"type": "Feature');
    await page.setInputFiles('#import-file', two.first.file('x.geojson'));
    await button(page, say('import-look')).click();
    await page.locator('.refusal').waitFor();
    writeFileSync(two.first.file('x.pdf'), '%PDF');
    await page.setInputFiles('#import-file', two.first.file('x.pdf'));
    await page.getByText(say('import-unknown')).waitFor();
    assert(await button(page, say('import-look')).isDisabled());

    // The one of the two that has a second description goes; at the other desk it is in no file.
    const drafts = two.first.ask('notice', 'list').drafts as { draft: string; slots: Record<string, unknown> }[];
    const site = drafts.find((of) => of.slots['label'] === 'Clinic One')?.draft ?? '';
    two.first.officer('notice', 'release', site, '--line', 'air-line', '--authority', 'deconfliction', '--purpose', 'protection-of-civilians');
    await list(b.page, 'notices').filter({ hasText: words('ru')('kind-protected-site') }).first().waitFor();
    await button(b.page, words('ru')('files')).click();
    const saved = b.page.waitForEvent('download');
    await button(b.page, 'GeoJSON').click();
    const file = await (await saved).path();
    await b.page.getByText(words('ru')('left-out-peers-protected-sites')).waitFor();
    await isClean(b.page, 'what was left out');
    assert(!readFileSync(file, 'utf8').includes('Clinic One'));
    assert.deepEqual([...a.complaints, ...b.complaints], []);
  });
});

test('without a second description a draft says so, and is not released', async () => {
  await within(chrome, 'single', async () => {
    const { page } = await desk(chrome, two.first);
    await list(page, 'lines').first().waitFor();
    const { band, from, until } = notice();
    const made = two.first.ask('notice', 'draft', '--desk', 'air', '--centre', '35.25, 40.14', '--radius', '1 km', '--band', band, '--window', `${from} to ${until}`, '--slot', 'precision=1 km', 'hazard-area');
    assert(made.draft);
    // Drafts have no order of their own, and other tests have left some.
    await list(page, 'drafts').filter({ hasText: say('kind-hazard-area') }).click();
    await page.getByText(say('second-description-lacking')).waitFor();
    await page.selectOption('#purpose', 'flight-safety');
    await page.selectOption('#authority', 'deconfliction');
    await page.locator('.refusal').first().waitFor();
    assert(await button(page, say('release-do')).isDisabled());
    await button(page, say('draft-change')).click();
    for (const field of ['bearing', 'distance']) assert.equal(await page.inputValue(`#field-${field}`), '', 'never worked out from the shape');
  });
});
