/** How the map looks: dark and calm, so that what is known stands out. Every byte of it comes from this node. */
import type { ExpressionSpecification, GeoJSONSourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { Language } from '../words/words.svelte.ts';

/** The page's own fonts; the map draws with them, and fetches none. */
export const FONTS = ['Noto Sans Variable', 'Noto Sans Arabic Variable'] as const;

/** What opens a detail when it is touched. */
export const LAYERS = { open: ['notice-own', 'notice-peer', 'notice-fill', 'notice-wide', 'mark', 'call'] } as const;

const OWN = '#74b9ff';
const PEER = '#e3c46b';
/** Not red: that is for stop calls alone. */
const CONFLICT = '#ff9f43';
/** What another party would receive of a plan: neither ours nor theirs yet. */
const GOING = '#c9a6ff';
/** What looks like fishing: as warnings are written. */
const SWEEP = '#ffd58a';
const EMPTY: GeoJSONSourceSpecification = { type: 'geojson', data: { type: 'FeatureCollection', features: [] } };

/** Names as the reader has them; most places have only their Latin one. */
export function named(language: Language): ExpressionSpecification {
  if (language === 'en') return ['get', 'name'];
  return ['case', ['==', ['coalesce', ['get', language], ''], ''], ['get', 'name'], ['get', language]];
}

const byOwner: ExpressionSpecification = ['match', ['get', 'from'], 'own', OWN, PEER];
/** A corridor's width in pixels, which doubles from zoom to zoom. */
const wide: ExpressionSpecification = ['interpolate', ['exponential', 2], ['zoom'], 0, ['coalesce', ['get', 'wide'], 0], 22, ['*', 2 ** 22, ['coalesce', ['get', 'wide'], 0]]];
const isWide: ExpressionSpecification = ['has', 'wide'];
const isFlat: ExpressionSpecification = ['!', ['has', 'wide']];
const ROUND = { 'line-cap': 'round', 'line-join': 'round' } as const;
const width: ExpressionSpecification = ['case', ['get', 'chosen'], 5, 2.5];

export function style(origin: string): StyleSpecification {
  const text = { 'text-font': [...FONTS], 'text-size': 12 };
  return {
    version: 8,
    sources: {
      base: { type: 'vector', tiles: [`${origin}/tiles/{z}/{x}/{y}`], minzoom: 0, maxzoom: 9 },
      agreed: EMPTY,
      notices: EMPTY,
      marks: EMPTY,
      points: EMPTY,
      calls: EMPTY,
      conflicts: EMPTY,
      sweeps: EMPTY,
      drawn: EMPTY,
      going: EMPTY,
    },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': '#0a1a26' } },
      { id: 'land', type: 'fill', source: 'base', 'source-layer': 'land', paint: { 'fill-color': '#161d25' } },
      { id: 'lakes', type: 'fill', source: 'base', 'source-layer': 'lakes', paint: { 'fill-color': '#0f2c40' } },
      { id: 'rivers', type: 'line', source: 'base', 'source-layer': 'rivers', paint: { 'line-color': '#245270', 'line-width': 1.2 } },
      { id: 'admin1', type: 'line', source: 'base', 'source-layer': 'admin1', paint: { 'line-color': '#2f3a45', 'line-dasharray': [3, 2] } },
      { id: 'admin0', type: 'line', source: 'base', 'source-layer': 'admin0', paint: { 'line-color': '#64717d', 'line-width': 1.4 } },
      {
        id: 'places',
        type: 'symbol',
        source: 'base',
        'source-layer': 'places',
        layout: {
          ...text,
          'text-field': named('en'),
          'symbol-sort-key': ['-', 0, ['coalesce', ['get', 'pop'], 0]],
          'text-size': ['interpolate', ['linear'], ['coalesce', ['get', 'pop'], 0], 0, 11, 500000, 15],
          'text-padding': 6,
        },
        paint: { 'text-color': '#a9b6c2', 'text-halo-color': '#0c1117', 'text-halo-width': 1.2 },
      },
      { id: 'agreed', type: 'line', source: 'agreed', paint: { 'line-color': '#9dacba', 'line-width': 1.5, 'line-dasharray': [1, 2] } },
      { id: 'sweep-fill', type: 'fill', source: 'sweeps', filter: ['!', ['get', 'part']], paint: { 'fill-color': SWEEP, 'fill-opacity': 0.08 } },
      { id: 'sweep', type: 'line', source: 'sweeps', filter: ['!', ['get', 'part']], paint: { 'line-color': SWEEP, 'line-width': 3, 'line-dasharray': [0.5, 1.5] } },
      { id: 'sweep-part', type: 'line', source: 'sweeps', filter: ['get', 'part'], paint: { 'line-color': SWEEP, 'line-width': 1 } },
      { id: 'notice-fill', type: 'fill', source: 'notices', filter: isFlat, paint: { 'fill-color': byOwner, 'fill-opacity': 0.14 } },
      { id: 'notice-wide', type: 'line', source: 'notices', filter: isWide, layout: ROUND, paint: { 'line-color': byOwner, 'line-opacity': 0.22, 'line-width': wide } },
      { id: 'notice-own', type: 'line', source: 'notices', filter: ['==', ['get', 'from'], 'own'], paint: { 'line-color': OWN, 'line-width': width } },
      {
        id: 'notice-peer',
        type: 'line',
        source: 'notices',
        filter: ['!=', ['get', 'from'], 'own'],
        paint: { 'line-color': PEER, 'line-width': width, 'line-dasharray': [3, 1.5] },
      },
      {
        id: 'mark',
        type: 'symbol',
        source: 'marks',
        layout: { ...text, 'text-field': ['get', 'mark'], 'text-size': 14, 'text-anchor': 'bottom', 'text-offset': [0, -0.6], 'text-allow-overlap': true },
        paint: { 'text-color': byOwner, 'text-halo-color': '#0c1117', 'text-halo-width': 2 },
      },
      { id: 'point', type: 'circle', source: 'points', paint: { 'circle-radius': 4, 'circle-color': '#0c1117', 'circle-stroke-color': '#dbe4ec', 'circle-stroke-width': 2 } },
      {
        id: 'point-name',
        type: 'symbol',
        source: 'points',
        layout: { ...text, 'text-field': ['get', 'name'], 'text-anchor': 'left', 'text-offset': [0.8, 0], 'text-optional': true },
        paint: { 'text-color': '#dbe4ec', 'text-halo-color': '#0c1117', 'text-halo-width': 1.5 },
      },
      { id: 'conflict-line', type: 'line', source: 'conflicts', paint: { 'line-color': CONFLICT, 'line-width': 3 } },
      {
        id: 'conflict',
        type: 'circle',
        source: 'conflicts',
        filter: ['==', ['geometry-type'], 'Point'],
        paint: { 'circle-radius': 7, 'circle-color': '#0c1117', 'circle-stroke-color': CONFLICT, 'circle-stroke-width': 3 },
      },
      { id: 'going-fill', type: 'fill', source: 'going', filter: isFlat, paint: { 'fill-color': GOING, 'fill-opacity': 0.16 } },
      { id: 'going-wide', type: 'line', source: 'going', filter: isWide, layout: ROUND, paint: { 'line-color': GOING, 'line-opacity': 0.2, 'line-width': wide } },
      { id: 'going', type: 'line', source: 'going', paint: { 'line-color': GOING, 'line-width': 3 } },
      { id: 'drawn-wide', type: 'line', source: 'drawn', filter: isWide, layout: ROUND, paint: { 'line-color': '#ffffff', 'line-opacity': 0.2, 'line-width': wide } },
      { id: 'drawn', type: 'line', source: 'drawn', paint: { 'line-color': '#ffffff', 'line-width': 2, 'line-dasharray': [2, 1] } },
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
