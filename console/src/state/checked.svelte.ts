/** A plan held against what the other parties have declared, each time that it changes. Nobody else learns of it. */
import { Refused, say } from '../api/client.ts';
import type { PlanConflict } from '../api/facts.ts';

/** A volume of a plan: a draft that is kept, or a kind with its slots. */
export type Volume = { draft: string } | { kind: string; slots: Record<string, unknown> };

/** Typing rests for so long before the node is asked. */
const RESTS = 250;

export class Checked {
  conflicts = $state.raw<PlanConflict[]>([]);
  /** Why the node cannot look at it yet, in its own words. */
  refused = $state('');
  /** The node has looked at what stands there now. */
  isKnown = $state(false);
  #turn = 0;
  #waits: ReturnType<typeof setTimeout> | undefined;

  /** `undefined`: there is not enough of it yet. */
  look(volume: Volume | undefined): void {
    this.#turn += 1;
    this.isKnown = false;
    clearTimeout(this.#waits);
    if (!volume) {
      this.conflicts = [];
      this.refused = '';
      return;
    }
    const turn = this.#turn;
    this.#waits = setTimeout(() => void this.#ask(volume, turn), RESTS);
  }

  async #ask(volume: Volume, turn: number): Promise<void> {
    let found: PlanConflict[] = [];
    let isKnown = false;
    let refused = '';
    try {
      const checked = await say('/api/conflicts/check', {}, { volumes: [volume as never], lines: [] });
      found = checked.conflicts as unknown as PlanConflict[];
      isKnown = true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error.message;
    }
    if (turn !== this.#turn) return;
    this.conflicts = found;
    this.refused = refused;
    this.isKnown = isKnown;
  }
}
