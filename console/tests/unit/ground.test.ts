/** The operator's maps, as they are drawn. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Basemap } from '../../src/api/facts.ts';
import { boundsOf, groundOf, kindOf } from '../../src/map/ground.ts';
import type { Inks } from '../../src/map/style.ts';

const ink = new Proxy({}, { get: () => '#123456' }) as Inks;
const map = (of: Partial<Basemap>): Basemap => ({
  name: 'east', title: '', attribution: '', tiles: 'vector', layers: [], min_zoom: 0, max_zoom: 12, bounds: [390_000_000, 340_000_000, 410_000_000, 360_000_000], bytes: 1, ...of,
});

test('layers of the customary schemas are drawn as what they are, and names of streets are not', () => {
  const kinds = { earth: 'land', landuse: 'green', water: 'water', waterway: 'river', transportation: 'road', roads: 'road', boundaries: 'border', boundary: 'border', buildings: 'building', place: 'names', places: 'names', transportation_name: 'hidden', pois: 'hidden', contours: 'other' };
  for (const [layer, kind] of Object.entries(kinds)) assert.equal(kindOf(layer), kind, layer);
});

test('a map of vector tiles has land below and names above, and no layer has the name of another', () => {
  const { layers, source } = groundOf(map({ layers: ['places', 'roads', 'water', 'earth', 'place'] }), 'http://node', ink, ['Font']);
  const names = layers.map((layer) => layer.id);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual([names[0], names[1], names.at(-1)], ['sea', 'base-earth-fill', 'places']);
  assert.deepEqual('tiles' in source && source.tiles, ['http://node/maps/east/{z}/{x}/{y}']);
});

test('a map of pictures is drawn as it is, and what it is owed to is text', () => {
  const { layers, source } = groundOf(map({ tiles: 'png', attribution: `<img src=x onerror="alert('1')"> & us` }), 'http://node', ink, ['Font']);
  assert.deepEqual(layers.map((layer) => layer.type), ['background', 'raster']);
  const said = 'attribution' in source ? String(source.attribution) : '';
  assert(!/[<>"']/.test(said.replaceAll(/&#\d+;/g, '')), said);
});

test('the map goes a little further than there is something to be seen, and never off the earth', () => {
  assert.deepEqual(boundsOf(map({})), [37, 32, 43, 38]);
  assert.deepEqual(boundsOf(map({ bounds: [-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000] })), [-180, -85, 180, 85]);
});
