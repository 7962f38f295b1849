/** What the node tells this telephone, how old that is, and what the unit has said that the node may not hold yet. */
import { read, Refused, say as tell } from '../api/client.ts';
import type { components } from '../api/described.ts';
import type { Place } from '../api/facts.ts';

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
  /** What the unit has received by its own word, and the node does not hold yet. */
  unsent = $state.raw<string[]>([]);

  #heard = performance.now();

  /** Asks for as long as the page is there. */
  async begin(): Promise<void> {
    setInterval(() => {
      this.isDeaf = !this.isOut && performance.now() - this.#heard > DEAF_AFTER;
    }, LOOK_EVERY);
    await this.#enrol();
    for (;;) {
      await this.#ask();
      await new Promise((done) => setTimeout(done, ASK_EVERY));
    }
  }

  /** The unit has it. Said again until the node holds it. */
  async has(subject: string): Promise<void> {
    if (!this.unsent.includes(subject)) this.unsent = [...this.unsent, subject];
    await this.#send();
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
      this.told = (await read('/api/unit')) as unknown as Told;
      this.#heard = performance.now();
      this.isOut = false;
      // What is over is asked of nobody any more.
      const subjects = [...this.told.notices, ...this.told.pauses].map((of) => of.subject);
      this.unsent = this.unsent.filter((subject) => subjects.includes(subject));
      if (this.unsent.length) await this.#send();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.problem?.status === 401) {
        this.isOut = true;
        this.told = undefined;
      }
    }
  }

  async #send(): Promise<void> {
    for (const subject of this.unsent) {
      try {
        await tell('/api/unit/receipts', {}, { subject });
        this.unsent = this.unsent.filter((other) => other !== subject);
        this.told = (await read('/api/unit')) as unknown as Told;
        this.#heard = performance.now();
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        // The node refuses what concerns the unit no more: then there is nothing left to say.
        if (error.problem?.status === 422) this.unsent = this.unsent.filter((other) => other !== subject);
      }
    }
  }
}

export const ofUnit = new OfUnit();
