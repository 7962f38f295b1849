/** A plan held against what the other parties have declared, each time that it changes. Nobody else learns of it. */
import { Refused, say } from '../api/client.ts';
import type { PlanConflict } from '../api/facts.ts';

/** A volume of a plan: a draft that is kept, or a kind with its slots. */
export type Volume = { draft: string } | { kind: string; slots: Record<string, unknown> };

/** Typing rests for so long before the node is asked. */
const RESTS = 250;

export class Checked {
  conflicts = $state.raw<PlanConflict[]>([]);
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
      return;
    }
    const turn = this.#turn;
    this.#waits = setTimeout(() => void this.#ask(volume, turn), RESTS);
  }

  async #ask(volume: Volume, turn: number): Promise<void> {
    let found: PlanConflict[] = [];
    let isKnown = false;
    try {
      const checked = await say('/api/conflicts/check', {}, { volumes: [volume as never], lines: [] });
      found = checked.conflicts as unknown as PlanConflict[];
      isKnown = true;
    } catch (error) {
      // What cannot be read yet is said at its field when it is kept.
      if (!(error instanceof Refused)) throw error;
    }
    if (turn !== this.#turn) return;
    this.conflicts = found;
    this.isKnown = isKnown;
  }
}
