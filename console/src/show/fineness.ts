/** A position in one form, cut to as many digits as another in the same form has. Cut, never rounded: a digit stays itself. */
export function asFineAs(said: string, like: string): string {
  const wanted = like.split(/\s+/);
  return said
    .split(/\s+/)
    .map((word, index) => cut(word, wanted[index] ?? ''))
    .join(' ');
}

function cut(word: string, like: string): string {
  // Numbers of a grid: the first digits are the coarse ones.
  if (/^\d+$/.test(word) && /^\d+$/.test(like)) return word.slice(0, like.length);
  const decimals = /\.(\d+)/.exec(like)?.[1]?.length ?? 0;
  return word.replace(/\.(\d+)/, (_, digits: string) => (decimals ? `.${digits.slice(0, decimals)}` : ''));
}
