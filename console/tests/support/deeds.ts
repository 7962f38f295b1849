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
  await fillRest(page, typed);
}

/** All but the kind and the shape. */
export async function fillRest(page: Page, typed: Omit<Typed, 'centre' | 'radius'>): Promise<void> {
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

/** The middle of the map, and a point so many pixels from it. */
export async function onMap(page: Page): Promise<(x: number, y: number) => [number, number]> {
  const box = await page.locator('.chart').boundingBox();
  if (!box) throw new Error('there is no map');
  return (x, y) => [box.x + box.width / 2 + x, box.y + box.height / 2 + y];
}

/** Presses at each point of the map, as a hand does. */
export async function press(page: Page, points: readonly [number, number][]): Promise<void> {
  for (const [x, y] of points) {
    await page.mouse.move(x, y, { steps: 4 });
    await page.mouse.click(x, y);
  }
}

/** How many features a layer of the map draws once nothing moves any more. */
export async function drawn(page: Page, layer: string): Promise<number> {
  return page.evaluate(async (layer) => {
    interface Chart {
      loaded(): boolean;
      once(kind: string, then: () => void): void;
      queryRenderedFeatures(options: object): unknown[];
    }
    const { chart } = document.querySelector('.chart') as unknown as { chart: Chart };
    if (!chart.loaded()) await new Promise<void>((done) => chart.once('idle', () => done()));
    return chart.queryRenderedFeatures({ layers: [layer] }).length;
  }, layer);
}

export async function untilDrawn(page: Page, layer: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await drawn(page, layer)) > 0) return;
    await page.waitForTimeout(100);
  }
  throw new Error(`nothing is drawn on ${layer}`);
}

/** Holds the stop call down for as long as it asks. */
export async function stop(page: Page, say: Say): Promise<void> {
  await button(page.locator('.stop'), say('stop-call')).hover();
  await page.mouse.down();
  await page.waitForTimeout(3_000);
  await page.mouse.up();
}
