/** What the node tells this wall page: its desk's alarms, and whether anything is heard at all. */
import { onAside, read, Refused, say as tell } from '../api/client.ts';
import type { components } from '../api/described.ts';
import { Events } from '../api/events.ts';
import type { Alarm, Told } from '../api/facts.ts';
import { now } from '../state/now.svelte.ts';
import { forget, keep, kept } from './kept.ts';

type Page = components['schemas']['WallPage'];

/** How often the node is asked which wall page this is: it may have been taken away. */
const ASK_EVERY = 5_000;
const EVENTS = '/api/wall/events';

class OfWall {
  page = $state.raw<Page | undefined>(undefined);
  alarms = $state.raw<Alarm[]>([]);
  /** Enrolled as no wall page: the node says so. */
  isOut = $state(false);
  /** Everything that stood was told, and the socket answers. */
  isLive = $state(false);
  /** Since when nothing is heard, in Unix milliseconds. */
  lostSince = $state<number | undefined>(undefined);

  /** What was told since the socket opened: what is not among it ended while nobody listened. */
  #told = new Set<string>();
  #events: Events | undefined;
  #sounds: boolean | undefined;

  /** Asks for as long as the page is there. */
  async begin(): Promise<void> {
    onAside((aside) => {
      if (aside.at !== undefined) now.heard(aside.at);
    });
    await this.#enrol();
    for (;;) {
      await this.#ask();
      await new Promise((done) => setTimeout(done, ASK_EVERY));
    }
  }

  /** Whether the page sounds: the node is told, and its desk has a sounder more. */
  sounds(does: boolean): void {
    if (this.#sounds === does) return;
    this.#sounds = does;
    if (this.#events) this.#listen();
  }

  async accept(call: string, officer: string, pin: string): Promise<void> {
    await tell('/api/wall/accept', {}, { call, officer, pin });
  }

  /** Opened while the node is away: how it was, and that it was so then. */
  #restore(): void {
    const before = this.page ? undefined : kept(Date.now());
    if (!before) return;
    this.page = before.page;
    this.alarms = before.alarms;
    this.lostSince = before.heard;
  }

  /** As it is heard: what is older than the node's last word is not written over with now. */
  #keep(): void {
    if (this.page && this.isLive) keep({ page: this.page, alarms: this.alarms, heard: Date.now() });
  }

  #listen(): void {
    this.#events?.close();
    this.#told.clear();
    this.#events = new Events(`?sounds=${this.#sounds ?? false}`, { told: (told) => this.#hear(told), lost: () => this.#lost() }, EVENTS);
    this.#events.open();
  }

  #lost(): void {
    this.isLive = false;
    this.lostSince ??= now.ms;
    this.#told.clear();
  }

  #hear(told: Told): void {
    if (told.type === 'alarm') {
      this.#told.add(told.alarm + told.desk);
      this.alarms = [...this.alarms.filter((other) => other.alarm !== told.alarm || other.desk !== told.desk), told];
    } else if (told.type === 'alarm-ended') {
      this.alarms = this.alarms.filter((alarm) => alarm.alarm !== told.alarm);
    } else if (told.type === 'alarm-silenced') {
      this.alarms = this.alarms.map((alarm) => (alarm.alarm === told.alarm ? { ...alarm, silenced: true } : alarm));
    } else if (told.type === 'ready') {
      this.alarms = this.alarms.filter((alarm) => this.#told.has(alarm.alarm + alarm.desk));
      this.isLive = true;
      this.lostSince = undefined;
    }
    this.#keep();
  }

  /** A one-time code behind the `#` enrols this screen; it is taken off the address, so that nobody reads it there. */
  async #enrol(): Promise<void> {
    const code = /^#enrol=([\w-]+)$/.exec(location.hash)?.[1];
    if (!code) return;
    history.replaceState(null, '', location.pathname);
    try {
      await tell('/api/wall/screen', {}, { code });
    } catch (error) {
      // A link that was used already may have been by this screen: the node says whose it is.
      if (!(error instanceof Refused)) throw error;
    }
  }

  async #ask(): Promise<void> {
    try {
      this.page = await read('/api/wall');
      this.isOut = false;
      if (!this.#events) this.#listen();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem?.status !== 401) {
        this.#restore();
        // Before it was ever heard the socket says nothing of it.
        if (!this.isLive) this.lostSince ??= now.ms;
        return;
      }
      this.#events?.close();
      this.#events = undefined;
      this.isOut = true;
      this.isLive = false;
      this.lostSince = undefined;
      this.page = undefined;
      this.alarms = [];
      forget();
    }
  }
}

export const ofWall = new OfWall();
