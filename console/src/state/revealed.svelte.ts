/** What an answer to a notice would give away, asked of the node before it is given. Nothing is said or recorded by it. */
import { Refused, say } from '../api/client.ts';
import type { Reveals } from '../api/facts.ts';

export class Revealed {
  reveals = $state.raw<Reveals | undefined>(undefined);
  refused = $state.raw<Refused | undefined>(undefined);
  #turn = 0;

  async look(entry: string, answer: string): Promise<void> {
    const turn = (this.#turn += 1);
    this.reveals = this.refused = undefined;
    if (!answer) return;
    try {
      const found = (await say('/api/notices/{entry}/answer/preview', { entry }, { answer })) as unknown as Reveals;
      if (turn === this.#turn) this.reveals = found;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (turn === this.#turn) this.refused = error;
    }
  }
}
