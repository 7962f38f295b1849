/** What the node knows, as far as this desk sees it. Only what the node said last is kept; nothing is worked out here. */
import { read, Refused } from '../api/client.ts';
import type { Alarm, Arrangement, Call, Check, Conflict, Draft, Element, Fallback, Line, Notice, Sweep, Watch } from '../api/facts.ts';
import { now } from './now.svelte.ts';

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
}

export const facts = new Facts();
type Kind = keyof Facts;

const asks: { [K in Kind]: () => Promise<void> } = {
  lines: async () => void (facts.lines = await read('/api/lines')),
  arrangements: async () => void (facts.arrangements = (await read('/api/arrangements')) as unknown as Arrangement[]),
  calls: async () => void (facts.calls = (await read('/api/calls')) as unknown as Call[]),
  notices: readNotices,
  conflicts: readConflicts,
  drafts: async () => void (facts.drafts = (await read('/api/drafts')) as unknown as Draft[]),
  sweeps: async () => void (facts.sweeps = await read('/api/fishing')),
  checks: async () => void (facts.checks = await read('/api/checks')),
  watch: async () => void (facts.watch = await read('/api/watch')),
  alarms: readAlarms,
  fallback: async () => void (facts.fallback = await read('/api/fallback')),
  elements: async () => void (facts.elements = await read('/api/elements')),
};

/** A notice opens and ends by the clock, and nothing is said then: the list is read again when the next one does. */
let turning: ReturnType<typeof setTimeout> | undefined;
/** The longest that a browser's timer waits. */
const LONGEST = 2 ** 31 - 1;
/** The node's clock is told to the second: it has turned by then. */
const TURNED = 1_200;

async function readNotices(): Promise<void> {
  facts.notices = (await read('/api/notices')) as unknown as Notice[];
  const turns = facts.notices.flatMap((of) => (of.slots?.window ? [of.slots.window.from, of.slots.window.until] : []));
  const next = Math.min(...turns.filter((at) => at >= now.ms)) - now.ms + TURNED;
  clearTimeout(turning);
  if (Number.isFinite(next)) turning = setTimeout(() => void refresh('notices'), Math.min(next, LONGEST));
}

/** To an officer of an element theirs have no name: with how many a notice of its own conflicts is not told either. */
async function readConflicts(): Promise<void> {
  const found = (await read('/api/conflicts')) as unknown as Conflict[];
  facts.conflicts = [...new Map(found.map((of) => [`${of.ours} ${of.theirs}`, of])).values()];
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
    facts.alarms = [...standing, ...lost];
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

/** Whether who is signed in speaks for an element, and so asks for nothing but its own. */
export function asksForElement(is: boolean): void {
  isOfElement = is;
}

const under = new Map<Kind, Promise<void>>();
const again = new Set<Kind>();
/** Asked for again where the node did not answer. */
const AGAIN_AFTER = 1_000;

/** Reads a list again; while it is being read, once more after that, since what changed may have come too late for it. */
export function refresh(kind: Kind): Promise<void> {
  if (isOfElement && !OF_ELEMENT.has(kind)) return Promise.resolve();
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
      if (again.delete(kind)) void refresh(kind);
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

const OF_CALLS = /^stop-/;
const OF_LINES = new Set(['link', 'clock', 'fault', 'main-halted', 'manifest', 'epoch', 'standing', 'main-stopped', 'main-resumed']);
const RECEIPTS = new Set(['received', 'refused', 'delivered']);

/** What counts the traffic of a line is read again when it has calmed down: what is said comes first. */
const COUNTS_AFTER = 500;
let counting: ReturnType<typeof setTimeout> | undefined;

function recount(): void {
  counting ??= setTimeout(() => {
    counting = undefined;
    void refresh('lines');
  }, COUNTS_AFTER);
}

/** What to read again once the node has said that `what` has changed; `id` names the entry or the log that it is about. */
export function changed(what: string, id: string | null): void {
  if (OF_CALLS.test(what)) {
    void refresh('calls');
    recount();
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
  } else if (what === 'arrangement') {
    refreshAll();
  } else if (OF_LINES.has(what)) {
    void refresh('lines');
  } else if (RECEIPTS.has(what)) {
    // The lane is the third part of the name: line, side, lane, epoch, index. An element is not told how far a log has come.
    const lane = id?.split('.')[2];
    if (lane !== 'main') void refresh('calls');
    if (lane !== 'stop') void refresh('notices');
    recount();
  } else {
    // Every kind of notice, and what is said about one. A withdrawal ends conflicts.
    void refresh('notices');
    void refresh('conflicts');
    void refresh('sweeps');
    // What the desk releases is told to an element as its notice.
    if (isOfElement) void refresh('drafts');
  }
}

export function lineName(line: string): string {
  return [...facts.lines, ...facts.arrangements].find((of) => of.line === line)?.name ?? line;
}

/** The party at the other end. */
export function peerOf(line: string | undefined): string {
  return [...facts.lines, ...facts.arrangements].find((of) => of.line === line)?.peer ?? '';
}

/** The numbers on which a desk of the other party is reached. */
export function numbersOf(line: string | undefined, desk: string | undefined): string[] {
  return facts.fallback.find((of) => of.line === line)?.telephone.find((of) => of.desk === desk)?.numbers ?? [];
}
