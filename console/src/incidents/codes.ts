/** The codes of claims and warnings, in the order in which they are offered. */
export const CLAIMS = [
  'strike-on-forces', 'strike-on-protected-site', 'fire-on-forces', 'fire-on-protected-site', 'shelling', 'drone-attack', 'unsafe-approach',
  'airspace-violation', 'line-crossed', 'damage-to-convoy', 'damage-to-site', 'casualties', 'stop-not-heeded', 'other',
] as const;
export const ANSWERS = ['accepted', 'not-accepted', 'under-review', 'not-ours', 'not-under-our-control', 'unknown'] as const;
export const CERTAINTIES = ['certain', 'probable', 'possible', 'reported'] as const;
export const WARNINGS = ['presence-of-forces', 'consequence', 'area', 'standing'] as const;
export const LEVELS = ['desk', 'two-star', 'three-star', 'four-star'] as const;
export const REASONS = ['finished', 'cancelled', 'replaced', 'given-in-error'] as const;
/** What files of evidence may be, by the ending of their names: the node holds that against their bytes. */
export const MEDIA: Record<string, string> = {
  jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', tif: 'image/tiff', tiff: 'image/tiff', pdf: 'application/pdf', mp4: 'video/mp4',
  wav: 'audio/wav', txt: 'text/plain',
};
