/**
 * Words near a candidate that say what it is. Looks back over a short, bounded stretch.
 */

const REACH = 40;

/** Does one of the (lower-case) words stand within 40 characters before `at`? */
export function hasWordBefore(text: string, at: number, words: readonly string[]): boolean {
  const before = text.slice(Math.max(0, at - REACH), at).toLowerCase();
  return words.some((word) => before.includes(word));
}

/** Does one of the words stand anywhere within `reach` characters of the stretch? */
export function hasWordNear(
  text: string,
  start: number,
  end: number,
  words: readonly string[],
  reach: number,
): boolean {
  const around = text.slice(Math.max(0, start - reach), end + reach).toLowerCase();
  return words.some((word) => around.includes(word.toLowerCase()));
}
