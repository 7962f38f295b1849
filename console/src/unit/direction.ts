/** Directions and distances as a unit uses them: to the degree, and no finer than finding needs. */

/** `224°`, from thousandths of a degree: three digits, so that none is lost when it is said. */
export function bearing(millidegrees: number): string {
  return `${String(Math.round(millidegrees / 1000) % 360).padStart(3, '0')}°`;
}

/** `850 m`, `4.7 km`, `14 km`. */
export function rounded(mm: number): string {
  const metres = mm / 1000;
  if (metres < 1000) return `${Math.round(metres / 10) * 10} m`;
  const kilometres = metres / 1000;
  return `${kilometres < 10 ? kilometres.toFixed(1) : Math.round(kilometres)} km`;
}
