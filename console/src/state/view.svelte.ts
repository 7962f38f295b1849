/** What is open beside the lists, and what is being drawn on the map. */
import type { Area, Place } from '../api/facts.ts';

export type Open =
  | { what: 'notice' | 'call' | 'line' | 'draft' | 'element' | 'sweep' | 'watch' | 'hotline' | 'incident'; id: string }
  | { what: 'drafting'; id: string | undefined }
  | { what: 'files' }
  | undefined;

export type Form = 'circle' | 'polygon' | 'corridor';

/** Degrees. */
export interface Spot {
  latitude: number;
  longitude: number;
}

/** A shape on the map before it is a draft. `metres`: a circle's radius, a corridor's width; of a polygon nothing. */
export interface Drawn {
  form: Form;
  points: Spot[];
  metres: number;
}

class View {
  open = $state.raw<Open>(undefined);
  /** Which shape the map waits for. */
  drawing = $state<Form | undefined>(undefined);
  /** Hears what is drawn, while it is and once it is done. */
  drew: (drawn: Drawn, isDone: boolean) => void = () => {};
  drawn = $state.raw<Drawn | undefined>(undefined);
  /** What others would receive of the plan that is open, where that is another shape than the true one. */
  going = $state.raw<Area[]>([]);
  /** Where the plan that is open comes nearest to what has been declared: its place, then theirs. */
  witnesses = $state.raw<[Place, Place][]>([]);
  /** The notice or phrase that is being read back: nowhere on the screen can be copied what is entered again. */
  readingBack = $state<string | undefined>(undefined);
  /** What is open needs room: two things stand side by side in it. */
  isWide = $state(false);
  /** Whether there is a map at all: without WebGL there is none, and everything else works. */
  map = $state<'coming' | 'there' | 'none'>('coming');

  /** What looks like fishing and a person has read, as far as it had come then. */
  readSweeps = $state.raw<readonly string[]>([]);

  /** The past time that is shown instead of now, in Unix milliseconds: nothing can be said from there. */
  past = $state<number | undefined>(undefined);

  is(what: NonNullable<Open>['what'], id: string): boolean {
    return this.open?.what === what && 'id' in this.open && this.open.id === id;
  }

  show(open: Open): void {
    // What is opened is opened as it is now.
    this.past = undefined;
    this.open = open;
  }
}

export const view = new View();
