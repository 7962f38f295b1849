/** A notice as it is being drafted: everything that was typed, and what the node is given of it. */
import type { Draft } from '../api/facts.ts';
import { kilometresAnHour, length, millimetresASecond } from '../show/lengths.ts';
import { dtg } from '../show/time.ts';
import { KINDS, type Extra } from './kinds.ts';
import { Second } from './second.svelte.ts';
import { Sketch } from './sketch.svelte.ts';

const timeOf = (value: unknown): string => (typeof value === 'number' ? dtg(value) : '');
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Every slot that this form gives. What the draft has beside them stays as it is. */
const EXTRAS: readonly Extra[] = ['count', 'speed', 'review-by', 'answer-by'];
const TEXTS = ['label', 'contact', 'remarks'] as const;

export class Plan {
  readonly before: Draft | undefined;
  readonly sketch: Sketch;
  readonly second = new Second();
  kind = $state('');
  desk = $state('');
  says = $state('');
  band = $state('');
  begins = $state('');
  ends = $state('');
  precision = $state('');
  texts = $state<Record<(typeof TEXTS)[number], string>>({ label: '', contact: '', remarks: '' });
  extras = $state<Record<Extra, string>>({ count: '', speed: '', 'review-by': '', 'answer-by': '' });

  constructor(before: Draft | undefined, desk: string, kind: string) {
    const slots = before?.slots ?? {};
    this.before = before;
    this.sketch = new Sketch(slots.area, 'circle');
    this.kind = before?.kind ?? kind;
    this.desk = before?.desk ?? desk;
    this.says = textOf(slots[this.table?.says ?? '']);
    this.band = slots.band?.text ?? '';
    this.begins = timeOf(slots.window?.from);
    this.ends = timeOf(slots.window?.until);
    this.precision = slots.precision ? length(slots.precision) : before ? '' : '100 m';
    for (const name of TEXTS) this.texts[name] = textOf(slots[name]);
    this.extras = {
      count: slots.count === undefined ? '' : String(slots.count),
      speed: typeof slots['speed'] === 'number' ? kilometresAnHour(slots['speed']) : '',
      'review-by': timeOf(slots['review-by']),
      'answer-by': timeOf(slots['answer-by']),
    };
  }

  get table() {
    return KINDS.find((of) => of.kind === this.kind);
  }

  get window(): string {
    return `${this.begins} to ${this.ends}`;
  }

  /** The second description that the draft has is of the shape that it still has. */
  get secondStays(): boolean {
    return this.before?.slots['second-description'] !== undefined && !this.sketch.isChanged;
  }

  /** What can be held against what others have declared; `undefined`: there is no place or no time yet. */
  get volume(): { kind: string; slots: Record<string, unknown> } | undefined {
    const { area } = this.sketch;
    if (!area || !this.begins || !this.ends) return undefined;
    return { kind: this.kind, slots: { area, window: this.window, ...(this.band ? { band: this.band } : {}) } };
  }

  /** Slot by slot, as typed; `null` takes out what the draft had and no longer has. */
  given(): Record<string, unknown> {
    const { table, sketch, second, before } = this;
    const given: Record<string, unknown> = { window: this.window };
    if (sketch.isChanged) given['area'] = sketch.area;
    if (second.isBegun) given['second-description'] = second.given(sketch);
    else if (before && sketch.isChanged) given['second-description'] = null;
    const optional: Record<string, unknown> = { band: this.band, precision: this.precision, ...this.texts };
    if (table) optional[table.says] = this.says;
    for (const name of table?.also ?? []) optional[name] = this.#extra(name);
    for (const [name, value] of Object.entries(optional)) if (value !== '') given[name] = value;
    // A draft that has become of another kind keeps nothing that only the old one had.
    const ours = [...TEXTS, ...EXTRAS, 'band', 'precision', ...KINDS.map((of) => of.says)];
    for (const name of ours) if (before?.slots[name] !== undefined && !(name in given)) given[name] = null;
    return given;
  }

  #extra(name: Extra): unknown {
    const typed = this.extras[name].trim();
    if (name === 'count' && /^\d+$/.test(typed)) return Number(typed);
    // What is no speed is given as it is: the node says what it takes.
    if (name === 'speed' && typed) return millimetresASecond(typed) ?? typed;
    return typed;
  }
}
