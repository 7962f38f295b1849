/** Bearing and distance from a named point, typed from another source. Never filled in, not from the shape and not from a draft. */
import type { Sketch } from './sketch.svelte.ts';

export class Second {
  reference = $state('');
  bearing = $state('');
  distance = $state('');
  /** Which point of a polygon or a corridor they lead to, from 0. */
  point = $state(0);

  get isBegun(): boolean {
    return Boolean(this.reference || this.bearing || this.distance);
  }

  /** As the node takes it. */
  given(sketch: Sketch): Record<string, unknown> {
    const { reference, bearing, distance } = this;
    const anchor = sketch.form === 'circle' ? 'centre' : { [sketch.form === 'polygon' ? 'vertex' : 'point']: this.point };
    return { reference, bearing, distance, anchor };
  }
}
