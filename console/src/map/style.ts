/** How the map looks: calm, so that what is known stands out. Every byte of it comes from this node. */
import type { ExpressionSpecification, GeoJSONSourceSpecification, LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Basemap } from '../api/facts.ts';
import type { Language } from '../words/words.svelte.ts';
import { groundOf } from './ground.ts';

/** The page's own fonts; the map draws with them, and fetches none. */
export const FONTS = ['Noto Sans Variable', 'Noto Sans Arabic Variable'] as const;

/** What opens a detail when it is touched. */
export const LAYERS = { open: ['notice-own', 'notice-peer', 'coordination', 'notice-fill', 'notice-wide', 'mark', 'call'] } as const;

export interface Inks {
  sea: string;
  land: string;
  lakes: string;
  rivers: string;
  admin1: string;
  admin0: string;
  places: string;
  halo: string;
  text: string;
  agreed: string;
  own: string;
  peer: string;
  /** Not red: that is for stop calls alone. */
  conflict: string;
  /** What another party would receive of a plan: neither ours nor theirs yet. */
  going: string;
  /** What looks like fishing: as warnings are written. */
  sweep: string;
  plan: string;
}

/** As the page has them (page.css). */
const NIGHT: Inks = {
  sea: '#0a1a26', land: '#161d25', lakes: '#0f2c40', rivers: '#245270', admin1: '#2f3a45', admin0: '#64717d', places: '#a9b6c2',
  halo: '#0c1117', text: '#dbe4ec', agreed: '#9dacba', own: '#74b9ff', peer: '#e3c46b', conflict: '#ff9f43', going: '#c9a6ff',
  sweep: '#ffd58a', plan: '#ffffff',
};
const DAY: Inks = {
  sea: '#c9dcea', land: '#f3f4f1', lakes: '#b5d2e6', rivers: '#7fa9c6', admin1: '#c3c7c2', admin0: '#7d868e', places: '#3d4954',
  halo: '#ffffff', text: '#10171e', agreed: '#46535f', own: '#0b57a4', peer: '#735200', conflict: '#b85c00', going: '#6b3fb0',
  sweep: '#8a5a00', plan: '#10171e',
};
const EMPTY: GeoJSONSourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };

/** Names as the reader has them; most places have only their Latin one. */
export function named(language: Language): ExpressionSpecification {
  // Our own map has them by the language alone, the customary schemas after a colon.
  const theirs: ExpressionSpecification = ['coalesce', ['get', `name:${language}`], ['get', 'name'], ''];
  if (language === 'en') return theirs;
  return ['case', ['==', ['coalesce', ['get', language], ''], ''], theirs, ['get', language]];
}

/** A corridor's width in pixels, which doubles from zoom to zoom. */
const wide: ExpressionSpecification = ['interpolate', ['exponential', 2], ['zoom'], 0, ['coalesce', ['get', 'wide'], 0], 22, ['*', 2 ** 22, ['coalesce', ['get', 'wide'], 0]]];
const isWide: ExpressionSpecification = ['has', 'wide'];
const isFlat: ExpressionSpecification = ['!', ['has', 'wide']];
const ROUND = { 'line-cap': 'round', 'line-join': 'round' } as const;
/** What is not drawn as a coordination line. */
const isNoLine: ExpressionSpecification = ['!=', ['get', 'kind'], 'coordination-line'];
const width: ExpressionSpecification = ['case', ['get', 'chosen'], 5, 2.5];

export interface Ground {
  source: SourceSpecification;
  layers: LayerSpecification[];
}

/** What lies below: the map of the program, or one of the operator's. */
export function ground(origin: string, isDay: boolean, chosen?: Basemap): Ground {
  const ink = isDay ? DAY : NIGHT;
  if (chosen) return groundOf(chosen, origin, ink, FONTS);
  return {
    source: { type: 'vector', tiles: [`${origin}/tiles/{z}/{x}/{y}`], minzoom: 0, maxzoom: 9, attribution: 'Natural Earth · GSHHG · GeoNames' },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': ink.sea } },
      { id: 'land', type: 'fill', source: 'base', 'source-layer': 'land', paint: { 'fill-color': ink.land } },
      { id: 'lakes', type: 'fill', source: 'base', 'source-layer': 'lakes', paint: { 'fill-color': ink.lakes } },
      { id: 'rivers', type: 'line', source: 'base', 'source-layer': 'rivers', paint: { 'line-color': ink.rivers, 'line-width': 1.2 } },
      { id: 'admin1', type: 'line', source: 'base', 'source-layer': 'admin1', paint: { 'line-color': ink.admin1, 'line-dasharray': [3, 2] } },
      { id: 'admin0', type: 'line', source: 'base', 'source-layer': 'admin0', paint: { 'line-color': ink.admin0, 'line-width': 1.4 } },
      {
        id: 'places',
        type: 'symbol',
        source: 'base',
        'source-layer': 'places',
        layout: {
          'text-font': [...FONTS],
          'text-field': named('en'),
          'symbol-sort-key': ['-', 0, ['coalesce', ['get', 'pop'], 0]],
          'text-size': ['interpolate', ['linear'], ['coalesce', ['get', 'pop'], 0], 0, 11, 500000, 15],
          'text-padding': 6,
        },
        paint: { 'text-color': ink.places, 'text-halo-color': ink.halo, 'text-halo-width': 1.2 },
      },
    ],
  };
}

/** `isDay`: for daylight; else for a dark room. */
export function style(origin: string, isDay: boolean, chosen?: Basemap): StyleSpecification {
  const ink = isDay ? DAY : NIGHT;
  const byOwner: ExpressionSpecification = ['match', ['get', 'from'], 'own', ink.own, ink.peer];
  const text = { 'text-font': [...FONTS], 'text-size': 12 };
  return {
    version: 8,
    sources: {
      base: ground(origin, isDay, chosen).source,
      agreed: EMPTY,
      notices: EMPTY,
      marks: EMPTY,
      points: EMPTY,
      calls: EMPTY,
      symbols: EMPTY,
      conflicts: EMPTY,
      sweeps: EMPTY,
      drawn: EMPTY,
      going: EMPTY,
      sought: EMPTY,
    },
    layers: [
      ...ground(origin, isDay, chosen).layers,
      { id: 'agreed', type: 'line', source: 'agreed', paint: { 'line-color': ink.agreed, 'line-width': 1.5, 'line-dasharray': [1, 2] } },
      { id: 'sweep-fill', type: 'fill', source: 'sweeps', filter: ['!', ['get', 'part']], paint: { 'fill-color': ink.sweep, 'fill-opacity': 0.08 } },
      { id: 'sweep', type: 'line', source: 'sweeps', filter: ['!', ['get', 'part']], paint: { 'line-color': ink.sweep, 'line-width': 3, 'line-dasharray': [0.5, 1.5] } },
      { id: 'sweep-part', type: 'line', source: 'sweeps', filter: ['get', 'part'], paint: { 'line-color': ink.sweep, 'line-width': 1 } },
      { id: 'notice-fill', type: 'fill', source: 'notices', filter: isFlat, paint: { 'fill-color': byOwner, 'fill-opacity': ['case', ['get', 'over'], 0.04, 0.14] } },
      { id: 'notice-wide', type: 'line', source: 'notices', filter: isWide, layout: ROUND, paint: { 'line-color': byOwner, 'line-opacity': 0.22, 'line-width': wide } },
      { id: 'notice-own', type: 'line', source: 'notices', filter: ['all', ['==', ['get', 'from'], 'own'], isNoLine], paint: { 'line-color': ink.own, 'line-width': width } },
      {
        id: 'notice-peer',
        type: 'line',
        source: 'notices',
        filter: ['all', ['!=', ['get', 'from'], 'own'], isNoLine],
        paint: { 'line-color': ink.peer, 'line-width': width, 'line-dasharray': [3, 1.5] },
      },
      {
        // A line between forces, whoever said it: long dash and dot, wider than an area's edge.
        id: 'coordination',
        type: 'line',
        source: 'notices',
        filter: ['!', isNoLine],
        layout: { 'line-join': 'round' },
        paint: { 'line-color': byOwner, 'line-width': ['case', ['get', 'chosen'], 7, 4.5], 'line-dasharray': [5, 1, 0.6, 1] },
      },
      {
        id: 'mark',
        type: 'symbol',
        source: 'marks',
        layout: { ...text, 'text-field': ['get', 'mark'], 'text-size': 14, 'text-anchor': 'bottom', 'text-offset': ['case', ['get', 'symbol'], ['literal', [0, -1.6]], ['literal', [0, -0.6]]], 'text-allow-overlap': true },
        paint: { 'text-color': byOwner, 'text-halo-color': ink.halo, 'text-halo-width': 2 },
      },
      { id: 'point', type: 'circle', source: 'points', paint: { 'circle-radius': 4, 'circle-color': ink.halo, 'circle-stroke-color': ink.text, 'circle-stroke-width': 2 } },
      {
        id: 'point-name',
        type: 'symbol',
        source: 'points',
        layout: { ...text, 'text-field': ['get', 'name'], 'text-anchor': 'left', 'text-offset': [0.8, 0], 'text-optional': true },
        paint: { 'text-color': ink.text, 'text-halo-color': ink.halo, 'text-halo-width': 1.5 },
      },
      {
        // After MIL-STD-2525: of ours and of what was agreed on, never of theirs.
        id: 'symbol',
        type: 'symbol',
        source: 'symbols',
        layout: {
          ...text,
          'icon-image': ['get', 'icon'],
          'icon-allow-overlap': true,
          'icon-ignore-placement': true,
          'text-field': ['get', 'name'],
          'text-anchor': 'top',
          'text-offset': [0, 1.3],
          'text-optional': true,
        },
        paint: { 'text-color': ink.own, 'text-halo-color': ink.halo, 'text-halo-width': 1.5 },
      },
      { id: 'conflict-line', type: 'line', source: 'conflicts', paint: { 'line-color': ink.conflict, 'line-width': 3 } },
      {
        id: 'conflict',
        type: 'circle',
        source: 'conflicts',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: { 'circle-radius': 7, 'circle-color': ink.halo, 'circle-stroke-color': ink.conflict, 'circle-stroke-width': 3 },
      },
      { id: 'going-fill', type: 'fill', source: 'going', filter: isFlat, paint: { 'fill-color': ink.going, 'fill-opacity': 0.16 } },
      { id: 'going-wide', type: 'line', source: 'going', filter: isWide, layout: ROUND, paint: { 'line-color': ink.going, 'line-opacity': 0.2, 'line-width': wide } },
      { id: 'going', type: 'line', source: 'going', paint: { 'line-color': ink.going, 'line-width': 3 } },
      { id: 'drawn-wide', type: 'line', source: 'drawn', filter: isWide, layout: ROUND, paint: { 'line-color': ink.plan, 'line-opacity': 0.2, 'line-width': wide } },
      { id: 'drawn', type: 'line', source: 'drawn', paint: { 'line-color': ink.plan, 'line-width': 2, 'line-dasharray': [2, 1] } },
      { id: 'sought', type: 'circle', source: 'sought', paint: { 'circle-radius': 12, 'circle-opacity': 0, 'circle-stroke-color': ink.text, 'circle-stroke-width': 2 } },
      { id: 'call', type: 'circle', source: 'calls', paint: { 'circle-radius': 11, 'circle-color': '#8c1713', 'circle-stroke-color': '#ff5148', 'circle-stroke-width': 3 } },
      {
        id: 'call-word',
        type: 'symbol',
        source: 'calls',
        layout: { ...text, 'text-field': ['get', 'word'], 'text-size': 14, 'text-anchor': 'bottom', 'text-offset': [0, -1], 'text-allow-overlap': true },
        paint: { 'text-color': '#ffffff', 'text-halo-color': '#8c1713', 'text-halo-width': 2 },
      },
    ],
  };
}
