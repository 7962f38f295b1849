/** Drawing with the pointer: a circle from its centre, a polygon by its corners, a corridor by its middle line. */
import type { Feature, Position } from 'geojson';
import type { Map as Chartmap } from 'maplibre-gl';
import { TerraDraw, TerraDrawCircleMode, TerraDrawLineStringMode, TerraDrawPolygonMode } from 'terra-draw';
import { TerraDrawMapLibreGLAdapter } from 'terra-draw-maplibre-gl-adapter';
import type { Drawn, Form, Spot } from '../state/view.svelte.ts';

/** Drawn so far, at most so often. */
const TOLD_EVERY = 120;
const MODES: Record<Form, string> = { circle: 'circle', polygon: 'polygon', corridor: 'linestring' };
/** As the plan is drawn: white at night, dark by day. */
const ink = () => getComputedStyle(document.documentElement).getPropertyValue('--plan').trim() as `#${string}`;
const halo = () => getComputedStyle(document.documentElement).getPropertyValue('--ground').trim() as `#${string}`;

export interface Drawing {
  /** Which shape to wait for; `undefined`: none. */
  wait(form: Form | undefined): void;
  isUnder(): boolean;
}

/** `drew` hears of each shape while it is drawn, and once it is done. */
export function drawing(map: Chartmap, drew: (drawn: Drawn, isDone: boolean) => void): Drawing {
  const fill = { fillColor: ink, fillOpacity: 0.15, outlineColor: ink, outlineWidth: 2 } as const;
  const points = { closingPointColor: ink, closingPointOutlineColor: halo, closingPointWidth: 6 } as const;
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map }),
    modes: [
      new TerraDrawCircleMode({ styles: fill }),
      new TerraDrawPolygonMode({ styles: { ...fill, ...points } }),
      new TerraDrawLineStringMode({ styles: { lineStringColor: ink, lineStringWidth: 3, ...points } }),
    ],
  });
  draw.start();
  draw.setMode('static');
  let waitsFor: Form | undefined;
  let soon: ReturnType<typeof setTimeout> | undefined;

  const said = (id: string | number, isDone: boolean): void => {
    const feature = draw.getSnapshotFeature(id) as Feature | undefined;
    const drawn = feature && waitsFor && read(feature, waitsFor);
    if (drawn) drew(drawn, isDone);
  };
  draw.on('change', (ids, kind) => {
    const [id] = ids;
    // Guidance points are features too; the shape itself is the first that was made.
    if (!waitsFor || kind === 'delete' || id === undefined) return;
    soon ??= setTimeout(() => {
      soon = undefined;
      const shape = draw.getSnapshot().find((feature) => feature.properties['mode'] === MODES[waitsFor ?? 'circle'] && feature.geometry.type !== 'Point');
      if (waitsFor && shape?.id !== undefined) said(shape.id, false);
    }, TOLD_EVERY);
  });
  draw.on('finish', (id) => {
    clearTimeout(soon);
    soon = undefined;
    said(id, true);
  });
  return {
    wait(form) {
      clearTimeout(soon);
      soon = undefined;
      waitsFor = form;
      draw.clear();
      draw.setMode(form ? MODES[form] : 'static');
    },
    isUnder: () => waitsFor !== undefined,
  };
}

function read(feature: Feature, form: Form): Drawn | undefined {
  const { geometry } = feature;
  if (geometry.type === 'Polygon' && form === 'circle') {
    const ring = geometry.coordinates[0]?.slice(0, -1) ?? [];
    const metres = Number(feature.properties?.['radiusKilometers']) * 1000;
    if (!ring.length || !(metres >= 1)) return undefined;
    const mean = (axis: 0 | 1): number => ring.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / ring.length;
    return { form, points: [{ latitude: mean(1), longitude: mean(0) }], metres };
  }
  if (geometry.type === 'Polygon' && form === 'polygon') return corners(geometry.coordinates[0]?.slice(0, -1) ?? [], form, 3);
  if (geometry.type === 'LineString' && form === 'corridor') return corners(geometry.coordinates, form, 2);
  return undefined;
}

/** The last point follows the pointer, and may be where the one before it is: such are one. */
function corners(ring: readonly Position[], form: Form, least: number): Drawn | undefined {
  const points: Spot[] = [];
  for (const [longitude = 0, latitude = 0] of ring) {
    const last = points.at(-1);
    if (last?.latitude !== latitude || last.longitude !== longitude) points.push({ latitude, longitude });
  }
  return points.length < least ? undefined : { form, points, metres: 0 };
}
