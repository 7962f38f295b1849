/** On whose order the officer acts at this page, if on anybody's: said with everything that is done here until it is ended. */
import { onOrder } from '../api/client.ts';

export interface Order {
  by: string;
  words: string;
  dissent: string | null;
}

let order = $state.raw<Order | undefined>(undefined);

export const ordered = {
  get order(): Order | undefined {
    return order;
  },
  set(by: Order | undefined): void {
    order = by;
    // As base64 of UTF-8: a header carries nothing else.
    onOrder(by && btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(by)))));
  },
};
