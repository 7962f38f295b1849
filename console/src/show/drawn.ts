/** An area as the node says it, as the map draws it. */
import type { Area, Place } from '../api/facts.ts';
import type { Drawn, Spot } from '../state/view.svelte.ts';

export const spot = (place: Place): Spot => ({ latitude: place.latitude_e7 / 1e7, longitude: place.longitude_e7 / 1e7 });

export function drawnOf(area: Area | undefined): Drawn | undefined {
  if (area?.circle) return { form: 'circle', points: [spot(area.circle.centre)], metres: area.circle.radius_mm / 1000 };
  if (area?.polygon) return { form: 'polygon', points: area.polygon.map(spot), metres: 0 };
  if (area?.corridor) return { form: 'corridor', points: area.corridor.points.map(spot), metres: area.corridor.width_mm / 1000 };
  return undefined;
}
