/** `displayed` is a fact about a person: signed in, the page visible, what was said in view, and somebody at the desk just now. */
import { say } from '../api/client.ts';
import type { Notice } from '../api/facts.ts';

/** Before a person reads back or answers: what they answer was on their screen, whichever part of it they did not scroll to. */
export async function wasDisplayed(notice: Notice): Promise<void> {
  if (!notice.displayed) await say('/api/notices/{entry}/displayed', { entry: notice.entry });
}

/** Within which the desk was touched for somebody to be there. */
const RECENT = 60_000;
const LOOK_EVERY = 500;

let touched = 0;
for (const kind of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const) {
  addEventListener(kind, () => (touched = performance.now()), { capture: true, passive: true });
}

/** How much of it must be in view, or of the window be filled by it: a long one never is all in view. */
const IN_VIEW = 0.75;
const STEPS = Array.from({ length: 21 }, (_, step) => step / 20);

/** For an element in what shows the notice `entry`: tells the other party, once, that a person saw it. */
export const displays = (element: Element, entry: string): { destroy(): void } =>
  displaysTo(element, () => say('/api/notices/{entry}/displayed', { entry }));

/** For an element in what shows something: tells once, by `tell`, that a person saw it. */
export function displaysTo(element: Element, tell: () => Promise<unknown>): { destroy(): void } {
  let isInView = false;
  let isUnder = false;
  const watcher = new IntersectionObserver(
    (seen) => {
      const last = seen.at(-1);
      const filled = (last?.intersectionRect.height ?? 0) / (last?.rootBounds?.height || Infinity);
      isInView = Math.max(last?.intersectionRatio ?? 0, filled) >= IN_VIEW;
    },
    { threshold: STEPS },
  );
  watcher.observe(element.parentElement ?? element);
  const looking = setInterval(() => {
    const isThere = touched > 0 && performance.now() - touched < RECENT;
    if (!isInView || isUnder || !isThere || document.visibilityState !== 'visible' || !document.hasFocus()) return;
    isUnder = true;
    // Tried again where it failed: it shows in the receipts once the node has it, and this ends with the element.
    tell().then(
      () => clearInterval(looking),
      () => (isUnder = false),
    );
  }, LOOK_EVERY);
  return {
    destroy() {
      clearInterval(looking);
      watcher.disconnect();
    },
  };
}
