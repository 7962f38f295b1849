/** The hotline as the node told it last: the phrases of both sides in the reader's language, and what can be said. */
import { read, Refused } from '../api/client.ts';
import type { Catalogue, Catalogued, Changed, Phrase } from '../api/facts.ts';
import { sound } from '../state/sound.svelte.ts';
import { kept } from '../state/stale.ts';
import { words } from '../words/words.svelte.ts';
import { owedBy } from './owed.ts';

/** Asked again where the node did not answer. */
const AGAIN_AFTER = 1_000;
/** One short note, and no more: what goes on sounding is an alarm. */
const NOTE_FOR = 1_800;

class Told {
  phrases = $state.raw<Phrase[]>([]);
  catalogue = $state.raw<Catalogue | undefined>(undefined);
  /** What was said has been read once: what comes now is new. */
  #isRead = false;
  #isUnder = false;
  #again = false;

  /** Reads what was said again; while it is being read, once more after that. */
  async refresh(): Promise<void> {
    if (this.#isUnder) {
      this.#again = true;
      return;
    }
    this.#isUnder = true;
    try {
      this.#take((await read('/api/hotline', {}, { language: words.language })) as unknown as Phrase[]);
      this.catalogue ??= await read('/api/phrases');
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Not signed in, or not reachable: either is said elsewhere.
      if (error.problem?.status === 503) setTimeout(() => void this.refresh(), AGAIN_AFTER);
    } finally {
      this.#isUnder = false;
      if (this.#again) {
        this.#again = false;
        void this.refresh();
      }
    }
  }

  /** The texts may be others by now: languages are added while a node runs. */
  anew(): void {
    this.catalogue = undefined;
    void this.refresh();
  }

  forget(): void {
    this.phrases = [];
    this.catalogue = undefined;
    this.#isRead = false;
  }

  #take(anew: Phrase[]): void {
    const known = new Set(this.phrases.map((phrase) => phrase.entry));
    this.phrases = kept<Phrase>(this.phrases, anew);
    if (this.#isRead && anew.some((phrase) => !known.has(phrase.entry) && owedBy(phrase, anew))) note();
    this.#isRead = true;
  }

  /** Whether it is of the hotline alone; what may be of it as well makes it read again. */
  hears({ what, about }: Changed): boolean {
    const isOurs = what === 'phrase' || what.startsWith('translation') || this.phrases.some((phrase) => phrase.entry === about);
    const mayBe = ['delivered', 'received', 'refused'].includes(what) && this.phrases.some((phrase) => phrase.from === 'own' && !phrase.delivered);
    if (isOurs || mayBe) void this.refresh();
    return isOurs;
  }

  phrase(entry: string | null | undefined): Phrase | undefined {
    return this.phrases.find((phrase) => phrase.entry === entry);
  }

  known(code: string | null | undefined): Catalogued | undefined {
    return this.catalogue?.phrases.find((of) => of.code === code);
  }

  /** A word that the files of phrases say beside them, in the reader's language: `marker-question`, `slot-place`. */
  word(name: string): string {
    return this.catalogue?.languages.find((of) => of.code === words.language)?.words[name] ?? name.replace(/^[a-z]+-/, '');
  }

  /** A language as it calls itself. */
  language(code: string): string {
    return this.catalogue?.languages.find((of) => of.code === code)?.name ?? code;
  }

  direction(code: string): 'rtl' | 'ltr' | 'auto' {
    const found = this.catalogue?.languages.find((of) => of.code === code);
    return found ? (found.right_to_left ? 'rtl' : 'ltr') : 'auto';
  }
}

/** Somebody is asked for something: whoever looks elsewhere hears it once. An alarm that sounds is not touched. */
function note(): void {
  if (!sound.isArmed || sound.playing) return;
  sound.play('note');
  setTimeout(() => {
    if (sound.playing === 'note') sound.play(undefined);
  }, NOTE_FOR);
}

export const told = new Told();
