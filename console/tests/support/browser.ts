/** Debian's Chromium, as an officer's desk has it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chromium, type Browser, type Page, type Route } from 'playwright-core';
import type { Party } from './two.ts';

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
/** Where pictures go when somebody wants to look: a folder. */
const PICTURES = process.env['PICTURES'];
/** A console as `npm run build` left it, instead of the one in the program: a folder. For whoever works on it. */
const CONSOLE = process.env['CONSOLE'];
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
      // A page that no address sent is let near none on this machine, otherwise.
      ...(CONSOLE ? ['--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests'] : []),
      ...(webgl ? WEBGL : ['--disable-gpu', '--disable-3d-apis']),
      // Without it the browser does as it does to every officer.
      ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : []),
    ],
  });
}

export interface Desk {
  page: Page;
  /** What the page complained of, and what it asked of anyone but its node. */
  complaints: string[];
}

/** A signed-in officer of `party`, in `language`; `duty` unless another is named. */
export async function desk(of: Browser, party: Party, language = 'en', size = { width: 1280, height: 720 }, officer = 'duty'): Promise<Desk> {
  const context = await of.newContext({ viewport: size, locale: language, serviceWorkers: 'block' });
  // Where much else goes on, a map drawn without a graphics card may take most of a minute to come.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // What the node refuses, and says why, is no fault of the page.
    const isRefusal = /status of 4(03|09|22)/.test(message.text());
    // On a machine that does much else a node may take seconds to answer: the page gives that connection up, and tries again.
    const isGivenUp = message.text().includes('WebSocket is closed before the connection is established');
    if (['error', 'warning'].includes(message.type()) && !isRefusal && !isGivenUp) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(party.url) && !/^(data|blob):/.test(url)) complaints.push(`asked for ${url}`);
  });
  if (CONSOLE) await context.route(`${party.url}/**`, (route) => inPlace(route, CONSOLE));
  await page.goto(party.signInLink(officer));
  return { page, complaints };
}

/** The node's own answer, headers and all, with the bytes of a file of `folder` where there is one. */
async function inPlace(route: Route, folder: string): Promise<void> {
  const { pathname } = new URL(route.request().url());
  const name = pathname === '/' ? '/index.html' : pathname;
  const path = [`${folder}${name}`, `${folder}${name}.gz`].find((path) => existsSync(path));
  if (!path) return route.continue();
  const body = path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path);
  const kinds: Record<string, string> = { html: 'text/html', js: 'text/javascript', mjs: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', woff2: 'font/woff2' };
  return route.fulfill({ body, contentType: kinds[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream' });
}

/** Looks at a page without touching it: to the browser, whatever else a test does is a person's doing. */
export async function glancing(page: Page): Promise<(expression: string) => Promise<unknown>> {
  const session = await page.context().newCDPSession(page);
  return async (expression) => {
    const { result } = await session.send('Runtime.evaluate', { expression, returnByValue: true, userGesture: false });
    return result.value;
  };
}

export async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}

/** Does it, and closes what it opened; where it fails, every page is pictured first. */
export async function within(of: Browser, name: string, deed: () => Promise<void>): Promise<void> {
  try {
    await deed();
  } catch (error) {
    for (const [index, page] of of.contexts().flatMap((context) => context.pages()).entries()) {
      await picture(page, `failed-${name}-${index}`);
    }
    throw error;
  } finally {
    for (const context of of.contexts()) await context.close();
  }
}
