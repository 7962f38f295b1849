/** `500 m`, `4.7 km`: as short as it can be said and be right to the metre. */
export function length(mm: number): string {
  const metres = mm / 1000;
  if (metres < 1000) return `${Number(metres.toFixed(metres < 10 ? 1 : 0))} m`;
  return `${Number((metres / 1000).toFixed(3))} km`;
}
