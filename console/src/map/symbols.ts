/**
 * Which symbols of MIL-STD-2525 (revision D) stand where: of our own units, of the protected sites that this party vouches for, and of
 * the points that were agreed on. Nothing of the other party's has one, and no standard identity is given to anyone but ourselves
 * (friend) and a protected site (neutral: it takes no side).
 */
import type { Arrangement, Notice, Place, Unit } from '../api/facts.ts';
import { anchorOf } from '../state/anchor.ts';

export interface Symbol {
  /** Twenty digits. */
  sidc: string;
  place: Place;
  /** Nothing where it is named on the map already. */
  name: string;
}

const FRIEND = 3;
const NEUTRAL = 4;
const LAND_UNIT = 10;
const INSTALLATION = 20;
const CONTROL_MEASURE = 25;
/** What a unit does is told nobody, and so not drawn: the frame alone. */
const UNSPECIFIED = '000000';
const POINT_OF_INTEREST = '131300';
const INFRASTRUCTURE = '120000';

/** Installations by the codes of `site`; what the standard has none for is infrastructure. */
export const SITES: Readonly<Record<string, string>> = {
  unspecified: INFRASTRUCTURE,
  hospital: '120702',
  clinic: '120701',
  camp: '111901',
  school: '120402',
  water: '121400',
  warehouse: '112000',
  worship: '121004',
  heritage: INFRASTRUCTURE,
  office: INFRASTRUCTURE,
};

/** `exercise`: an X beside the frame, as the standard marks it. */
function sidc(exercise: boolean, identity: number, set: number, entity: string): string {
  return `10${exercise ? 1 : 0}${identity}${set}0000${entity}0000`;
}

/** `exercise`: every line of this desk is one. */
export function ofUnits(units: readonly Unit[], exercise: boolean): Symbol[] {
  return units.flatMap(({ unit, name, area }) => {
    const place = area && anchorOf({ area });
    return place ? [{ sidc: sidc(exercise, FRIEND, LAND_UNIT, UNSPECIFIED), place, name: name ?? unit }] : [];
  });
}

/** Ours alone, told by us for ourselves or for an element. */
export function ofSites(notices: readonly Notice[], isExercise: (line: string) => boolean): Symbol[] {
  return notices.flatMap((notice) => {
    const place = notice.slots && anchorOf(notice.slots);
    if (notice.from !== 'own' || notice.kind !== 'protected-site' || !place) return [];
    const entity = SITES[String(notice.slots?.['site'])] ?? INFRASTRUCTURE;
    return [{ sidc: sidc(isExercise(notice.line), NEUTRAL, INSTALLATION, entity), place, name: '' }];
  });
}

export function ofPoints(lines: readonly Arrangement[]): Symbol[] {
  return lines.flatMap((line) =>
    line.reference_points.map(({ place }) => ({ sidc: sidc(line.exercise, FRIEND, CONTROL_MEASURE, POINT_OF_INTEREST), place, name: '' })),
  );
}
