/** Debian's Chromium, as an officer's desk has it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Party } from './two.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Where pictures go when somebody wants to look: a folder. */
const PICTURES = process.env['PICTURES'];
const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const WEBGL = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];

export interface Wish {
  webgl?: boolean;
  /** Whether the browser lets a page sound untouched. */
  autoplay?: boolean;
}

export async function browser({ webgl = true, autoplay = true }: Wish = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    ignoreDefaultArgs: ['--mute-audio'],
    args: [
      ...ARGS,
      ...(webgl ? WEBGL : ['--disable-gpu', '--disable-3d-apis']),
      ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : ['--autoplay-policy=user-gesture-required']),
    ],
  });
}

export interface Desk {
  page: Page;
  /** What the page complained of, and what it asked of anyone but its node. */
  complaints: string[];
}

/** A signed-in officer of `party`, in `language`. */
export async function desk(of: Browser, party: Party, language = 'en', size = { width: 1280, height: 720 }): Promise<Desk> {
  const context = await of.newContext({ viewport: size, locale: language, serviceWorkers: 'block' });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(party.url) && !/^(data|blob):/.test(url)) complaints.push(`asked for ${url}`);
  });
  await page.goto(party.signInLink());
  await page.locator('header').waitFor();
  return { page, complaints };
}

export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** A folder that is gone afterwards. */
export function scratch(): { path: string; end: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'standclear-browser-'));
  return { path, end: () => rmSync(path, { recursive: true, force: true }) };
}
