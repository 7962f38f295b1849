/** A file of evidence is kept at this party's node. Its name is not told: only its bytes and what it is are. */
import { Refused, type Problem } from '../api/client.ts';
import type { Evidence } from '../api/facts.ts';
import { MEDIA } from './codes.ts';

const WITHIN = 120_000;

export async function keepEvidence(file: File): Promise<Evidence> {
  const ending = file.name.split('.').at(-1)?.toLowerCase() ?? '';
  const headers = { 'content-type': MEDIA[ending] ?? 'application/octet-stream', 'accept-language': document.documentElement.lang };
  let answer: Response;
  try {
    answer = await fetch('/api/evidence', { method: 'POST', headers, body: file, cache: 'no-store', signal: AbortSignal.timeout(WITHIN) });
  } catch (cause) {
    throw new Refused(undefined, cause instanceof Error ? cause.message : String(cause));
  }
  const said: unknown = await answer.json();
  if (answer.ok) return said as Evidence;
  const problem = said as Problem;
  throw new Refused(problem, problem.detail);
}
