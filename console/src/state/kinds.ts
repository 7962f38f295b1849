/** The kinds of notice: one table, from which lists, forms and the map take what they show. */
export interface KindOfNotice {
  kind: string;
  /** Two letters on the map and in lists, the same in every language. */
  mark: string;
  /** The slot whose code says what it is, and its codes. */
  says: string;
  codes: readonly string[];
}

export const KINDS: readonly KindOfNotice[] = [
  {
    kind: 'air-activity',
    mark: 'AA',
    says: 'air-activity',
    codes: ['unspecified', 'transit', 'patrol', 'strike', 'reconnaissance', 'refuelling', 'transport', 'drone', 'training', 'rescue'],
  },
  {
    kind: 'hazard-area',
    mark: 'HZ',
    says: 'hazard',
    codes: ['unspecified', 'artillery', 'demolition', 'mines', 'live-fire', 'air-defence', 'jamming', 'laser', 'drop'],
  },
  {
    kind: 'position-area',
    mark: 'PA',
    says: 'presence',
    codes: ['unspecified', 'troops', 'vehicles', 'headquarters', 'checkpoint', 'logistics', 'medical', 'aid-convoy', 'evacuation'],
  },
  {
    kind: 'movement',
    mark: 'MV',
    says: 'presence',
    codes: ['unspecified', 'troops', 'vehicles', 'headquarters', 'checkpoint', 'logistics', 'medical', 'aid-convoy', 'evacuation'],
  },
  {
    kind: 'protected-site',
    mark: 'PS',
    says: 'site',
    codes: ['unspecified', 'hospital', 'clinic', 'camp', 'school', 'water', 'warehouse', 'worship', 'heritage', 'office'],
  },
  {
    kind: 'no-fire-area',
    mark: 'NF',
    says: 'site',
    codes: ['unspecified', 'hospital', 'clinic', 'camp', 'school', 'water', 'warehouse', 'worship', 'heritage', 'office'],
  },
  {
    kind: 'restricted-fire-area',
    mark: 'RF',
    says: 'restriction',
    codes: ['unspecified', 'no-artillery', 'no-air-weapons', 'no-heavy-weapons', 'no-night-fire', 'call-before-fire'],
  },
  {
    kind: 'coordination-line',
    mark: 'CL',
    says: 'caution',
    codes: ['unspecified', 'close-forces', 'civilian-movement', 'search-and-rescue', 'unexploded-ordnance', 'dense-air-traffic'],
  },
  {
    kind: 'caution-area',
    mark: 'CA',
    says: 'caution',
    codes: ['unspecified', 'close-forces', 'civilian-movement', 'search-and-rescue', 'unexploded-ordnance', 'dense-air-traffic'],
  },
  {
    kind: 'transit-request',
    mark: 'TR',
    says: 'air-activity',
    codes: ['unspecified', 'transit', 'patrol', 'strike', 'reconnaissance', 'refuelling', 'transport', 'drone', 'training', 'rescue'],
  },
];

export const markOf = (kind: string): string => KINDS.find((of) => of.kind === kind)?.mark ?? '??';
/** Over the line a notice stays on the map until it is over. */
export const STANDING: ReadonlySet<string> = new Set(['announced', 'active', 'protection not renewed']);
