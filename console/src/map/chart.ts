/** The map itself: a basemap of this node, and what is known on it. Shows only what the node said; measures nothing. */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { Feature, FeatureCollection } from 'geojson';
import { Map as Chartmap, setWorkerUrl, type GeoJSONSource, type LngLatBoundsLike } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { Area, Arrangement, Basemap, Call, Notice, Place } from '../api/facts.ts';
import { dtg } from '../show/time.ts';
import { anchorOf } from '../state/anchor.ts';
import { markOf } from '../state/kinds.ts';
import type { Drawn, Form, Open, Spot } from '../state/view.svelte.ts';
import type { Language } from '../words/words.svelte.ts';
import { drawing } from './drawing.ts';
import type { Pointed } from './pointed.ts';
import type { Symbol } from './symbols.ts';
import { boundsOf, degrees, featuresOf, outlineOf, pointAt, shapeOf } from './shapes.ts';
import { boundsOf as coveredBy } from './ground.ts';
import { FONTS, ground, LAYERS, named, style } from './style.ts';

/** What is declared is not finer. */
const MAX_ZOOM = 14;
/** Degrees of the basemap: there is nothing to be seen beyond. */
const BOUNDS: LngLatBoundsLike = [32, 28, 50, 42];

export interface Chart {
  agreed(lines: readonly Arrangement[]): void;
  notices(all: readonly Notice[], chosen: string | undefined): void;
  calls(all: readonly Pick<Call, 'call' | 'phase' | 'details'>[], word: string): void;
  /** Where volumes come nearest to each other, one place each. */
  conflicts(witnesses: readonly [Place, Place][]): void;
  /** What looks like fishing: the areas of each sweep, also of notices that were withdrawn. */
  sweeps(all: readonly (readonly Area[])[]): void;
  /** After MIL-STD-2525. They come when their pictures have. */
  symbols(all: readonly Symbol[]): Promise<void>;
  /** The plan that is open, as it truly is. */
  drawn(drawn: Drawn | undefined): void;
  /** What others would receive of it, where that is another shape. */
  going(areas: readonly Area[]): void;
  /** Brings a shape into sight, where it is not or is too small to be seen. */
  see(...drawn: readonly (Drawn | undefined)[]): void;
  /** Waits for such a shape to be drawn. */
  drawing(form: Form | undefined): void;
  /** `label`: what the map is called. */
  speak(language: Language, label: string): void;
  /** For daylight, or for a dark room. */
  light(isDay: boolean): void;
  /** What lies below; nothing: the map of the program. */
  base(chosen: Basemap | undefined): void;
  zoom(by: 1 | -1): void;
  all(): void;
  /** Shows where a place that was searched for is. */
  mark(at: Spot): void;
  remove(): void;
}

/** What the map tells of hands on it. */
export interface Hears {
  shows: (open: Open) => void;
  /** Where the pointer is; `undefined` once it has left. */
  points: (at: Pointed | undefined) => void;
  /** A place that was tapped, where nothing is drawn or something is. */
  taps: (at: Pointed) => void;
  /** Longitude, latitude and zoom, once it moves no more. */
  rests: (place: [number, number, number]) => void;
}

/** `begins`: where it was left. */
export async function open(
  element: HTMLElement,
  begins: [number, number, number] | undefined,
  { shows, points, taps, rests }: Hears,
  drew: (drawn: Drawn, isDone: boolean) => void,
): Promise<Chart> {
  setWorkerUrl(workerUrl);
  await Promise.all([document.fonts.load(`600 14px "${FONTS[0]}"`, 'Aя'), document.fonts.load(`600 14px "${FONTS[1]}"`, 'ع')]);
  const map = new Chartmap({
    container: element,
    style: style(location.origin, false),
    ...(begins ? { center: [begins[0], begins[1]] as [number, number], zoom: begins[2] } : { bounds: [39, 34, 41.3, 36.3] }),
    maxBounds: BOUNDS,
    maxZoom: MAX_ZOOM,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    // Each map says itself to whom it is owed.
    attributionControl: { compact: false },
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
  /** What a pixel shows doubles from zoom to zoom, and shrinks towards the poles. */
  const pointed = ({ lng, lat }: { lng: number; lat: number }): Pointed => ({
    longitude: lng,
    latitude: lat,
    metres: (78_271.517 * Math.cos((lat * Math.PI) / 180)) / 2 ** map.getZoom(),
  });
  let isTold = false;
  map.on('mousemove', ({ lngLat }) => {
    if (isTold) return;
    isTold = true;
    requestAnimationFrame(() => {
      isTold = false;
      points(pointed(lngLat));
    });
  });
  map.on('mouseout', () => points(undefined));
  map.on('moveend', () => {
    const { lng, lat } = map.getCenter();
    rests([lng, lat, map.getZoom()]);
  });
  map.on('click', (event) => {
    if (pen.isUnder()) return;
    taps(pointed(event.lngLat));
    const [hit] = map.queryRenderedFeatures(event.point, { layers: [...LAYERS.open] });
    const { what, id } = hit?.properties ?? {};
    if (what === 'notice' || what === 'call') shows({ what, id: String(id) });
  });
  for (const layer of LAYERS.open) {
    map.on('mouseenter', layer, () => (map.getCanvas().style.cursor = 'pointer'));
    map.on('mouseleave', layer, () => (map.getCanvas().style.cursor = ''));
  }

  const pen = drawing(map, drew);

  let [isDay, language]: [boolean, Language] = [false, 'en'];
  let below: Basemap | undefined;
  const name = (): void => {
    if (map.getLayer('places')) map.setLayoutProperty('places', 'text-field', named(language));
  };
  /** As far as the map below goes, and the agreed area. */
  const bound = (): void => {
    const [west, south, east, north] = (below ? coveredBy(below) : BOUNDS) as [number, number, number, number];
    const [left, bottom, right, top] = (shown ?? [west, south, east, north]) as [number, number, number, number];
    map.setMaxBounds([Math.min(west, left - 1), Math.min(south, bottom - 1), Math.max(east, right + 1), Math.max(north, top + 1)]);
    map.setMaxZoom(Math.max(MAX_ZOOM, Math.min((below?.max_zoom ?? 0) + 2, 20)));
  };

  /** How often symbols were given. */
  let symbolled = 0;
  let shown: LngLatBoundsLike | undefined;
  /** Where it was left is kept, once: afterwards the agreed area is a key away. */
  let isLeft = begins !== undefined;
  const all = (): void => {
    if (shown) map.fitBounds(shown, { padding: 40, duration: 0 });
  };

  const look = (features: Feature[]): void => {
    const bounds = boundsOf(features);
    // What is opened may have made the map narrower, just now.
    if (bounds) map.resize();
    const { clientWidth, clientHeight } = map.getContainer();
    if (bounds && !within(map, bounds)) map.fitBounds(bounds, { padding: Math.min(clientWidth, clientHeight) / 3.2, maxZoom: 12, duration: 0 });
  };

  return {
    agreed(lines) {
      put('agreed', lines.flatMap((line) => shapeOf(line.area, {})));
      const points = lines.flatMap((line) => line.reference_points);
      put('points', points.map((point) => pointAt(point.place, { name: point.name })));
      const [first] = lines;
      const bounds = first && boundsOf(shapeOf(first.area, {}));
      if (bounds && !shown) {
        shown = bounds;
        bound();
        if (!isLeft) all();
        isLeft = false;
      }
    },
    notices(list, chosen) {
      const standing = list.filter((notice) => notice.slots?.area);
      const properties = (notice: Notice) => ({
        what: 'notice',
        id: notice.entry,
        from: notice.from,
        kind: notice.kind,
        over: notice.state === 'expired',
        mark: marked(notice),
        symbol: notice.from === 'own' && notice.kind === 'protected-site',
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
    sweeps(all) {
      put('sweeps', all.flatMap((areas) => {
        const shapes = areas.flatMap((area) => shapeOf(area, { part: true }));
        return [...shapes, ...outlineOf(shapes, { part: false })];
      }));
    },
    async symbols(all) {
      symbolled += 1;
      const mine = symbolled;
      const { imageOf, RATIO } = await import('./images.ts');
      // Other symbols were asked for meanwhile, or the map is gone.
      if (mine !== symbolled) return;
      for (const sidc of new Set(all.map((of) => of.sidc))) {
        const image = map.hasImage(sidc) ? undefined : imageOf(sidc);
        if (image) map.addImage(sidc, image, { pixelRatio: RATIO });
      }
      put('symbols', all.map(({ sidc, place, name }) => pointAt(place, { icon: sidc, name })));
    },
    drawn(drawn) {
      put('drawn', featuresOf(drawn, {}));
    },
    going(areas) {
      const features = areas.flatMap((area) => shapeOf(area, {}));
      put('going', features);
      look(features);
    },
    see: (...drawn) => look(drawn.flatMap((of) => featuresOf(of, {}))),
    drawing: (form) => pen.wait(form),
    speak(spoken, label) {
      map.getCanvas().setAttribute('aria-label', label);
      language = spoken;
      name();
    },
    light(isBright) {
      isDay = isBright;
      for (const layer of style(location.origin, isDay, below).layers) {
        for (const [name, value] of Object.entries(layer.paint ?? {})) map.setPaintProperty(layer.id, name as 'fill-color', value as string);
      }
    },
    base(chosen) {
      if (JSON.stringify(chosen) === JSON.stringify(below)) return;
      for (const layer of ground(location.origin, isDay, below).layers) map.removeLayer(layer.id);
      map.removeSource('base');
      below = chosen;
      const { source, layers } = ground(location.origin, isDay, below);
      map.addSource('base', source);
      for (const layer of layers) map.addLayer(layer, 'agreed');
      name();
      bound();
    },
    zoom: (by) => map.easeTo({ zoom: map.getZoom() + by, duration: 0 }),
    all,
    mark: (at) => put('sought', [{ type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [at.longitude, at.latitude] } }]),
    remove() {
      symbolled += 1;
      map.remove();
    },
  };
}

/** A site whose protection was not renewed stays drawn, and says since when. */
function marked(notice: Notice): string {
  const mark = markOf(notice.kind);
  const since = notice.state === 'protection not renewed' ? notice.slots?.window?.until : undefined;
  return since === undefined ? mark : `${mark} !\n${dtg(since)}`;
}

/** Whether all of it is in sight, and large enough to be seen. */
function within(map: Chartmap, bounds: LngLatBoundsLike): boolean {
  const [west = 0, south = 0, east = 0, north = 0] = bounds as number[];
  const seen = map.getBounds();
  const isLarge = (east - west) * 6 > seen.getEast() - seen.getWest();
  return isLarge && seen.contains([west, south]) && seen.contains([east, north]);
}
