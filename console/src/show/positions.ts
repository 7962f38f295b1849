/** Typed positions, one a line or with semicolons between them. */
export function positionsOf(text: string): string[] {
  return text.split(/[\n;]/).map((one) => one.trim()).filter(Boolean);
}
