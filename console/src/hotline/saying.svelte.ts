/** What is about to be said: the phrase that is looked for or chosen, and what has been typed for it. One at a time. */
import { Refused, say } from '../api/client.ts';
import type { Catalogued, PhrasePreview } from '../api/facts.ts';
import { remember, remembered } from './remembered.ts';
import { told } from './told.svelte.ts';

/** Slots with which a phrase goes by the rules: the officer names authority and purpose. */
const BY_RULES = ['place', 'second-description', 'label', 'contact', 'remarks', 'element'];
const SECOND = 'second-description';
/** Parts of the second description, as they are typed. */
export const SECOND_PARTS = ['reference', 'bearing', 'distance'] as const;
const FORM = 'say';

const TEXTS = ['line', 'desk', 'about', 'query', 'code', 'purpose', 'authority'] as const;

export interface Beginning {
  line: string;
  desk?: string | undefined;
  about?: string;
  offered?: readonly string[];
  code?: string;
}

class Saying {
  isOpen = $state(false);
  line = $state('');
  desk = $state('');
  /** The entry that it speaks of. */
  about = $state('');
  /** Codes that are offered before all others. */
  offered = $state.raw<readonly string[]>([]);
  query = $state('');
  code = $state('');
  /** By slot; the window as `from` and `until-end`, the second description by its parts, `second-` before each. */
  typed = $state<Record<string, string>>({});
  purpose = $state('');
  authority = $state('');

  begin({ line, desk = '', about = '', offered = [], code = '' }: Beginning): void {
    const terms = remembered(`terms ${line}`);
    Object.assign(this, { isOpen: true, line, desk, about, offered, query: '', code, typed: {} });
    this.purpose = terms['purpose'] ?? '';
    this.authority = terms['authority'] ?? '';
  }

  choose(code: string): void {
    this.code = code;
  }

  end(): void {
    this.isOpen = false;
    this.code = '';
    this.typed = {};
  }

  /** As it was before a reload. */
  restore(): void {
    const kept = remembered(FORM);
    if (!kept['line']) return;
    for (const name of TEXTS) this[name] = kept[name] ?? '';
    this.offered = (kept['offered'] ?? '').split(' ').filter(Boolean);
    this.typed = Object.fromEntries(Object.entries(kept).flatMap(([name, text]) => (name.startsWith('typed ') ? [[name.slice(6), text]] : [])));
    this.isOpen = true;
  }

  keep(): void {
    const typed = Object.fromEntries(Object.entries(this.typed).map(([name, text]) => [`typed ${name}`, text]));
    const texts = Object.fromEntries(TEXTS.map((name) => [name, this[name]]));
    remember(FORM, this.isOpen ? { ...texts, ...typed, offered: this.offered.join(' ') } : undefined);
  }

  get known(): Catalogued | undefined {
    return told.known(this.code);
  }

  /** Slots that the chosen phrase has fields for: all but what it speaks of. */
  get slots(): string[] {
    const known = this.known;
    const own = known ? [...known.required, ...known.optional] : [];
    return own.filter((slot) => slot !== 'subject');
  }

  get needsSubject(): boolean {
    return this.known?.required.includes('subject') ?? false;
  }

  isFilled(slot: string): boolean {
    return this.given(slot) !== undefined;
  }

  get isWhole(): boolean {
    const slots = this.known?.required ?? [];
    const isFull = slots.every((slot) => (slot === 'subject' ? this.about !== '' : this.isFilled(slot)));
    return isFull && this.desk !== '' && (!this.needsTerms || (this.purpose !== '' && this.authority !== ''));
  }

  /** Words of one's own may stand beside any phrase. */
  get filled(): string[] {
    return [...new Set([...this.slots, 'remarks', 'language'])].filter((slot) => this.isFilled(slot));
  }

  get needsTerms(): boolean {
    return this.filled.some((slot) => BY_RULES.includes(slot));
  }

  /** One slot as the node takes it; `undefined`: nothing was typed. */
  given(slot: string): unknown {
    const of = (name: string): string => (this.typed[name] ?? '').trim();
    if (slot === 'window') return of('from') || of('until-end') ? `${of('from')} to ${of('until-end')}` : undefined;
    if (slot === SECOND) {
      const [reference, bearing, distance] = SECOND_PARTS.map((part) => of(`second-${part}`));
      return reference || bearing || distance ? { reference, bearing, distance } : undefined;
    }
    if (slot === 'language') return of('remarks') ? of('language') || undefined : undefined;
    const text = of(slot);
    if (!text) return undefined;
    // What is no number is given as it is: the node says what it takes.
    return slot === 'count' && /^\d{1,9}$/.test(text) ? Number(text) : text;
  }

  body() {
    const slots = Object.fromEntries(this.filled.map((slot) => [slot, this.given(slot)])) as Record<string, never>;
    const terms = this.needsTerms ? { authority: this.authority, purpose: this.purpose, element: null } : null;
    return { line: this.line, desk: this.desk, phrase: this.code, slots, subject: this.about || null, terms };
  }

  /** Under what it was let go is offered again, on that line and in this tab. */
  keepTerms(): void {
    if (this.needsTerms) remember(`terms ${this.line}`, { purpose: this.purpose, authority: this.authority });
  }
}

export const saying = new Saying();

/** Typing rests for so long before the node is asked. */
const RESTS = 250;

/** What a phrase would say, asked of the node each time that it changes. Nothing is said by it. */
export class Previewed {
  shown = $state.raw<PhrasePreview | undefined>(undefined);
  refused = $state.raw<Refused | undefined>(undefined);
  /** What is shown is what would go now. */
  isKnown = $state(false);
  #turn = 0;
  #waits: ReturnType<typeof setTimeout> | undefined;

  /** `undefined`: there is not enough of it yet. */
  look(body: ReturnType<Saying['body']> | undefined): void {
    this.#turn += 1;
    this.isKnown = false;
    this.refused = undefined;
    clearTimeout(this.#waits);
    if (!body) {
      this.shown = undefined;
      return;
    }
    const turn = this.#turn;
    this.#waits = setTimeout(() => void this.#ask(body, turn), RESTS);
  }

  async #ask(body: ReturnType<Saying['body']>, turn: number): Promise<void> {
    let shown: PhrasePreview | undefined;
    let refused: Refused | undefined;
    try {
      shown = (await say('/api/phrases/preview', {}, body)) as unknown as PhrasePreview;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = error;
    }
    if (turn !== this.#turn) return;
    this.shown = shown;
    this.refused = refused;
    this.isKnown = shown !== undefined;
  }
}

/** Which field a refusal of the node is about, by the slot that it names. */
export const slotOf = (refused: Refused | undefined): string | undefined => /slot `([a-z-]+)`/.exec(refused?.message ?? '')?.[1];
