/** The time, by the node's clock: what is owed is owed by that one, however wrong this machine's is. */
const TICK = 250;
/** The node tells its time to the second; what is nearer than this is the same. */
const SAME = 2_000;

let ahead = 0;
let ms = $state(Date.now());

setInterval(() => {
  ms = Date.now() + ahead;
}, TICK);

export const now = {
  /** Unix milliseconds. */
  get ms(): number {
    return ms;
  },
  heard(at: number): void {
    const found = at - Date.now();
    ahead = Math.abs(found) > SAME ? found : 0;
  },
};
