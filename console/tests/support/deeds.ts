/** What an officer does at the page, by what the page says. */
import type { Locator, Page } from 'playwright-core';
import { dtg } from '../../src/show/time.ts';

export type Say = (name: string, slots?: Record<string, string>) => string;

export interface Typed {
  centre: string;
  radius: string;
  bearing: string;
  distance: string;
  band: string;
  from: string;
  until: string;
}

/** Tomorrow for an hour, 4.7 km from the airfield. */
export function notice(): Typed {
  const tomorrow = Math.floor(Date.now() / 86_400_000 + 1) * 86_400_000 + 12 * 3_600_000;
  return {
    centre: '35.2550 N 40.1400 E',
    radius: '500 m',
    bearing: '224',
    distance: '4.7 km',
    band: 'SFC to 3000 ft MSL',
    from: dtg(tomorrow),
    until: dtg(tomorrow + 3_600_000),
  };
}

export const list = (page: Page, name: string): Locator => page.locator(`[data-list=${name}] > li`);
export const button = (page: Page | Locator, name: string): Locator => page.getByRole('button', { name, exact: true });

export async function fill(page: Page, typed: Typed): Promise<void> {
  await page.selectOption('#field-kind', 'air-activity');
  await page.selectOption('#field-says', 'strike');
  await page.fill('#field-area', typed.centre);
  await page.fill('#field-radius', typed.radius);
  await page.selectOption('#field-second-description', 'airfield');
  await page.fill('#field-bearing', typed.bearing);
  await page.fill('#field-distance', typed.distance);
  await page.fill('#field-band', typed.band);
  await page.fill('#field-window', typed.from);
  await page.fill('#field-until', typed.until);
}

export async function release(page: Page, say: Say): Promise<void> {
  await page.selectOption('#purpose', 'flight-safety');
  await page.selectOption('#authority', 'deconfliction');
  await button(page, say('release-do')).click();
}

/** Holds the stop call down for as long as it asks. */
export async function stop(page: Page, say: Say): Promise<void> {
  await button(page.locator('.stop'), say('stop-call')).hover();
  await page.mouse.down();
  await page.waitForTimeout(1_700);
  await page.mouse.up();
}
