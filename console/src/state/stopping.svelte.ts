/** A stop call going out, and what came of it, line by line, until somebody has read it. */
import { Refused, say } from '../api/client.ts';
import type { Outcome } from '../api/facts.ts';
import { refresh } from './facts.svelte.ts';
import { now } from './now.svelte.ts';
import { view } from './view.svelte.ts';

export interface Sent {
  at: number;
  stopped: Outcome['stopped'];
  /** It did not reach this node, or this node took it on no line. */
  refused: Refused | undefined;
}

class Stopping {
  sent = $state.raw<Sent | undefined>(undefined);
  isUnder = $state(false);

  /** `desk`: none for an element, which calls on each line the desk for elements. */
  async stop(desk: string | null, lines: string[]): Promise<void> {
    if (this.isUnder) return;
    this.isUnder = true;
    const at = now.ms;
    try {
      const { stopped } = await say('/api/calls', {}, { desk, lines, slots: {} });
      this.sent = { at, stopped, refused: undefined };
      void refresh('calls');
      const [first] = stopped.filter((on) => on.call);
      if (first) view.show({ what: 'call', id: first.call });
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(undefined, String(error));
      this.sent = { at, stopped: [], refused };
    } finally {
      this.isUnder = false;
    }
  }
}

export const stopping = new Stopping();
