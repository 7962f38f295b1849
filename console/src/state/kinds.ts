import type { Form } from './view.svelte.ts';

export type Extra = 'count' | 'speed' | 'review-by' | 'answer-by';

/** The kinds of notice: one table, from which lists, forms and the map take what they show. */
export interface KindOfNotice {
  kind: string;
  /** Two letters on the map and in lists, the same in every language. */
  mark: string;
  /** The slot whose code says what it is, and its codes. */
  says: string;
  codes: readonly string[];
  /** What else it may say, beyond what every notice has. */
  also: readonly Extra[];
  /** The shape that it mostly has; it may have any. */
  form: Form;
}

export const KINDS: readonly KindOfNotice[] = [
  {
    kind: 'air-activity',
    mark: 'AA',
    says: 'air-activity',
    codes: ['unspecified', 'transit', 'patrol', 'strike', 'reconnaissance', 'refuelling', 'transport', 'drone', 'training', 'rescue'],
    also: ['count'],
    form: 'circle',
  },
  {
    kind: 'hazard-area',
    mark: 'HZ',
    says: 'hazard',
    codes: ['unspecified', 'artillery', 'demolition', 'mines', 'live-fire', 'air-defence', 'jamming', 'laser', 'drop'],
    also: [],
    form: 'circle',
  },
  {
    kind: 'position-area',
    mark: 'PA',
    says: 'presence',
    codes: ['unspecified', 'troops', 'vehicles', 'headquarters', 'checkpoint', 'logistics', 'medical', 'aid-convoy', 'evacuation'],
    also: ['count'],
    form: 'circle',
  },
  {
    kind: 'movement',
    mark: 'MV',
    says: 'presence',
    codes: ['unspecified', 'troops', 'vehicles', 'headquarters', 'checkpoint', 'logistics', 'medical', 'aid-convoy', 'evacuation'],
    also: ['count', 'speed'],
    form: 'corridor',
  },
  {
    kind: 'protected-site',
    mark: 'PS',
    says: 'site',
    codes: ['unspecified', 'hospital', 'clinic', 'camp', 'school', 'water', 'warehouse', 'worship', 'heritage', 'office'],
    also: ['review-by'],
    form: 'circle',
  },
  {
    kind: 'no-fire-area',
    mark: 'NF',
    says: 'site',
    codes: ['unspecified', 'hospital', 'clinic', 'camp', 'school', 'water', 'warehouse', 'worship', 'heritage', 'office'],
    also: [],
    form: 'circle',
  },
  {
    kind: 'restricted-fire-area',
    mark: 'RF',
    says: 'restriction',
    codes: ['unspecified', 'no-artillery', 'no-air-weapons', 'no-heavy-weapons', 'no-night-fire', 'call-before-fire'],
    also: [],
    form: 'circle',
  },
  {
    kind: 'coordination-line',
    mark: 'CL',
    says: 'caution',
    codes: ['unspecified', 'close-forces', 'civilian-movement', 'search-and-rescue', 'unexploded-ordnance', 'dense-air-traffic'],
    also: [],
    form: 'corridor',
  },
  {
    kind: 'caution-area',
    mark: 'CA',
    says: 'caution',
    codes: ['unspecified', 'close-forces', 'civilian-movement', 'search-and-rescue', 'unexploded-ordnance', 'dense-air-traffic'],
    also: [],
    form: 'circle',
  },
  {
    kind: 'transit-request',
    mark: 'TR',
    says: 'air-activity',
    codes: ['unspecified', 'transit', 'patrol', 'strike', 'reconnaissance', 'refuelling', 'transport', 'drone', 'training', 'rescue'],
    also: ['count', 'answer-by'],
    form: 'corridor',
  },
];

export const markOf = (kind: string): string => KINDS.find((of) => of.kind === kind)?.mark ?? '??';
/** Over the line a notice stays on the map until it is over. */
export const STANDING: ReadonlySet<string> = new Set(['announced', 'active', 'protection not renewed']);
