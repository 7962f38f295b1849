/** One thing that an officer asks the node to do, and what came of it. */
import { Refused } from '../api/client.ts';

export class Doing {
  isUnder = $state(false);
  /** Why it was refused, in the node's words. */
  refused = $state.raw<Refused | undefined>(undefined);

  /** Whether it was done. */
  async do(act: () => Promise<unknown>): Promise<boolean> {
    if (this.isUnder) return false;
    this.isUnder = true;
    this.refused = undefined;
    try {
      await act();
      return true;
    } catch (error) {
      this.refused = error instanceof Refused ? error : new Refused(undefined, String(error));
      return false;
    } finally {
      this.isUnder = false;
    }
  }
}
