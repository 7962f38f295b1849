/** What was known to this desk at a past time, as the node folds it from its record. */
import { read, Refused } from '../api/client.ts';
import type { components } from '../api/described.ts';
import type { Call, Conflict, Notice, Phrase, Slots } from '../api/facts.ts';
import { facts } from '../state/facts.svelte.ts';
import { view } from '../state/view.svelte.ts';
import { words } from '../words/words.svelte.ts';

type Schemas = components['schemas'];

export type Known = Omit<Schemas['StateShown'], 'notices' | 'conflicts' | 'calls' | 'phrases'> & {
  notices: Notice[];
  conflicts: Conflict[];
  phrases: Phrase[];
  calls: (Omit<Schemas['CallThen'], 'details'> & { details?: Slots | null })[];
};

/** A stop call as the map draws it. */
export type Pointed = Pick<Call, 'call' | 'phase' | 'details'>;

class Past {
  /** What is shown; its own `at` is the time of it, whatever is being read meanwhile. */
  known = $state.raw<Known | undefined>(undefined);
  isReading = $state(false);
  refused = $state.raw<Refused | undefined>(undefined);
  /** The notice of that time that is open. */
  chosen = $state<string | undefined>(undefined);
  #wanted: string | undefined;

  /** Unix milliseconds, or as typed: the node reads it. While one answer is awaited only the newest wish is kept. */
  async go(at: number | string): Promise<void> {
    if (typeof at === 'number') view.past = at;
    this.#wanted = String(at);
    if (this.isReading) return;
    this.isReading = true;
    try {
      while (this.#wanted !== undefined) {
        const wanted = this.#wanted;
        this.#wanted = undefined;
        const known = (await read('/api/state', {}, { at: wanted, language: words.language })) as unknown as Known;
        // Live again meanwhile: what comes now is not shown.
        const isWanted = view.past !== undefined || typeof at === 'string';
        this.refused = undefined;
        if (!isWanted) continue;
        this.known = known;
        if (this.#wanted === undefined) view.past = known.at;
      }
    } catch (error) {
      this.#wanted = undefined;
      this.refused = error instanceof Refused ? error : new Refused(undefined, String(error));
    } finally {
      this.isReading = false;
    }
  }

  live(): void {
    this.#wanted = undefined;
    view.past = undefined;
    this.forget();
  }

  forget(): void {
    this.known = undefined;
    this.chosen = undefined;
    this.refused = undefined;
  }
}

export const past = new Past();

/** What the map draws: of that time where the past is shown, and nothing of now with it. */
export const drawn = {
  get notices(): Notice[] {
    return view.past === undefined ? facts.notices : (past.known?.notices ?? []);
  },
  /** Where stop calls were said to be. One that comes in ends the replay, and is drawn again. */
  get calls(): readonly Pointed[] {
    return view.past === undefined ? facts.calls : (past.known?.calls ?? []).map((of) => ({ call: of.call, phase: of.phase ?? '', details: of.details ?? null }));
  },
  get conflicts(): Conflict[] {
    return view.past === undefined ? facts.conflicts : (past.known?.conflicts ?? []);
  },
};
