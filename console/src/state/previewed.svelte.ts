/** What a release would send, asked of the node each time that its terms change. Nothing is journalled or sent by it. */
import { Refused, say } from '../api/client.ts';
import type { Preview } from '../api/facts.ts';

export interface Terms {
  lines: string[];
  purpose: string;
  authority: string;
  element: string;
}

/** As the node takes them. */
export const given = (terms: Terms) => ({ authority: terms.authority, purpose: terms.purpose, element: terms.element || null });

/** Typing rests for so long before the node is asked. */
const RESTS = 250;

export class Previewed {
  on = $state.raw<Preview[]>([]);
  refused = $state.raw<Refused | undefined>(undefined);
  /** What is shown is what would go under the terms that stand there now. */
  isKnown = $state(false);
  #turn = 0;
  #waits: ReturnType<typeof setTimeout> | undefined;

  /** `undefined`: the terms are not complete. */
  look(draft: string, terms: Terms | undefined): void {
    this.#turn += 1;
    this.isKnown = false;
    clearTimeout(this.#waits);
    if (!terms) {
      this.on = [];
      this.refused = undefined;
      return;
    }
    const turn = this.#turn;
    this.#waits = setTimeout(() => void this.#ask(draft, terms, turn), RESTS);
  }

  async #ask(draft: string, terms: Terms, turn: number): Promise<void> {
    let found: Preview[] = [];
    let refused: Refused | undefined;
    try {
      const body = { lines: terms.lines, terms: given(terms), in_conflict: false };
      found = (await say('/api/drafts/{draft}/preview', { draft }, body)) as unknown as Preview[];
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error;
    }
    if (turn !== this.#turn) return;
    this.on = found;
    this.refused = refused;
    this.isKnown = !refused;
  }
}
