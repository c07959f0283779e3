/**
 * Splits Snowflake SQL into tokens: enough to cut a text into statements, to see a statement's first
 * words and to name its select items. The SQL itself is parsed by a library (`translate.ts`).
 * Comments (`--`, `//` and block comments) are left out; strings know `''` and backslash, and `$$ … $$`.
 */

export interface Token {
  readonly kind: "word" | "quoted" | "string" | "number" | "mark";
  /** Text as written. */
  readonly text: string;
  /** Upper-case text of a word, the text itself otherwise. */
  readonly upper: string;
  readonly start: number;
  readonly end: number;
}

/** An unterminated string, identifier or comment. */
export class TokenFault extends Error {
  readonly offset: number;
  constructor(offset: number) {
    super("unterminated text");
    this.offset = offset;
  }
}

const BLANK = /\s/;
const WORD_START = /[A-Za-z_\u0080-\uffff]/;
const WORD_PART = /[A-Za-z0-9_$\u0080-\uffff]/;
const DIGIT = /[0-9]/;

export function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const next = skipBlank(sql, at);
    if (next >= sql.length) break;
    const [kind, end] = readToken(sql, next);
    const text = sql.slice(next, end);
    tokens.push({ kind, text, upper: kind === "word" ? text.toUpperCase() : text, start: next, end });
    at = end;
  }
  return tokens;
}

function skipBlank(sql: string, from: number): number {
  let at = from;
  for (;;) {
    while (at < sql.length && BLANK.test(sql.charAt(at))) at++;
    if (sql.startsWith("--", at) || sql.startsWith("//", at)) {
      const end = sql.indexOf("\n", at);
      at = end < 0 ? sql.length : end + 1;
    } else if (sql.startsWith("/*", at)) {
      const end = sql.indexOf("*/", at + 2);
      if (end < 0) throw new TokenFault(at);
      at = end + 2;
    } else return at;
  }
}

function readToken(sql: string, at: number): [Token["kind"], number] {
  const c = sql.charAt(at);
  if (c === "'") return ["string", endOfString(sql, at)];
  if (c === '"') return ["quoted", endOfQuoted(sql, at)];
  if (sql.startsWith("$$", at)) {
    const end = sql.indexOf("$$", at + 2);
    if (end < 0) throw new TokenFault(at);
    return ["string", end + 2];
  }
  if (WORD_START.test(c) || (c === "$" && WORD_PART.test(sql.charAt(at + 1))))
    return ["word", endOfRun(sql, at + 1, WORD_PART)];
  if (DIGIT.test(c)) return ["number", endOfRun(sql, at + 1, /[0-9A-Za-z_.]/)];
  if (sql.startsWith("::", at)) return ["mark", at + 2];
  return ["mark", at + 1];
}

function endOfRun(sql: string, from: number, part: RegExp): number {
  let at = from;
  while (at < sql.length && part.test(sql.charAt(at))) at++;
  return at;
}

function endOfString(sql: string, start: number): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (sql.charAt(at) === "\\") at++;
    else if (sql.charAt(at) === "'") {
      if (sql.charAt(at + 1) !== "'") return at + 1;
      at++;
    }
  }
  throw new TokenFault(start);
}

function endOfQuoted(sql: string, start: number): number {
  for (let at = start + 1; at < sql.length; at++) {
    if (sql.charAt(at) !== '"') continue;
    if (sql.charAt(at + 1) !== '"') return at + 1;
    at++;
  }
  throw new TokenFault(start);
}

/** Cuts a text at its top-level semicolons; empty statements are left out. */
export function splitStatements(sql: string): string[] {
  const parts: string[] = [];
  let first: Token | null = null;
  let last: Token | null = null;
  for (const token of tokenize(sql)) {
    if (token.text === ";" && token.kind === "mark") {
      if (first !== null && last !== null) parts.push(sql.slice(first.start, last.end));
      first = last = null;
    } else {
      first ??= token;
      last = token;
    }
  }
  if (first !== null && last !== null) parts.push(sql.slice(first.start, last.end));
  return parts;
}

/** The texts of the first top-level SELECT's items, each as written; null where there is no such list. */
export function selectItems(sql: string): string[] | null {
  const tokens = tokenize(sql);
  const open = topLevelIndex(tokens, 0, (t) => t.kind === "word" && t.upper === "SELECT");
  if (open < 0) return null;
  let from = open + 1;
  if (tokens[from]?.upper === "DISTINCT" || tokens[from]?.upper === "ALL") from++;
  const items: string[] = [];
  let depth = 0;
  let start = from;
  for (let i = from; i <= tokens.length; i++) {
    const token = tokens[i];
    const inWithinGroup = token?.upper === "GROUP" && tokens[i - 1]?.upper === "WITHIN";
    const ends =
      token === undefined || (depth === 0 && !inWithinGroup && token.kind === "word" && LIST_END.has(token.upper));
    if (ends || (depth === 0 && token?.text === ",")) {
      const [a, b] = [tokens[start], tokens[i - 1]];
      if (a !== undefined && b !== undefined && i > start) items.push(sql.slice(a.start, b.end));
      start = i + 1;
    }
    if (ends) return items;
    depth += depthChange(token);
  }
  return items;
}

const LIST_END = new Set([
  "FROM",
  "WHERE",
  "GROUP",
  "ORDER",
  "LIMIT",
  "UNION",
  "INTERSECT",
  "MINUS",
  "EXCEPT",
  "HAVING",
  "QUALIFY",
  "FETCH",
]);

function topLevelIndex(tokens: readonly Token[], from: number, matches: (token: Token) => boolean): number {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (depth === 0 && matches(token)) return i;
    depth += depthChange(token);
  }
  return -1;
}

function depthChange(token: Token | undefined): number {
  if (token?.kind !== "mark") return 0;
  if (token.text === "(" || token.text === "[") return 1;
  return token.text === ")" || token.text === "]" ? -1 : 0;
}

/** The value of a string token: quotes taken off, escapes resolved. */
export function stringValue(token: Token): string {
  if (token.text.startsWith("$$")) return token.text.slice(2, -2);
  return token.text
    .slice(1, -1)
    .replace(/''|\\(.)/gs, (_, c: string | undefined) => (c === undefined ? "'" : (ESCAPES[c] ?? c)));
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };

/** The name that an identifier token stands for: upper-case unless quoted. */
export function identifierValue(token: Token): string {
  return token.kind === "quoted" ? token.text.slice(1, -1).replaceAll('""', '"') : token.text.toUpperCase();
}

/** Writes `IDENTIFIER('a.b')` with a literal name as the name itself. */
export function resolveIdentifiers(sql: string): string {
  if (!/\bidentifier\s*\(/i.test(sql)) return sql;
  const tokens = tokenize(sql);
  let out = "";
  let at = 0;
  for (let i = 0; i + 3 < tokens.length; i++) {
    const [word, open, name, close] = tokens.slice(i, i + 4);
    if (word?.upper !== "IDENTIFIER" || open?.text !== "(" || name?.kind !== "string" || close?.text !== ")") continue;
    out += sql.slice(at, word.start) + stringValue(name);
    at = close.end;
  }
  return out + sql.slice(at);
}
