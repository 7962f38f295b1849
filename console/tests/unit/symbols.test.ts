/** Symbols of MIL-STD-2525: of ours and of what was agreed on. Never of theirs, and nobody is given the other side's identity. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { ms, numberlandinstallation, numberlandunit, numbertacticalpoints } from 'milsymbol-parts';
import type { Arrangement, Notice, Place, Unit } from '../../src/api/facts.ts';
import { ofPoints, ofSites, ofUnits, SITES } from '../../src/map/symbols.ts';
import { KINDS } from '../../src/state/kinds.ts';

ms.addIcons([numberlandunit, numberlandinstallation, numbertacticalpoints]);
const place = { latitude_e7: 353_000_000, longitude_e7: 401_000_000, precision_mm: 1_000 } as Place;
const area = { circle: { centre: place, radius_mm: 500_000 } };
const site = (of: string, from = 'own', kind = 'protected-site'): Notice => ({ entry: of, line: 'l', from, kind, slots: { area, site: of } }) as unknown as Notice;
const isExercise = (): boolean => true;

test('every symbol is one of the standard, as friend or neutral, and says that it is an exercise', () => {
  const unit = { unit: 'u1', name: 'Birch', area, desk: 'ground' } as unknown as Unit;
  const line = { exercise: true, reference_points: [{ id: 'a', name: 'A', place }] } as unknown as Arrangement;
  const sites = ofSites(Object.keys(SITES).map((of) => site(of)), isExercise);
  const all = [...ofUnits([unit], true), ...ofPoints([line]), ...sites];
  assert.equal(all.length, 2 + Object.keys(SITES).length);
  for (const { sidc } of all) {
    const symbol = new ms.Symbol(sidc);
    assert(symbol.isValid(), sidc);
    assert(['Friend', 'Neutral'].includes(symbol.getMetadata().affiliation), sidc);
    assert.equal(symbol.getMetadata().context, 'Exercise', sidc);
  }
  assert(sites.every(({ sidc }) => new ms.Symbol(sidc).getMetadata().affiliation === 'Neutral'), 'a protected site takes no side');
  const [real] = ofUnits([unit], false);
  assert.equal(real && new ms.Symbol(real.sidc).getMetadata().context, 'Reality');
});

test('every code of a protected site has its symbol, and one that is not known has one too', () => {
  const codes = KINDS.find((of) => of.kind === 'protected-site')?.codes ?? [];
  assert.deepEqual(codes.filter((of) => !SITES[of]), []);
  assert.equal(ofSites([site('something newer')], isExercise).length, 1);
});

test('nothing of theirs has a symbol, nor what is ours and no place', () => {
  assert.deepEqual(ofSites([site('hospital', 'peer'), site('hospital', 'own', 'position-area')], isExercise), []);
  assert.deepEqual(ofUnits([{ unit: 'u1', name: null, area: null } as unknown as Unit], true), []);
});
