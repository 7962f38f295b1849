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
