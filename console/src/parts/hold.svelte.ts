/** A deed that no single touch does: held for a second and a half, or pressed twice. */
export const HOLD = 1_500;
/** Within which the second press counts. */
export const AGAIN_WITHIN = 3_000;

export class Hold {
  phase = $state<'rest' | 'held' | 'once'>('rest');
  readonly #done: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(done: () => void) {
    this.#done = done;
  }

  press(): void {
    clearTimeout(this.#timer);
    if (this.phase === 'once') {
      this.#finish();
      return;
    }
    this.phase = 'held';
    this.#timer = setTimeout(() => this.#finish(), HOLD);
  }

  /** Let go before the time: that was the first press of two. */
  release(): void {
    if (this.phase !== 'held') return;
    clearTimeout(this.#timer);
    this.phase = 'once';
    this.#timer = setTimeout(() => this.rest(), AGAIN_WITHIN);
  }

  rest(): void {
    clearTimeout(this.#timer);
    this.phase = 'rest';
  }

  #finish(): void {
    this.rest();
    this.#done();
  }
}
