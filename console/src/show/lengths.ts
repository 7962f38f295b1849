/** `500 m`, `4.7 km`: as short as it can be said and be right to the metre. */
export function length(mm: number): string {
  const metres = mm / 1000;
  if (metres < 1000) return `${Number(metres.toFixed(metres < 10 ? 1 : 0))} m`;
  return `${Number((metres / 1000).toFixed(3))} km`;
}

/** `40 s`, `5 min`, `2 h`: a span of time, as short as it is right. */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds % 3600 === 0 && seconds) return `${seconds / 3600} h`;
  return seconds % 60 === 0 && seconds ? `${seconds / 60} min` : `${seconds} s`;
}

const MM_A_SECOND = 1_000_000 / 3600;

/** `40 km/h`, of millimetres a second. */
export function kilometresAnHour(mmPerSecond: number): string {
  return `${Number((mmPerSecond / MM_A_SECOND).toFixed(1))} km/h`;
}

/** Millimetres a second of typed kilometres an hour; `undefined`: it is no such number. */
export function millimetresASecond(typed: string): number | undefined {
  const found = /^\s*(\d+(?:[.,]\d+)?)\s*(?:km\/h)?\s*$/i.exec(typed);
  return found ? Math.round(Number(found[1]?.replace(',', '.')) * MM_A_SECOND) : undefined;
}
