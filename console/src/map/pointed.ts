/** A place on the map in words, never finer than what one pixel of the screen shows. For the eye: what is used, the node reads. */
import { forward } from 'mgrs';

/** Metres in a degree of latitude, about. */
const DEGREE = 111_320;

export interface Pointed {
  longitude: number;
  latitude: number;
  /** What one pixel shows. */
  metres: number;
}

/** Digits of MGRS in each direction: as many as stand for no less than a pixel. */
export const digits = (metres: number): number => Math.max(0, Math.min(5, 5 - Math.ceil(Math.log10(Math.max(metres, 1)))));

/** Decimals of a degree, likewise. */
export const decimals = (metres: number): number => Math.max(0, Math.min(5, Math.floor(Math.log10(DEGREE / Math.max(metres, 1)))));

/** `37S GV 88 51`, with spaces as the node writes it; beyond the poles' caps there is none. */
export function mgrsOf({ longitude, latitude, metres }: Pointed): string | undefined {
  if (latitude < -80 || latitude >= 84) return undefined;
  const count = digits(metres);
  const [, zone, square, rest = ''] = /^(\d+[A-Z])([A-Z]{2})(\d*)$/.exec(forward([wrapped(longitude), latitude], count)) ?? [];
  if (!zone) return undefined;
  return [zone, square, rest.slice(0, count), rest.slice(count)].filter(Boolean).join(' ');
}

export function degreesOf({ longitude, latitude, metres }: Pointed): string {
  // A degree of longitude is the shorter one.
  const count = decimals(metres / Math.max(0.01, Math.cos((latitude * Math.PI) / 180)));
  return `${latitude.toFixed(count)}, ${wrapped(longitude).toFixed(count)}`;
}

const wrapped = (longitude: number): number => ((((longitude + 180) % 360) + 360) % 360) - 180;
