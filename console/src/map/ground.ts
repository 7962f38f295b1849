/** The operator's maps, drawn as calmly as ours: pictures as they are, vector tiles by what their layers are called. */
import type { LayerSpecification, LngLatBoundsLike } from 'maplibre-gl';
import type { Basemap } from '../api/facts.ts';
import type { Ground, Inks } from './style.ts';

/** How a layer is drawn, by its name in the customary schemas (OpenMapTiles, Protomaps, Shortbread, and that of our own map). */
type Kind = 'land' | 'green' | 'water' | 'river' | 'border' | 'road' | 'building' | 'names' | 'other' | 'hidden';
const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [/^(place|places|place_labels|aerodrome_label|mountain_peak)$/, 'names'],
  [/(label|name|poi|housenumber|address)/, 'hidden'],
  [/^(land|earth|continents?)$/, 'land'],
  [/(landuse|landcover|park|forest|wood|sites)/, 'green'],
  [/^(waterway|waterways|rivers?|water_lines|streams?|canals?)$/, 'river'],
  [/(water|ocean|sea|lake|river)/, 'water'],
  [/(boundar|border|admin)/, 'border'],
  [/(road|street|transport|highway|rail|transit|ferr|aeroway|bridge)/, 'road'],
  [/(building)/, 'building'],
];

export const kindOf = (layer: string): Kind => KINDS.find(([pattern]) => pattern.test(layer.toLowerCase()))?.[1] ?? 'other';
/** What lies below what. */
const ORDER: readonly Kind[] = ['land', 'green', 'water', 'river', 'road', 'building', 'border', 'other', 'names'];

/** Degrees: no further than there is something to be seen, and room around it. */
export function boundsOf({ bounds }: Basemap): LngLatBoundsLike {
  const [west = 0, south = 0, east = 0, north = 0] = bounds.map((of) => of / 1e7);
  return [Math.max(-180, west - 2), Math.max(-85, south - 2), Math.min(180, east + 2), Math.min(85, north + 2)];
}

export function groundOf(map: Basemap, origin: string, ink: Inks, fonts: readonly string[]): Ground {
  const tiles = [`${origin}/maps/${encodeURIComponent(map.name)}/{z}/{x}/{y}`];
  // The map shows this as HTML; it is text.
  const attribution = map.attribution.replace(/[<>&"']/g, (mark) => `&#${mark.codePointAt(0)};`);
  const of = { tiles, minzoom: map.min_zoom, maxzoom: map.max_zoom, attribution };
  const sea: LayerSpecification = { id: 'sea', type: 'background', paint: { 'background-color': map.tiles === 'vector' ? ink.land : ink.sea } };
  if (map.tiles !== 'vector') {
    const picture: LayerSpecification = { id: 'base-picture', type: 'raster', source: 'base' };
    return { source: { type: 'raster', tileSize: 256, ...of }, layers: [sea, picture] };
  }
  const known = map.layers.map((layer) => ({ layer, kind: kindOf(layer) })).filter(({ kind }) => kind !== 'hidden');
  known.sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind));
  // One of them is named in the reader's language: the layer that is called `places`.
  const first = known.find(({ kind }) => kind === 'names');
  const layers = known.filter((one) => one.kind !== 'names' || one === first).flatMap(({ layer, kind }) => drawn(layer, kind, ink, fonts));
  return { source: { type: 'vector', ...of }, layers: [sea, ...layers] };
}

function drawn(layer: string, kind: Kind, ink: Inks, fonts: readonly string[]): LayerSpecification[] {
  const of = { source: 'base', 'source-layer': layer } as const;
  const fill = (color: string, opacity = 1): LayerSpecification => ({
    ...of,
    id: `base-${layer}-fill`,
    type: 'fill',
    filter: ['==', ['geometry-type'], 'Polygon'],
    paint: { 'fill-color': color, 'fill-opacity': opacity },
  });
  const line = (color: string, width: number): LayerSpecification => ({
    ...of,
    id: `base-${layer}`,
    type: 'line',
    filter: ['==', ['geometry-type'], 'LineString'],
    paint: { 'line-color': color, 'line-width': width },
  });
  switch (kind) {
    case 'land':
      return [fill(ink.land)];
    case 'green':
      return [fill(ink.admin1, 0.25)];
    case 'water':
      return [fill(ink.lakes), line(ink.rivers, 1)];
    case 'river':
      return [line(ink.rivers, 1.2)];
    case 'road':
      return [line(ink.admin1, 1.2)];
    case 'building':
      return [fill(ink.admin1, 0.6)];
    case 'border':
      return [line(ink.admin0, 1.4)];
    case 'other':
      return [line(ink.admin1, 0.8)];
    case 'names':
      return [
        {
          ...of,
          id: 'places',
          type: 'symbol',
          filter: ['all', ['==', ['geometry-type'], 'Point'], ['has', 'name']],
          layout: { 'text-font': [...fonts], 'text-field': ['get', 'name'], 'text-size': 12, 'text-padding': 6 },
          paint: { 'text-color': ink.places, 'text-halo-color': ink.halo, 'text-halo-width': 1.2 },
        },
      ];
    case 'hidden':
      return [];
  }
}
