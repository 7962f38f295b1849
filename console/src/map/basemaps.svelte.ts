/** The maps that may lie below: the one of the program, and the operator's files in the node's folder. */
import { read, Refused } from '../api/client.ts';
import type { Basemap, Maps } from '../api/facts.ts';

class Basemaps {
  /** As the node found them when it was last asked. */
  found = $state.raw<Maps | undefined>(undefined);
  refused = $state.raw<Refused | undefined>(undefined);
  /** The name of the operator's map that is wanted; none: the program's. */
  wanted = $state<string | undefined>(undefined);

  /** What is shown; nothing: the program's, also where the wanted one is not there. */
  get chosen(): Basemap | undefined {
    return this.found?.maps.find((of) => of.name === this.wanted);
  }

  get isGone(): boolean {
    return this.wanted !== undefined && this.found !== undefined && this.chosen === undefined;
  }

  async look(): Promise<void> {
    try {
      this.found = await read('/api/maps');
      this.refused = undefined;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.refused = error;
    }
  }
}

export const basemaps = new Basemaps();
