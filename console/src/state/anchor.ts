import type { Place, Slots } from '../api/facts.ts';

/** The point of a notice that is read back: the one to which its second description leads, else the centre or first point. */
export function anchorOf(slots: Slots): Place | undefined {
  const anchor = slots['second-description']?.stated?.anchor;
  const index = typeof anchor !== 'object' ? 0 : 'vertex' in anchor ? anchor.vertex : anchor.point;
  return slots.area?.circle?.centre ?? (slots.area?.polygon ?? slots.area?.corridor?.points)?.[index];
}
