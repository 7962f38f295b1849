/** A line carried by file: what a courier takes along, and what one has brought. */
import { Refused, type Problem } from '../api/client.ts';
import type { components } from '../api/described.ts';

/** Bytes of a file of a line: larger ones the node does not take. */
export const MAX_FILE = 64 * 1024 * 1024;
/** The node writes or reads all of it. */
const WITHIN = 300_000;

export type Imported = components['schemas']['Imported'];

async function asked(path: string, body?: Blob): Promise<Response> {
  const headers: Record<string, string> = body ? { 'content-type': 'application/octet-stream' } : {};
  let response: Response;
  try {
    response = await fetch(path, { method: 'POST', headers, body: body ?? null, cache: 'no-store', signal: AbortSignal.timeout(WITHIN) });
  } catch (cause) {
    throw new Refused(undefined, cause instanceof Error ? cause.message : String(cause));
  }
  if (response.ok) return response;
  const isJson = response.headers.get('content-type')?.includes('json');
  const problem = isJson ? ((await response.json()) as Problem) : undefined;
  throw new Refused(problem, problem?.detail ?? `${response.status} ${response.statusText}`);
}

export const exported = async (line: string): Promise<Blob> => (await asked(`/api/lines/${encodeURIComponent(line)}/export`)).blob();

export const imported = async (line: string, file: Blob): Promise<Imported> =>
  (await (await asked(`/api/lines/${encodeURIComponent(line)}/import`, file)).json()) as Imported;

/** What it is called where it is kept: what is no live operation says so in every language, whoever finds it. */
export function nameOf(line: string, isExercise: boolean, at: string): string {
  const marking = isExercise ? 'EXERCISE-УЧЕНИЕ-تمرين-' : '';
  return `${marking}${line}-${at.replaceAll(' ', '')}.standclear`;
}
