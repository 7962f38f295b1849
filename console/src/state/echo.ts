/** A typed position, as the node understands it, before anyone uses it. */
import { Refused, say } from '../api/client.ts';
import type { Place } from '../api/facts.ts';

export interface Echo {
  form: string;
  datum: string;
  place: Place | undefined;
  /** Why it cannot be read, in the node's words. */
  refused: string;
}

export async function echoed(text: string): Promise<Echo> {
  try {
    const read = await say('/api/positions', {}, { text });
    return { form: read.form, datum: read.datum, place: read.place as unknown as Place, refused: '' };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { form: '', datum: '', place: undefined, refused: error.message };
  }
}
