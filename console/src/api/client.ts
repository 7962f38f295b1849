/** Asks the node. Types come from its own description (openapi.json). */
import type { components, paths } from './described.ts';

type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** Longer than the node ever takes: beyond it the node counts as gone. */
const WITHIN = 10_000;
const STATE_OF_DESK = 'standclear-desk';

/** Why the node did not do it, in its own words, in the language of the page; without a code it could not be reached. */
export class Refused extends Error {
  readonly problem: Problem | undefined;

  constructor(problem: Problem | undefined, text: string) {
    super(text);
    this.problem = problem;
  }

  get code(): string {
    return this.problem?.code ?? 'unreachable';
  }
}

/** What every answer tells of the node itself. */
export interface Aside {
  /** What is wrong with it: `cannot-send`, `notices-stopped`, `no-sounder:DESK`. */
  state: string[];
  /** The node's clock, to the second, in Unix milliseconds. */
  at: number | undefined;
  signedOut: boolean;
}

let listener: (aside: Aside) => void = () => {};

export function onAside(hears: (aside: Aside) => void): void {
  listener = hears;
}

type Method = 'get' | 'post' | 'delete';
type Having<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, { responses: unknown }> ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Answer<O> = O extends { responses: { 200: { content: { 'application/json': infer A } } } } ? A : void;
type Body<O> = O extends { requestBody: { content: { 'application/json': infer B } } } ? B : undefined;
type Names<P extends string> = P extends `${string}{${infer N}}${infer Rest}` ? N | Names<Rest> : never;
type Named<P extends string> = Record<Names<P>, string>;

/** Asks, and reads the answer with `read`: what breaks off or takes too long on the way there or back is one thing. */
async function answered<T>(path: string, asked: RequestInit, read: (response: Response) => Promise<T>, within = WITHIN): Promise<T> {
  let response: Response;
  let said: T | undefined;
  let problem: Problem | undefined;
  try {
    // The node says why not, and what it doubts, in the language of the page.
    const headers = { ...asked.headers, 'accept-language': document.documentElement.lang };
    response = await fetch(path, { ...asked, headers, cache: 'no-store', signal: AbortSignal.timeout(within) });
    if (response.ok) said = await read(response);
    else problem = (await json(response)) as Problem | undefined;
  } catch (cause) {
    throw new Refused(undefined, cause instanceof Error ? cause.message : String(cause));
  }
  const state = response.headers.get(STATE_OF_DESK);
  const date = Date.parse(response.headers.get('date') ?? '');
  listener({
    state: state ? state.split(', ') : [],
    at: Number.isNaN(date) ? undefined : date,
    signedOut: response.status === 401,
  });
  if (!response.ok) throw new Refused(problem, problem?.detail ?? `${response.status} ${response.statusText}`);
  return said as T;
}

async function json(response: Response): Promise<unknown> {
  return response.headers.get('content-type')?.includes('json') ? await response.json() : undefined;
}

/** What says on whose order something is done, if on anybody's. */
let order: string | undefined;

export function onOrder(by: string | undefined): void {
  order = by;
}

function ask(method: Method, path: string, body: unknown): Promise<unknown> {
  const asked: RequestInit = { method: method.toUpperCase() };
  const headers: Record<string, string> = {};
  // That a screen showed something is nobody's order.
  if (order && method !== 'get' && !path.endsWith('/displayed')) headers['standclear-directed-by'] = order;
  if (body !== undefined) Object.assign(asked, { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) });
  else asked.headers = headers;
  return answered(path, asked, json);
}

function filled<P extends string>(path: P, names: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
}

type Asked<O> = O extends { parameters: { query?: infer Q } } ? Q : never;

export async function read<P extends Having<'get'>>(
  path: P,
  names = {} as Named<P>,
  asked?: Asked<Operation<P, 'get'>>,
): Promise<Answer<Operation<P, 'get'>>> {
  const query = asked ? `?${new URLSearchParams(asked as Record<string, string>)}` : '';
  return (await ask('get', filled(path, names) + query, undefined)) as Answer<Operation<P, 'get'>>;
}

export async function say<P extends Having<'post'>>(
  path: P,
  names: Named<P>,
  body?: Body<Operation<P, 'post'>>,
): Promise<Answer<Operation<P, 'post'>>> {
  return (await ask('post', filled(path, names), body)) as Answer<Operation<P, 'post'>>;
}

export async function remove<P extends Having<'delete'>>(path: P, names: Named<P>): Promise<void> {
  await ask('delete', filled(path, names), undefined);
}

/** A file of many notices takes the node longer than anything else. */
const FILE_WITHIN = 120_000;
/** What a file is sent as, by the end of its name. */
export const FILE_KINDS = { csv: 'text/csv', geojson: 'application/geo+json', kml: 'application/vnd.google-earth.kml+xml' } as const;
export type FileKind = keyof typeof FILE_KINDS;

export async function importFile(kind: FileKind, asked: Record<string, string>, file: Blob): Promise<Schemas['SheetImported']> {
  const sent = { method: 'POST', headers: { 'content-type': FILE_KINDS[kind] }, body: file };
  return (await answered(`/api/import/${kind}?${new URLSearchParams(asked)}`, sent, json, FILE_WITHIN)) as Schemas['SheetImported'];
}

export interface Exported {
  file: Blob;
  notices: number;
  /** How many of which sort are not in it. */
  leftOut: Record<string, number>;
}

export function exportFile(kind: 'geojson' | 'kml', drafts: boolean): Promise<Exported> {
  return answered(`/api/export/${kind}?drafts=${drafts}`, {}, exported, FILE_WITHIN);
}

/** Their protected sites, once, as another officer has allowed. */
export function carryOutExport(name: string, kind: 'geojson' | 'kml'): Promise<Blob> {
  const path = `/api/site-exports/${encodeURIComponent(name)}/file?format=${kind}`;
  return answered(path, { method: 'POST' }, (response) => response.blob(), FILE_WITHIN);
}

async function exported(response: Response): Promise<Exported> {
  const said = response.headers.get('standclear-left-out') ?? '';
  const leftOut = said.split(', ').map((one) => one.split('=')).map(([name = '', count]): [string, number] => [name, Number(count)]);
  return {
    file: await response.blob(),
    notices: Number(response.headers.get('standclear-notices')),
    leftOut: Object.fromEntries(leftOut.filter(([, count]) => count > 0)),
  };
}
