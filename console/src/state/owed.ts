/** What the called party still owes of a stop call, and until when by the arrangement. The node alarms by the same terms. */
import type { Arrangement, Call } from '../api/facts.ts';

export interface Debt {
  what: 'answer' | 'confirm' | 'pause' | 'resume';
  /** Unix milliseconds. */
  until: number;
}

export function owed(call: Call, agreed: Arrangement | undefined): Debt | undefined {
  const terms = agreed?.stop;
  switch (call.phase) {
    case 'accepted':
      return { what: 'answer', until: (call.accepted_at ?? call.sent_at) + (terms?.answer_ms ?? 0) };
    case 'pause ordered': {
      // The first order counts: saying it again gains no time.
      const ordered = call.answers.find((answer) => answer.answer === 'pause-ordered');
      return { what: 'confirm', until: (ordered?.at ?? call.sent_at) + (terms?.confirm_ms ?? 0) };
    }
    case 'pause confirmed':
      return { what: 'pause', until: call.owed_until };
    case 'lifted by the caller only':
      return { what: 'resume', until: call.owed_until };
    default:
      return undefined;
  }
}
