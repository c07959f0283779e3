/**
 * Reads what stands behind the part of a statement that matters.
 */

import type { Cursor } from "./cursor.ts";
import { END, OP, WORD } from "./token.ts";

/** Reads a statement to its end, whatever it holds; for what is not complete in any case. */
export function swallow(c: Cursor): void {
  while (c.token.kind !== END && c.index < c.stop) c.next();
}

const FORBIDDEN_IN_OPTIONS = new Set(["SELECT", "INSERT", "MERGE", "CALL", "BEGIN"]);

/**
 * Reads the rest of a statement whose details don't matter, and says which words occur in it.
 * A query among them would be work unseen, so it is refused.
 */
export function readRest(c: Cursor, limit = Number.MAX_SAFE_INTEGER): Set<string> {
  const words = new Set<string>();
  while (!c.atEnd && c.index < limit) {
    const token = c.token;
    if (token.kind === WORD) {
      if (FORBIDDEN_IN_OPTIONS.has(token.text)) c.fail(`${token.text} where options were expected.`);
      words.add(token.text);
    } else if (token.text === "->>" && token.kind === OP) c.fail("A pipe.");
    c.next();
  }
  return words;
}
