/** How phrases, and the words of others, are put on the screen. */
import type { Phrase, PhraseReadBack, Place, PlaceForm } from '../api/facts.ts';
import { differing, type Piece } from '../show/differing.ts';
import { asFineAs } from '../show/fineness.ts';

/** The marks with which the node isolates slots in a text. */
const ISOLATES = /[\u2066-\u2069]/g;
/** What is not seen, or changes what is seen around it. The node takes none of it; what comes from elsewhere may hold it. */
const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

export const unmarked = (text: string): string => text.replace(ISOLATES, '');

export interface SaidPiece {
  text: string;
  /** In which direction a slot runs; of the text around it nothing. */
  slot?: 'ltr' | 'auto';
}

/** A text with its slots apart: U+2066 begins one of digits, U+2068 one in its own direction, U+2069 ends either. */
export function piecesOf(text: string): SaidPiece[] {
  const pieces = text.split(/(\u2066[^\u2069]*\u2069|\u2068[^\u2069]*\u2069)/).filter(Boolean);
  return pieces.map((piece) => {
    const mark = piece.charCodeAt(0);
    const slot = mark === 0x2066 ? 'ltr' : mark === 0x2068 ? 'auto' : undefined;
    return slot ? { text: harmless(unmarked(piece)), slot } : { text: unmarked(piece) };
  });
}

/** Words of a person's, with what hides or reorders text shown by its number. */
export const harmless = (text: string): string =>
  text.replace(HIDDEN, (mark) => `[U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`);

/** A text of the catalogue, with what its slots are called in the place of what they hold. */
export const named = (text: string, slot: (name: string) => string): string => text.replace(/\{([a-z-]+)\}/g, (_, name: string) => `[${slot(name)}]`);

const FORMS: readonly PlaceForm[] = ['mgrs', 'decimal'];

/** What was said, and what was entered again with the characters that differ. Places in one form, and equally fine. */
export function pointedOut(item: string, phrase: Phrase, back: PhraseReadBack): { said: string; pieces: Piece[] } {
  const [ours, theirs] = [phrase.slots?.place, back.items.place];
  if (item === 'place' && ours && theirs) {
    const form = FORMS.find((one) => ours[one] && theirs[one]) ?? 'decimal';
    const [said, entered] = alike(ours, theirs, form);
    return { said, pieces: differing(said, entered) };
  }
  const [said, entered] = [phrase.said[item], back.said[item]].map((text) => unmarked(text ?? ''));
  return { said: said ?? '', pieces: differing(said ?? '', entered ?? '') };
}

function alike(one: Place, other: Place, form: PlaceForm): [string, string] {
  const [a, b] = [one[form] ?? one.decimal, other[form] ?? other.decimal];
  return [asFineAs(a, b), asFineAs(b, a)];
}
