import type { Place, Slots } from '../api/facts.ts';

/** The point of a notice that is read back: the centre of a circle, the first point of anything else. */
export function anchorOf(slots: Slots): Place | undefined {
  return slots.area?.circle?.centre ?? slots.area?.polygon?.[0] ?? slots.area?.corridor?.points[0];
}
