/**
 * Names: how identifiers are folded, rendered and taken apart. Unquoted names fold to upper case in the lexer;
 * quoted ones keep their case. The canonical rendering is the one of `facts.ts`, so that two spellings
 * of one object are one string.
 */

const BARE = /^[A-Z_][A-Z0-9_$]*$/;

/** One part of a canonical name. */
export function renderPart(name: string): string {
  return BARE.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

/** Canonical name from its parts. */
export function renderName(parts: readonly string[]): string {
  return parts.map(renderPart).join(".");
}

const PART = /\s*(?:"((?:[^"]|"")+)"|([A-Za-z_][A-Za-z0-9_$]*))\s*/y;

/**
 * Reads a name from text, as in IDENTIFIER('db."Schema".t') or a catalog entry: parts folded, `a..b` is PUBLIC.
 * Returns null for anything else, including an empty text.
 */
export function parseNameText(text: string): string[] | null {
  const parts: string[] = [];
  if (text.length > 1024) return null;
  let at = 0;
  for (;;) {
    PART.lastIndex = at;
    const match = PART.exec(text);
    if (match === null) {
      if (parts.length !== 1 || text.charAt(at) !== ".") return null;
      parts.push("PUBLIC");
    } else {
      parts.push(match[1] === undefined ? (match[2] ?? "").toUpperCase() : match[1].replaceAll('""', '"'));
      at = PART.lastIndex;
    }
    if (at === text.length) return parts.length <= 4 ? parts : null;
    if (text.charAt(at) !== "." || parts.length > 4) return null;
    at++;
  }
}
