/** What a phrase asks of this desk, and which comes first. */
import type { Phrase } from '../api/facts.ts';

/** `read-back`: its items are to be entered again; `answer`: by one of its responses; `compare`: they read ours back otherwise. */
export type Owed = 'read-back' | 'answer' | 'compare';

/** Groups that speak of a danger to life. */
const DANGER: ReadonlySet<string> = new Set(['distress', 'unsafe-approach']);
const NOT_UNDERSTOOD = new Set(['R02', 'R03']);
/** The answer is still to come. */
const WAIT = 'R06';
/** What is said of a read-back by whoever spoke. */
const COMPARED = new Set(['R08', 'R09']);

const stands = (phrase: Phrase): boolean => phrase.state === 'standing' || phrase.state === 'corrected';

/** 0 comes first: danger to life; then other warnings; then the rest. */
export function rank(phrase: Phrase): number {
  if (phrase.group && DANGER.has(phrase.group)) return 0;
  return phrase.marker === 'warning' ? 1 : 2;
}

/** Those that speak of it, of one side. */
export function about(phrase: Phrase, all: readonly Phrase[], from: 'own' | 'peer'): Phrase[] {
  return all.filter((other) => other.subject === phrase.entry && other.from === from && stands(other));
}

export function owedBy(phrase: Phrase, all: readonly Phrase[]): Owed | undefined {
  if (phrase.state !== 'standing') return undefined;
  return phrase.from === 'peer' ? owedToThem(phrase, all) : owedToOurs(phrase, all);
}

function owedToThem(phrase: Phrase, all: readonly Phrase[]): Owed | undefined {
  if (!phrase.responses.length) return undefined;
  const said = about(phrase, all, 'own').map((answer) => answer.code ?? '');
  if (said.some((code) => NOT_UNDERSTOOD.has(code))) return undefined;
  if (phrase.read_back_items.length && !phrase.read_backs.some((back) => back.matches)) return 'read-back';
  return said.some((code) => code !== WAIT) ? undefined : 'answer';
}

/** Whoever spoke must hear what was understood, and say that it is wrong: nobody else can. */
function owedToOurs(phrase: Phrase, all: readonly Phrase[]): Owed | undefined {
  const last = phrase.read_backs.at(-1);
  if (!last || last.matches) return undefined;
  const isCompared = about(phrase, all, 'own').some((other) => COMPARED.has(other.code ?? '') && other.sent_at >= last.at);
  return isCompared ? undefined : 'compare';
}

/** Ours that nobody has answered, where an answer is asked for. */
export function isOpen(phrase: Phrase, all: readonly Phrase[]): boolean {
  const answers = about(phrase, all, 'peer');
  return phrase.from === 'own' && phrase.state === 'standing' && phrase.responses.length > 0 && !answers.some((answer) => answer.code !== WAIT);
}

/** Danger first, then those that wait the longest. */
export function inFront(of: readonly Phrase[]): Phrase[] {
  return of.toSorted((a, b) => rank(a) - rank(b) || a.sent_at - b.sent_at);
}
