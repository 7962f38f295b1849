/** What is open beside the lists, and what is being drawn on the map. */
import type { Place } from '../api/facts.ts';

export type Open =
  | { what: 'notice' | 'call' | 'line' | 'draft'; id: string }
  | { what: 'drafting'; id: string | undefined }
  | undefined;

/** A circle that is drawn, or typed and echoed: what the map shows before it is a draft. */
export interface Drawn {
  latitude: number;
  longitude: number;
  radiusMetres: number;
}

class View {
  open = $state.raw<Open>(undefined);
  /** The map waits for a circle to be drawn. */
  isDrawing = $state(false);
  drawn = $state.raw<Drawn | undefined>(undefined);
  /** Where the plan that is open comes nearest to what has been declared: its place, then theirs. */
  witnesses = $state.raw<[Place, Place][]>([]);
  /** Whether there is a map at all: without WebGL there is none, and everything else works. */
  map = $state<'coming' | 'there' | 'none'>('coming');

  is(what: NonNullable<Open>['what'], id: string): boolean {
    return this.open?.what === what && this.open.id === id;
  }

  show(open: Open): void {
    this.open = open;
    if (open?.what !== 'drafting') {
      this.isDrawing = false;
      this.drawn = undefined;
    }
  }
}

export const view = new View();
