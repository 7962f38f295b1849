/** What a form of a notice has a field for. */
const FIELDS = [
  'area', 'second-description', 'band', 'window', 'precision', 'label', 'contact', 'remarks', 'count', 'speed', 'review-by', 'answer-by',
] as const;
export type Field = (typeof FIELDS)[number];

/** Where on the form a refusal of the node belongs, by the slot that it names. */
export const fieldOf = (slot: string | null | undefined): Field | undefined => FIELDS.find((field) => field === slot);

const UNITS: Record<string, number> = { m: 1, km: 1000, nm: 1852, ft: 0.3048 };

/** A typed radius or width in metres, for the map alone: the node reads the text itself. */
export function metresOf(typed: string): number | undefined {
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*(km|nm|m|ft)\s*$/i.exec(typed);
  const unit = UNITS[found?.[2]?.toLowerCase() ?? ''];
  return found && unit ? Number(found[1]?.replace(',', '.')) * unit : undefined;
}
