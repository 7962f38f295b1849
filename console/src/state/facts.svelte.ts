/** What the node knows, as far as this desk sees it. Only what the node said last is kept; nothing is worked out here. */
import { read, Refused } from '../api/client.ts';
import type { Alarm, Arrangement, Call, Changed, Check, Conflict, Downstream, Draft, Element, Fallback, Line, Me, Notice, SiteExport, Sweep, Unit, Watch } from '../api/facts.ts';
import { now } from './now.svelte.ts';
import { amendedBy, concerned, kept, merged, turning, waitingFor } from './stale.ts';

class Facts {
  lines = $state.raw<Line[]>([]);
  arrangements = $state.raw<Arrangement[]>([]);
  calls = $state.raw<Call[]>([]);
  notices = $state.raw<Notice[]>([]);
  conflicts = $state.raw<Conflict[]>([]);
  drafts = $state.raw<Draft[]>([]);
  sweeps = $state.raw<Sweep[]>([]);
  checks = $state.raw<Check[]>([]);
  watch = $state.raw<Watch[]>([]);
  alarms = $state.raw<Alarm[]>([]);
  fallback = $state.raw<Fallback[]>([]);
  elements = $state.raw<Element[]>([]);
  downstream = $state.raw<Downstream[]>([]);
  siteExports = $state.raw<SiteExport[]>([]);
  units = $state.raw<Unit[]>([]);
}

export const facts = new Facts();
type Kind = keyof Facts;

/** A list as the node tells it now. */
const put = <K extends Kind>(kind: K, anew: Facts[K]): void => void Object.assign(facts, { [kind]: kept<object>(facts[kind], anew) });

const asks: { [K in Kind]: () => Promise<void> } = {
  lines: async () => put('lines', await read('/api/lines')),
  arrangements: async () => put('arrangements', (await read('/api/arrangements')) as unknown as Arrangement[]),
  calls: async () => put('calls', (await read('/api/calls')) as unknown as Call[]),
  notices: readNotices,
  conflicts: readConflicts,
  drafts: async () => put('drafts', (await read('/api/drafts')) as unknown as Draft[]),
  sweeps: async () => put('sweeps', await read('/api/fishing')),
  checks: async () => put('checks', await read('/api/checks')),
  watch: async () => put('watch', await read('/api/watch')),
  alarms: readAlarms,
  fallback: async () => put('fallback', await read('/api/fallback')),
  elements: async () => put('elements', await read('/api/elements')),
  downstream: async () => put('downstream', await read('/api/downstream')),
  siteExports: async () => put('siteExports', await read('/api/site-exports')),
  units: async () => put('units', (await read('/api/units')) as unknown as Unit[]),
};

/** A notice opens and ends by the clock, and nothing is said then: it is read again when it does. */
let atTurn: ReturnType<typeof setTimeout> | undefined;
/** The longest that a browser's timer waits. */
const LONGEST = 2 ** 31 - 1;
/** The node's clock is told to the second: it has turned by then. */
const TURNED = 1_200;
/** As many notices as the node gives by name at once: beyond it all are read. */
const MOST_NAMED = 64;

/** Notices of which more is known by now. */
const stale = new Set<string>();
let areAllStale = true;

/** Reads those that changed, and no more: an officer who is told of one among thousands sees it at once. */
async function readNotices(): Promise<void> {
  const named = areAllStale || stale.size > MOST_NAMED ? undefined : [...stale];
  areAllStale = false;
  stale.clear();
  if (named?.length === 0) return;
  try {
    const given = (await read('/api/notices', {}, named && { entries: named.join(',') })) as unknown as Notice[];
    const amended = named ? amendedBy(facts.notices, given) : [];
    facts.notices = named ? merged(facts.notices, named, given) : kept(facts.notices, given);
    refreshNotices(amended);
  } catch (error) {
    areAllStale = true;
    throw error;
  }
  const next = turning(facts.notices, now.ms);
  clearTimeout(atTurn);
  if (next) atTurn = setTimeout(() => refreshNotices(next.entries), Math.min(next.at - now.ms + TURNED, LONGEST));
}

export function refreshNotices(entries: readonly string[]): void {
  for (const entry of entries) stale.add(entry);
  if (entries.length) void ask('notices');
}

/** To an officer of an element theirs have no name: with how many a notice of its own conflicts is not told either. */
async function readConflicts(): Promise<void> {
  const found = (await read('/api/conflicts')) as unknown as Conflict[];
  put('conflicts', [...new Map(found.map((of) => [`${of.ours} ${of.theirs}`, of])).values()]);
}

/** How often an alarm was told, ended or silenced. */
let told = 0;

/** Alarms are told as they happen, and read now and then: an answer that was under way meanwhile takes none off the screen. */
async function readAlarms(): Promise<void> {
  for (;;) {
    const before = told;
    const standing = await read('/api/alarms');
    if (before !== told) continue;
    // What the journal did not take is in no answer: it stays until it ends, or a person has seen it.
    const lost = facts.alarms.filter((alarm) => !alarm.recorded && !standing.some((other) => other.alarm === alarm.alarm));
    put('alarms', [...standing, ...lost]);
    return;
  }
}

/** Another list of alarms, as the node has just told it. */
export function tellAlarms(change: (alarms: Alarm[]) => Alarm[]): void {
  told += 1;
  facts.alarms = change(facts.alarms);
}

const ALL = Object.keys(asks) as Kind[];
/** What the node shows to an officer of an element: it refuses the rest before it looks. */
const OF_ELEMENT: ReadonlySet<Kind> = new Set(['arrangements', 'calls', 'notices', 'conflicts', 'drafts', 'alarms', 'fallback', 'elements']);
let isOfElement = false;
let isInterpreter = false;

/** Who asks from here on: for nothing that the node would refuse them. */
export function asksAs(me: Me): void {
  isOfElement = Boolean(me.element);
  isInterpreter = me.role === 'interpreter';
}

const mayAsk = (kind: Kind): boolean => (isOfElement ? OF_ELEMENT.has(kind) : !isInterpreter || kind !== 'downstream');

const under = new Map<Kind, Promise<void>>();
const again = new Set<Kind>();
/** Asked for again where the node did not answer. */
const AGAIN_AFTER = 1_000;

/** Reads a list again. */
export function refresh(kind: Kind): Promise<void> {
  if (kind === 'notices') areAllStale = true;
  return ask(kind);
}

/** While it is being read, once more after that, since what changed may have come too late for it. */
function ask(kind: Kind): Promise<void> {
  if (!mayAsk(kind)) return Promise.resolve();
  const running = under.get(kind);
  if (running) {
    again.add(kind);
    return running;
  }
  const asking = asks[kind]()
    .catch((error: unknown) => {
      // Not signed in, or not reachable: either is said elsewhere, and read again when it is mended.
      const isPassing = error instanceof Refused && error.problem?.status === 503;
      if (isPassing) setTimeout(() => void refresh(kind), AGAIN_AFTER);
      else if (!(error instanceof Refused)) throw error;
    })
    .finally(() => {
      under.delete(kind);
      if (again.delete(kind)) void ask(kind);
    });
  under.set(kind, asking);
  return asking;
}

export function refreshAll(): void {
  for (const kind of ALL) void refresh(kind);
}

export function forgetAll(): void {
  Object.assign(facts, new Facts());
}

const OF_CALLS = /^(stop|called)-/;
const OF_LINES = new Set(['link', 'clock', 'fault', 'main-halted', 'manifest', 'epoch', 'standing', 'main-stopped', 'main-resumed']);
const RECEIPTS = new Set(['received', 'refused', 'delivered']);

/** What follows from what was said, and what counts it, is read again when it has calmed down: what is said comes first. */
const FOLLOWS_AFTER = 500;
const following = new Map<Kind, ReturnType<typeof setTimeout>>();

function refreshSoon(...kinds: Kind[]): void {
  for (const kind of kinds) {
    if (following.has(kind)) continue;
    const wait = setTimeout(() => {
      following.delete(kind);
      void refresh(kind);
    }, FOLLOWS_AFTER);
    following.set(kind, wait);
  }
}

/** Whether it was wholly for a part that came later. */
let isForLater = (_: Changed): boolean => false;

/** A part that comes later hears what changed as well. */
export function hearsToo(hears: (told: Changed) => boolean): void {
  isForLater = hears;
}

/** What to read again once the node has said that something has changed. */
export function changed(told: Changed): void {
  const { what, id, about } = told;
  if (isForLater(told)) return;
  if (OF_CALLS.test(what)) {
    void refresh('calls');
    refreshSoon('lines', 'downstream');
  } else if (what === 'line-check' || what === 'line-check-answer') {
    void refresh('checks');
    void refresh('lines');
  } else if (what === 'draft' || what === 'release') {
    void refresh('drafts');
  } else if (what === 'element') {
    void refresh('elements');
  } else if (what === 'site-consent') {
    void refresh('drafts');
    void refresh('notices');
  } else if (what === 'conflict') {
    void refresh('conflicts');
  } else if (what === 'watch' || what === 'sounder' || what === 'wall') {
    void refresh('watch');
  } else if (what === 'unit') {
    void refresh('downstream');
    void refresh('units');
  } else if (what === 'site-export') {
    void refresh('siteExports');
  } else if (what === 'arrangement') {
    refreshAll();
  } else if (OF_LINES.has(what)) {
    void refresh('lines');
  } else if (RECEIPTS.has(what)) {
    // The lane is the third part of the name: line, side, lane, epoch, index. An element is not told how far a log has come.
    const lane = (about ?? id)?.split('.')[2];
    if (lane !== 'main') void refresh('calls');
    if (lane !== 'stop') refreshNotices(about ? concerned(facts.notices, [about]) : waitingFor(facts.notices, id));
    refreshSoon('lines');
  } else if (about) {
    // Every kind of notice, and what is said about one. A withdrawal ends conflicts.
    refreshNotices(concerned(facts.notices, id ? [about, id] : [about]));
    refreshSoon('conflicts', 'sweeps', 'downstream');
    // What the desk releases is told to an element as its notice.
    if (isOfElement) void refresh('drafts');
  } else {
    // A newer node says something else.
    refreshAll();
  }
}

export function lineName(line: string): string {
  return [...facts.lines, ...facts.arrangements].find((of) => of.line === line)?.name ?? line;
}

/** The party at the other end. */
export function peerOf(line: string | undefined): string {
  return [...facts.lines, ...facts.arrangements].find((of) => of.line === line)?.peer ?? '';
}

/** The numbers on which a desk of the other party is reached. They are kept by the line's name: that is what a sheet of paper has. */
export function numbersOf(line: string | undefined, desk: string | undefined): string[] {
  return facts.fallback.find((of) => of.line === lineName(line ?? ''))?.telephone.find((of) => of.desk === desk)?.numbers ?? [];
}
