/** The map itself: a basemap of this node, and what is known on it. Shows only what the node said; measures nothing. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature, FeatureCollection, Polygon } from 'geojson';
import { Map as Chartmap, setWorkerUrl, type ExpressionSpecification, type GeoJSONSource, type LngLatBoundsLike } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import { TerraDraw, TerraDrawCircleMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import type { Area, Arrangement, Call, Notice, Place } from '../api/facts.ts';
import { anchorOf } from '../state/anchor.ts';
import { markOf, STANDING } from '../state/kinds.ts';
import type { Drawn, Open } from '../state/view.svelte.ts';
import type { Language } from '../words/words.svelte.ts';
import { FONTS, LAYERS, named, style } from './style.ts';

/** Degrees of the basemap: there is nothing to be seen beyond. */
const BOUNDS: LngLatBoundsLike = [32, 28, 50, 42];
const EARTH = 6_371_000;
/** Points of a drawn circle; the node has the exact one. */
const CORNERS = 72;

export interface Chart {
  agreed(lines: readonly Arrangement[]): void;
  notices(all: readonly Notice[], chosen: string | undefined): void;
  calls(all: readonly Call[], word: string): void;
  /** Where volumes come nearest to each other, one place each. */
  conflicts(witnesses: readonly [Place, Place][]): void;
  drawn(drawn: Drawn | undefined): void;
  drawing(isDrawing: boolean): void;
  /** `label`: what the map is called. */
  speak(language: Language, label: string): void;
  zoom(by: 1 | -1): void;
  all(): void;
  remove(): void;
}

export async function open(
  element: HTMLElement,
  shows: (open: Open) => void,
  drew: (drawn: Drawn) => void,
): Promise<Chart> {
  setWorkerUrl(workerUrl);
  await Promise.all([document.fonts.load(`600 14px "${FONTS[0]}"`, 'Aя'), document.fonts.load(`600 14px "${FONTS[1]}"`, 'ع')]);
  const map = new Chartmap({
    container: element,
    style: style(location.origin),
    bounds: [39, 34, 41.3, 36.3],
    maxBounds: BOUNDS,
    maxZoom: 14,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: { compact: false, customAttribution: 'Natural Earth · GSHHG · GeoNames' },
    // Right-to-left labels are shaped by the map itself.
    fadeDuration: 0,
  });
  map.touchZoomRotate.disableRotation();
  await new Promise<void>((done, fail) => {
    map.once('load', () => done());
    map.once('error', (event) => fail(event.error));
  });

  // At hand for whoever looks at the page with the browser's tools, and for the tests: what is drawn can be asked for.
  Object.defineProperty(element, 'chart', { value: map });

  const put = (source: string, features: Feature[]): void => {
    const data: FeatureCollection = { type: 'FeatureCollection', features };
    (map.getSource(source) as GeoJSONSource).setData(data);
  };
  map.on('click', (event) => {
    if (draw.getMode() === 'circle') return;
    const [hit] = map.queryRenderedFeatures(event.point, { layers: [...LAYERS.open] });
    const { what, id } = hit?.properties ?? {};
    if (what === 'notice' || what === 'call') shows({ what, id: String(id) });
  });
  for (const layer of LAYERS.open) {
    map.on('mouseenter', layer, () => (map.getCanvas().style.cursor = 'pointer'));
    map.on('mouseleave', layer, () => (map.getCanvas().style.cursor = ''));
  }

  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map }),
    modes: [new TerraDrawCircleMode({ styles: { fillColor: '#ffffff', fillOpacity: 0.15, outlineColor: '#ffffff', outlineWidth: 2 } })],
  });
  draw.start();
  draw.setMode('static');
  draw.on('finish', (id) => {
    const feature = draw.getSnapshotFeature(id);
    draw.clear();
    draw.setMode('static');
    const found = feature && circleOf(feature as Feature<Polygon>);
    if (found) drew(found);
  });

  let shown: LngLatBoundsLike | undefined;
  const all = (): void => {
    if (shown) map.fitBounds(shown, { padding: 40, duration: 0 });
  };

  return {
    agreed(lines) {
      put('agreed', lines.flatMap((line) => shapeOf(line.area, {})));
      const points = lines.flatMap((line) => line.reference_points);
      put('points', points.map((point) => pointAt(point.place, { name: point.name })));
      const [first] = lines;
      const bounds = first && boundsOf(first.area);
      if (bounds && !shown) {
        shown = bounds;
        all();
      }
    },
    notices(list, chosen) {
      const standing = list.filter((notice) => STANDING.has(notice.state) && notice.slots?.area);
      const properties = (notice: Notice) => ({
        what: 'notice',
        id: notice.entry,
        from: notice.from,
        mark: markOf(notice.kind),
        chosen: notice.entry === chosen,
      });
      put('notices', standing.flatMap((notice) => shapeOf(notice.slots?.area, properties(notice))));
      put('marks', standing.flatMap((notice) => {
        const anchor = notice.slots && anchorOf(notice.slots);
        return anchor ? [pointAt(anchor, properties(notice))] : [];
      }));
    },
    calls(list, word) {
      const standing = list.filter((call) => call.details?.place && !['lifted by both', 'raised in error'].includes(call.phase));
      put('calls', standing.map((call) => pointAt(call.details?.place as Place, { what: 'call', id: call.call, word })));
    },
    conflicts(witnesses) {
      put('conflicts', witnesses.flatMap(([one, other]) => [
        { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [degrees(one), degrees(other)] } },
        pointAt(one, {}),
        pointAt(other, {}),
      ]));
    },
    drawn(drawn) {
      put('drawn', drawn ? [around(drawn.latitude, drawn.longitude, drawn.radiusMetres, {})] : []);
    },
    drawing(isDrawing) {
      if (!isDrawing) draw.clear();
      draw.setMode(isDrawing ? 'circle' : 'static');
    },
    speak(language, label) {
      map.getCanvas().setAttribute('aria-label', label);
      const field: ExpressionSpecification = named(language);
      map.setLayoutProperty('places', 'text-field', field);
    },
    zoom: (by) => map.easeTo({ zoom: map.getZoom() + by, duration: 0 }),
    all,
    remove: () => map.remove(),
  };
}

type Properties = Record<string, string | boolean>;

function degrees(place: Place): [number, number] {
  return [place.longitude_e7 / 1e7, place.latitude_e7 / 1e7];
}

function pointAt(place: Place, properties: Properties): Feature {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates: degrees(place) } };
}

/** An area as it is drawn. A corridor is drawn by its middle line. */
function shapeOf(area: Area | undefined, properties: Properties): Feature[] {
  if (area?.circle) {
    const [longitude, latitude] = degrees(area.circle.centre);
    return [around(latitude, longitude, area.circle.radius_mm / 1000, properties)];
  }
  if (area?.polygon) {
    const ring = area.polygon.map(degrees);
    const closed = ring[0] ? [...ring, ring[0]] : ring;
    return [{ type: 'Feature', properties, geometry: { type: 'Polygon', coordinates: [closed] } }];
  }
  if (area?.corridor) {
    const coordinates = area.corridor.points.map(degrees);
    return [{ type: 'Feature', properties, geometry: { type: 'LineString', coordinates } }];
  }
  return [];
}

/** On a sphere: good to a third of a percent, which is a pixel. */
function around(latitude: number, longitude: number, metres: number, properties: Properties): Feature {
  const [phi, lambda, delta] = [radians(latitude), radians(longitude), metres / EARTH];
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

function circleOf(feature: Feature<Polygon>): Drawn | undefined {
  const ring = feature.geometry.coordinates[0]?.slice(0, -1) ?? [];
  const kilometres = Number(feature.properties?.['radiusKilometers']);
  if (!ring.length || !(kilometres > 0)) return undefined;
  const mean = (axis: 0 | 1): number => ring.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / ring.length;
  return { latitude: mean(1), longitude: mean(0), radiusMetres: kilometres * 1000 };
}

function boundsOf(area: Area): LngLatBoundsLike | undefined {
  const [shape] = shapeOf(area, {});
  const geometry = shape?.geometry;
  const points = geometry?.type === 'Polygon' ? geometry.coordinates[0] : geometry?.type === 'LineString' ? geometry.coordinates : [];
  if (!points?.length) return undefined;
  const [west, south] = [Math.min(...points.map((p) => p[0] ?? 0)), Math.min(...points.map((p) => p[1] ?? 0))];
  const [east, north] = [Math.max(...points.map((p) => p[0] ?? 0)), Math.max(...points.map((p) => p[1] ?? 0))];
  return [west, south, east, north];
}
