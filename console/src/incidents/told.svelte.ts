/** Claims and warnings as the node told them last, of both sides. */
import { read, Refused } from '../api/client.ts';
import type { Changed, Claim, Warning } from '../api/facts.ts';
import { kept } from '../state/stale.ts';

/** Asked again where the node did not answer. */
const AGAIN_AFTER = 1_000;
const OURS = new Set(['claim', 'claim-answer', 'claim-statement', 'warning', 'warning-received']);
const RECEIPTS = new Set(['delivered', 'received', 'refused', 'displayed', 'withdrawal']);

export type Incident = Claim | Warning;

class Told {
  claims = $state.raw<Claim[]>([]);
  warnings = $state.raw<Warning[]>([]);
  #isUnder = false;
  #again = false;

  /** Reads both again; while they are being read, once more after that. */
  async refresh(): Promise<void> {
    if (this.#isUnder) {
      this.#again = true;
      return;
    }
    this.#isUnder = true;
    try {
      this.claims = kept<Claim>(this.claims, (await read('/api/claims')) as unknown as Claim[]);
      this.warnings = kept<Warning>(this.warnings, (await read('/api/warnings')) as unknown as Warning[]);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Not signed in, or not reachable: either is said elsewhere.
      if (error.problem?.status === 503) setTimeout(() => void this.refresh(), AGAIN_AFTER);
    } finally {
      this.#isUnder = false;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
      }
    }
  }

  forget(): void {
    this.claims = [];
    this.warnings = [];
  }

  /** Whether it is of claims and warnings alone; what may be of them as well makes them read again. */
  hears({ what, about, id }: Changed): boolean {
    const all = [...this.claims, ...this.warnings];
    const isOurs = OURS.has(what) || all.some((of) => of.entry === about || of.entry === id);
    const mayBe = RECEIPTS.has(what) && all.some((of) => of.from === 'own' && !of.delivered);
    if (isOurs || mayBe) void this.refresh();
    return isOurs;
  }

  of(entry: string): { claim: Claim | undefined; warning: Warning | undefined } {
    return {
      claim: this.claims.find((of) => of.entry === entry),
      warning: this.warnings.find((of) => of.entry === entry),
    };
  }
}

export const record = new Told();
