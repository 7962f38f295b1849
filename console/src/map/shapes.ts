/** Areas and places as the map draws them. For the eye alone: what is true of a shape, the node says. */
import type { Feature, Position } from 'geojson';
import type { LngLatBoundsLike } from 'maplibre-gl';
import type { Area, Place } from '../api/facts.ts';
import { drawnOf, spot } from '../show/drawn.ts';
import type { Drawn, Spot } from '../state/view.svelte.ts';

const EARTH = 6_371_000;
/** Points of a drawn circle; the node has the exact one. */
const CORNERS = 72;

export type Properties = Record<string, string | boolean | number>;

export const degrees = (place: Place): [number, number] => pair(spot(place));
const pair = (at: Spot): [number, number] => [at.longitude, at.latitude];

export function pointAt(place: Place, properties: Properties): Feature {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates: degrees(place) } };
}

/** A corridor is a line that is as wide as it says: the map's style makes it so. */
export function featuresOf(drawn: Drawn | undefined, properties: Properties): Feature[] {
  const [first] = drawn?.points ?? [];
  if (!drawn || !first) return [];
  switch (drawn.form) {
    case 'circle':
      return [around(first, drawn.metres, properties)];
    case 'polygon':
      return [{ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [[...drawn.points, first].map(pair)] } }];
    case 'corridor': {
      // How many pixels a metre is at zoom 0, on the tiles of 512 pixels that the map counts in.
      const scale = 1 / (78_271.517 * Math.cos(radians(first.latitude)));
      const wide = { ...properties, wide: drawn.metres * scale };
      return [{ type: 'Feature', properties: wide, geometry: { type: 'LineString', coordinates: drawn.points.map(pair) } }];
    }
  }
}

export const shapeOf = (area: Area | undefined, properties: Properties): Feature[] => featuresOf(drawnOf(area), properties);

/** On a sphere: good to a third of a percent, which is a pixel. */
function around(at: Spot, metres: number, properties: Properties): Feature {
  const [phi, lambda, delta] = [radians(at.latitude), radians(at.longitude), metres / EARTH];
  const ring = Array.from({ length: CORNERS + 1 }, (_, index): [number, number] => {
    const bearing = (2 * Math.PI * (index % CORNERS)) / CORNERS;
    const lat = Math.asin(Math.sin(phi) * Math.cos(delta) + Math.cos(phi) * Math.sin(delta) * Math.cos(bearing));
    const lon = lambda + Math.atan2(
      Math.sin(bearing) * Math.sin(delta) * Math.cos(phi),
      Math.cos(delta) - Math.sin(phi) * Math.sin(lat),
    );
    return [(lon * 180) / Math.PI, (lat * 180) / Math.PI];
  });
  return { type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [ring] } };
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** The outline around shapes, as a rubber band lies around them; none around nothing. */
export function outlineOf(features: readonly Feature[], properties: Properties): Feature[] {
  const points = pointsOf(features).sort(([x = 0, y = 0], [u = 0, v = 0]) => x - u || y - v);
  if (points.length < 3) return [];
  /** Whether the way turns left at `b`. */
  const turns = (a: Position, b: Position, c: Position): boolean =>
    ((b[0] ?? 0) - (a[0] ?? 0)) * ((c[1] ?? 0) - (a[1] ?? 0)) > ((b[1] ?? 0) - (a[1] ?? 0)) * ((c[0] ?? 0) - (a[0] ?? 0));
  const half = (of: readonly Position[]): Position[] => {
    const kept: Position[] = [];
    for (const point of of) {
      while (kept.length > 1 && !turns(kept.at(-2) ?? point, kept.at(-1) ?? point, point)) kept.pop();
      kept.push(point);
    }
    return kept.slice(0, -1);
  };
  const ring = [...half(points), ...half(points.toReversed())];
  return [{ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [[...ring, ring[0] ?? []]] } }];
}

const pointsOf = (features: readonly Feature[]): Position[] =>
  features.flatMap(({ geometry }) =>
    geometry.type === 'Polygon' ? (geometry.coordinates[0] ?? []) : geometry.type === 'LineString' ? geometry.coordinates : [],
  );

export function boundsOf(features: readonly Feature[]): LngLatBoundsLike | undefined {
  const points = pointsOf(features);
  if (!points.length) return undefined;
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x = 0, y = 0] of points) {
    [west, south] = [Math.min(west, x), Math.min(south, y)];
    [east, north] = [Math.max(east, x), Math.max(north, y)];
  }
  return [west, south, east, north];
}
