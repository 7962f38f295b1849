/** Asks the node. Types come from its own description (openapi.json). */
import type { components, paths } from './described.ts';

type Schemas = components['schemas'];
export type Problem = Schemas['Problem'];

/** Longer than the node ever takes: beyond it the node counts as gone. */
const WITHIN = 10_000;
const STATE_OF_DESK = 'standclear-desk';

/** Why the node did not do it, in its own words; without a code it could not be reached. */
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

async function ask(method: Method, path: string, body: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: method.toUpperCase(),
      headers: body === undefined ? {} : { 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      cache: 'no-store',
      signal: AbortSignal.timeout(WITHIN),
    });
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
  const kind = response.headers.get('content-type') ?? '';
  const said: unknown = kind.includes('json') ? await response.json() : undefined;
  if (response.ok) return said;
  const problem = said as Problem | undefined;
  throw new Refused(problem, problem?.detail ?? `${response.status} ${response.statusText}`);
}

function filled<P extends string>(path: P, names: Record<string, string>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(names[name] ?? ''));
}

export async function read<P extends Having<'get'>>(path: P, names = {} as Named<P>): Promise<Answer<Operation<P, 'get'>>> {
  return (await ask('get', filled(path, names), undefined)) as Answer<Operation<P, 'get'>>;
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
