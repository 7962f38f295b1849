/** Who is signed in here, and whether what the page shows is so now. */
import { onAside, read, Refused, remove, say } from '../api/client.ts';
import { Events } from '../api/events.ts';
import type { Alarm, Me, Told } from '../api/facts.ts';
import { asksAs, changed, facts, forgetAll, refresh, refreshAll, refreshNotices, tellAlarms } from './facts.svelte.ts';
import { now } from './now.svelte.ts';
import { ordered } from './ordered.svelte.ts';
import { sound } from './sound.svelte.ts';
import { words } from '../words/words.svelte.ts';

/** Where a link of `standclear officer link` carries its code. */
const CODE = '#sign-in=';
/** How often the node is asked what is wrong with itself, when nothing else is asked. */
const ASK_EVERY = 5_000;

class Desk {
  /** `undefined`: not known yet; `null`: nobody. */
  me = $state.raw<Me | null | undefined>(undefined);
  /** Why a sign-in was refused, in the node's words. */
  refused = $state('');
  /** When the node ended the session, and nobody here did. In Unix milliseconds. */
  endedAt = $state<number | undefined>(undefined);
  /** Everything that stood was told, and the socket answers. */
  isLive = $state(false);
  /** Since when nothing is heard, in Unix milliseconds. */
  lostSince = $state<number | undefined>(undefined);
  /** Alarms whose tone was turned off at this page alone: an officer of an element turns off none of the desk's. */
  quietHere = $state.raw<readonly string[]>([]);
  /** What is wrong with the node itself. */
  state = $state.raw<string[]>([]);

  get desks(): string[] {
    return this.me?.desks ?? [];
  }

  /** The element that whoever is signed in speaks for, and for nobody else. */
  get element(): string | undefined {
    return this.me?.element ?? undefined;
  }

  /** The numbers on which the other parties are reached; kept when the node is gone. */
  get telephone(): { peer: string; desk: string; numbers: string[] }[] {
    return facts.fallback.flatMap((line) => {
      // An element is heard at one desk of each party.
      const only = this.element && facts.elements[0]?.lines.find((of) => of.line === line.line)?.desk;
      const shown = line.telephone.filter((of) => !only || of.desk === only);
      return (shown.length ? shown : line.telephone).map((of) => ({ peer: line.peer, desk: of.desk, numbers: of.numbers }));
    });
  }
}

export const desk = new Desk();

const events = new Events('', { told, lost });
let asking: ReturnType<typeof setInterval> | undefined;

onAside((aside) => {
  if (aside.at !== undefined) now.heard(aside.at);
  desk.state = aside.state;
  if (aside.signedOut && desk.me) ended();
});

/** At the start: by the link that was opened, or by the session that there is. */
export async function begin(): Promise<void> {
  if (location.hash.startsWith(CODE)) {
    const given = location.hash.slice(CODE.length);
    // Off the address bar at once: it is good once, and nobody need see it.
    history.replaceState(null, '', location.pathname);
    await signIn(given);
    return;
  }
  try {
    await signedIn(await read('/api/me'));
  } catch (error) {
    desk.me = null;
    if (error instanceof Refused && error.problem?.status === 401) return;
    desk.refused = error instanceof Error ? error.message : String(error);
  }
}

export async function signIn(given: string): Promise<void> {
  const code = given.trim().split(CODE).at(-1) ?? '';
  try {
    await say('/api/sessions', {}, { code });
    desk.refused = '';
    await signedIn(await read('/api/me'));
  } catch (error) {
    desk.me = null;
    desk.refused = error instanceof Error ? error.message : String(error);
  }
}

export async function signOut(): Promise<void> {
  await remove('/api/sessions', {});
  sound.end();
  out();
}

async function signedIn(me: Me): Promise<void> {
  asksAs(me);
  // The page of an element says other things of itself from the beginning.
  if (me.element) await words.also('represented');
  desk.endedAt = undefined;
  desk.me = me;
  events.open();
  clearInterval(asking);
  asking = setInterval(() => void refresh('alarms'), ASK_EVERY);
}

/** A desk that nobody meant to leave must not fall silent unnoticed. */
function ended(): void {
  desk.endedAt = now.ms;
  sound.leave();
  out();
}

function out(): void {
  events.close();
  ordered.set(undefined);
  clearInterval(asking);
  forgetAll();
  desk.me = null;
  desk.isLive = false;
  desk.lostSince = undefined;
}

function lost(): void {
  desk.isLive = false;
  desk.lostSince ??= now.ms;
}

function told(said: Told): void {
  switch (said.type) {
    case 'ready':
      desk.isLive = true;
      desk.lostSince = undefined;
      refreshAll();
      return;
    case 'alarm':
      put(said);
      if (said.kind.startsWith('stop')) void refresh('calls');
      else if (said.entry) refreshNotices([said.entry]);
      return;
    case 'alarm-ended':
      tellAlarms((alarms) => alarms.filter((alarm) => alarm.alarm !== said.alarm));
      desk.quietHere = desk.quietHere.filter((alarm) => alarm !== said.alarm);
      return;
    case 'alarm-silenced':
      tellAlarms((alarms) => alarms.map((alarm) => (alarm.alarm === said.alarm ? { ...alarm, silenced: true } : alarm)));
      return;
    case 'changed':
      changed(said);
      return;
    case 'here':
    case 'start-over':
      return;
    default:
      // A newer node says something else: what it is about is read again.
      said satisfies never;
      refreshAll();
  }
}

/** Whether an alarm calls whoever is signed in here. What calls another desk is in the list, and sounds there. */
export function isOurs(alarm: Alarm): boolean {
  // Of the others' an officer of an element is told none.
  if (desk.element) return true;
  const calls = (name: string): boolean => desk.desks.includes(name) || desk.desks.includes('senior');
  if (calls(alarm.desk) || alarm.kind === 'cannot-send' || alarm.kind === 'notices-stopped') return true;
  // A line that is down is every desk's that is agreed on it.
  return alarm.kind === 'link-down' && (facts.lines.find((line) => line.line === alarm.line)?.desks.some(calls) ?? false);
}

function put(alarm: Alarm): void {
  tellAlarms((alarms) => [...alarms.filter((other) => other.alarm !== alarm.alarm || other.desk !== alarm.desk), alarm]);
}
