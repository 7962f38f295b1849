/** How an officer left the map: kept on this machine under the officer's name, and sent to nobody. */
import { isLanguage, type Language } from '../words/languages.ts';
import type { Owner } from './shown.svelte.ts';

export interface Kept {
  /** Longitude and latitude in degrees, and the zoom. */
  place?: [number, number, number];
  hiddenKinds?: string[];
  hiddenOwners?: Owner[];
  expired?: boolean;
  keys?: boolean;
  language?: Language;
  isDay?: boolean;
  /** The operator's map that lies below, by its name; empty: the program's. */
  basemap?: string;
}

const key = (officer: string): string => `standclear-view:${officer}`;
const isNumber = (of: unknown): of is number => typeof of === 'number' && Number.isFinite(of);
const texts = (of: unknown): string[] | undefined => (Array.isArray(of) ? of.filter((one) => typeof one === 'string').slice(0, 50) : undefined);

/** What was kept, as far as it can be read: storage may be blocked, or hold what somebody wrote there by hand. */
export function kept(officer: string): Kept {
  try {
    const found = JSON.parse(localStorage.getItem(key(officer)) ?? '{}') as Record<string, unknown>;
    const { place, language, expired, keys, isDay, basemap } = found;
    const owners = texts(found['hiddenOwners'])?.filter((of): of is Owner => of === 'own' || of === 'peer');
    const hiddenKinds = texts(found['hiddenKinds']);
    return {
      ...(Array.isArray(place) && place.length === 3 && place.every(isNumber) ? { place: place as [number, number, number] } : {}),
      ...(hiddenKinds ? { hiddenKinds } : {}),
      ...(owners ? { hiddenOwners: owners } : {}),
      ...(typeof expired === 'boolean' ? { expired } : {}),
      ...(typeof keys === 'boolean' ? { keys } : {}),
      ...(typeof isDay === 'boolean' ? { isDay } : {}),
      ...(typeof basemap === 'string' && basemap.length <= 64 ? { basemap } : {}),
      ...(typeof language === 'string' && isLanguage(language) ? { language } : {}),
    };
  } catch {
    // Nothing can be kept here: the map begins where everybody's does.
    return {};
  }
}

export function keep(officer: string, change: Kept): void {
  try {
    localStorage.setItem(key(officer), JSON.stringify({ ...kept(officer), ...change }));
  } catch {
    // As above: nothing is lost but the place of the map.
  }
}
