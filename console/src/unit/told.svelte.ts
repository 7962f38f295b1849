/** What the node tells this telephone, how old that is, and what the unit has said that the node may not hold yet. */
import { read, Refused, say as tell } from '../api/client.ts';
import type { components } from '../api/described.ts';
import type { Place } from '../api/facts.ts';
import { forget, keep, kept, KEPT_FOR } from './kept.ts';

type Schemas = components['schemas'];
/** The description leaves open what a place is. */
interface Placed {
  place: Place | null;
}
export type Asked = Omit<Schemas['AskedShown'], 'place'> & Placed;
export type Pause = Omit<Schemas['PauseShown'], 'place'> & Placed;
export type Told = Omit<Schemas['PageShown'], 'middle' | 'notices' | 'pauses'> & {
  middle: Place | null;
  notices: Asked[];
  pauses: Pause[];
};

/** How often the node is asked. */
const ASK_EVERY = 1_500;
/** After how long without an answer the page says that it is deaf. */
export const DEAF_AFTER = 4_000;
const LOOK_EVERY = 250;

class OfUnit {
  /** What the node said last; none before it has. */
  told = $state.raw<Told | undefined>(undefined);
  /** Enrolled for no unit: the node says so. */
  isOut = $state(false);
  isDeaf = $state(false);
  /** How long ago the node was heard, in milliseconds, by this telephone's own clock. */
  age = $state(0);
  /** What the unit has received by its own word, and the node does not hold yet. */
  unsent = $state.raw<string[]>([]);

  /** By this telephone's own clock, which also runs while the page is closed, and may be set. */
  #heard = Date.now();
  /** The same, by one that nobody sets; it begins with the page. */
  #heardHere = performance.now();

  constructor() {
    const before = kept(this.#heard);
    if (!before) return;
    // Old until the node says otherwise.
    this.told = before.told;
    this.unsent = before.unsent;
    this.#heard = before.heard;
    this.#heardHere = -Infinity;
    this.#look();
  }

  /** Asks for as long as the page is there. */
  async begin(): Promise<void> {
    setInterval(() => this.#look(), LOOK_EVERY);
    await this.#enrol();
    for (;;) {
      await this.#ask();
      await new Promise((done) => setTimeout(done, ASK_EVERY));
    }
  }

  /** The unit has it. Said again until the node holds it. */
  async has(subject: string): Promise<void> {
    if (!this.unsent.includes(subject)) this.unsent = [...this.unsent, subject];
    this.#keep();
    await this.#send();
  }

  #look(): void {
    const here = performance.now() - this.#heardHere;
    this.age = Math.max(0, Date.now() - this.#heard, Number.isFinite(here) ? here : 0);
    this.isDeaf = !this.isOut && here > DEAF_AFTER;
    if (this.age < KEPT_FOR || !this.told) return;
    this.told = undefined;
    forget();
  }

  #hear(told: Told): void {
    this.told = told;
    this.#heard = Date.now();
    this.#heardHere = performance.now();
    this.isOut = false;
    // What is over is asked of nobody any more.
    const subjects = [...told.notices, ...told.pauses].map((of) => of.subject);
    this.unsent = this.unsent.filter((subject) => subjects.includes(subject));
    this.#look();
    this.#keep();
  }

  #keep(): void {
    if (this.told) keep({ told: this.told, heard: this.#heard, unsent: this.unsent });
  }

  /** A one-time code behind the `#` enrols this telephone; it is taken off the address, so that nobody reads it there. */
  async #enrol(): Promise<void> {
    const code = /^#enrol=([\w-]+)$/.exec(location.hash)?.[1];
    if (!code) return;
    history.replaceState(null, '', location.pathname);
    try {
      await tell('/api/unit/telephone', {}, { code });
    } catch (error) {
      // A link that was used already may have been by this telephone: the node says whose it is.
      if (!(error instanceof Refused)) throw error;
    }
  }

  async #ask(): Promise<void> {
    try {
      this.#hear((await read('/api/unit')) as unknown as Told);
      if (this.unsent.length) await this.#send();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem?.status === 401) {
        this.isOut = true;
        this.told = undefined;
        this.unsent = [];
        forget();
      }
    }
  }

  async #send(): Promise<void> {
    for (const subject of this.unsent) {
      try {
        await tell('/api/unit/receipts', {}, { subject });
        this.unsent = this.unsent.filter((other) => other !== subject);
        this.#hear((await read('/api/unit')) as unknown as Told);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        // The node refuses what concerns the unit no more: then there is nothing left to say.
        if (error.problem?.status === 422) {
          this.unsent = this.unsent.filter((other) => other !== subject);
          this.#keep();
        }
      }
    }
  }
}

export const ofUnit = new OfUnit();
