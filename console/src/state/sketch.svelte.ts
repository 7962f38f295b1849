/** The shape of a plan as it is typed or drawn. The node reads the text; what it understood is echoed before it is used. */
import type { Area } from '../api/facts.ts';
import { metresOf } from '../details/fields.ts';
import { spot } from '../show/drawn.ts';
import { length } from '../show/lengths.ts';
import { positionsOf } from '../show/positions.ts';
import { echoed, type Echo } from './echo.ts';
import { view, type Drawn, type Form } from './view.svelte.ts';

/** Points of which the node is asked what it understood. The others it reads with the draft, and names what it cannot. */
export const MAX_ECHOED = 60;
const WIDTH = '2 km';

export class Sketch {
  form = $state<Form>('circle');
  centre = $state('');
  radius = $state('');
  points = $state('');
  width = $state('');
  /** What the node understood, point by point. */
  echoes = $state.raw<(Echo | undefined)[]>([]);
  readonly #before: string;
  readonly #known = new Map<string, Echo>();

  constructor(area: Area | undefined, form: Form) {
    this.form = form;
    if (area?.circle) {
      this.form = 'circle';
      this.centre = area.circle.centre.decimal;
      this.radius = length(area.circle.radius_mm);
    } else if (area) {
      this.form = area.polygon ? 'polygon' : 'corridor';
      this.points = (area.polygon ?? area.corridor?.points ?? []).map((point) => point.decimal).join('\n');
      this.width = area.corridor ? length(area.corridor.width_mm) : '';
    }
    this.#before = area ? JSON.stringify(this.area) : '';
  }

  /** As typed, point by point. */
  get texts(): string[] {
    if (this.form === 'circle') return this.centre.trim() ? [this.centre.trim()] : [];
    return positionsOf(this.points);
  }

  /** As the node takes it; `undefined`: there is not enough of it yet. */
  get area(): Record<string, unknown> | undefined {
    const texts = this.texts;
    switch (this.form) {
      case 'circle':
        return texts.length && this.radius ? { circle: { centre: texts[0], radius: this.radius } } : undefined;
      case 'polygon':
        return texts.length > 2 ? { polygon: texts } : undefined;
      case 'corridor':
        return texts.length > 1 && this.width ? { corridor: { points: texts, width: this.width } } : undefined;
    }
  }

  /** It is another shape than the one that the draft has: two descriptions of it are needed again. */
  get isChanged(): boolean {
    return JSON.stringify(this.area) !== this.#before;
  }

  /** What is drawn is written into the fields, where it can be read and corrected. */
  take(drawn: Drawn, isDone: boolean): void {
    const texts = drawn.points.map((point) => `${point.latitude.toFixed(5)}, ${point.longitude.toFixed(5)}`);
    this.form = drawn.form;
    if (drawn.form === 'circle') {
      this.centre = texts[0] ?? '';
      this.radius = `${Math.round(drawn.metres)} m`;
    } else {
      this.points = texts.join('\n');
      if (drawn.form === 'corridor') this.width ||= WIDTH;
    }
    if (isDone) void this.read();
    else this.#draw(drawn.points);
  }

  /** Asks what the node understands, and shows it on the map before it is a draft. */
  async read(): Promise<void> {
    const texts = this.texts;
    const name = texts.join('\n');
    const echoes: (Echo | undefined)[] = [];
    for (const text of texts.slice(0, MAX_ECHOED)) {
      const echo = this.#known.get(text) ?? (await echoed(text));
      this.#known.set(text, echo);
      echoes.push(echo);
      if (this.texts.join('\n') !== name) return;
    }
    this.echoes = echoes;
    this.show();
  }

  show(): void {
    const places = this.echoes.flatMap((echo) => (echo?.place ? [spot(echo.place)] : []));
    // A shape with a corner left out would be another one.
    if (places.length === this.texts.length) this.#draw(places);
    else view.drawn = undefined;
  }

  #draw(points: Drawn['points']): void {
    const metres = this.form === 'polygon' ? 0 : metresOf(this.form === 'circle' ? this.radius : this.width);
    const least = { circle: 1, polygon: 3, corridor: 2 }[this.form];
    view.drawn = metres === undefined || points.length < least ? undefined : { form: this.form, points, metres };
  }
}
