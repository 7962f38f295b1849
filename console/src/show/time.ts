/** Times are shown as date-time groups in UTC, digits 0 to 9, whatever the language. */
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'] as const;

const two = (number: number): string => String(number).padStart(2, '0');

/** `171430Z SEP 16`. */
export function dtg(ms: number): string {
  const at = new Date(ms);
  const day = two(at.getUTCDate()) + two(at.getUTCHours()) + two(at.getUTCMinutes());
  return `${day}Z ${MONTHS[at.getUTCMonth()]} ${two(at.getUTCFullYear() % 100)}`;
}

/** `14:30:05Z`. */
export function clock(ms: number): string {
  const at = new Date(ms);
  return `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}Z`;
}

/** `171200Z SEP 16 to 171800Z SEP 16`, as it is typed again. */
export function window(from: number, until: number): string {
  return `${dtg(from)} to ${dtg(until)}`;
}

/** A window as it is shown: `171200Z – 171800Z SEP 16`; the month is said once where it is the same. */
export function range(from: number, until: number): string {
  const [begins, ends] = [dtg(from), dtg(until)];
  const isSameMonth = begins.slice(7) === ends.slice(7);
  return `${isSameMonth ? begins.slice(0, 7) : begins} – ${ends}`;
}

/** What is left or over: `2:05`, with hours `1:02:05`. Never negative. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${hours ? two(minutes) : minutes}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}
