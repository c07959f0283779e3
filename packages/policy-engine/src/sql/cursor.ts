/**
 * The parser's place in the token list, with its limits. Nothing here ever moves backwards.
 *
 * Parsing ends early by throwing a `ParseStop`, which `analyse` catches; it is not an `Error`, because hostile
 * text would otherwise make the process collect stack traces for a living.
 */

import type { Ident, Query } from "./ast.ts";
import type { Token, TokenKind } from "./token.ts";
import { END, OP, QUOTED, WORD } from "./token.ts";

/** Deepest nesting of expressions, queries and parentheses together. */
export const DEPTH_MAX = 120;

export class ParseStop {
  readonly code: string;
  readonly text: string;
  readonly at: number;
  constructor(code: string, text: string, at: number) {
    this.code = code;
    this.text = text;
    this.at = at;
  }
}

/** Most tree levels that come from chains and not from nesting. */
const LINKS_MAX = 500;

export type QueryReader = (cursor: Cursor, left: Query | null) => Query;

const NOTHING: Token = { kind: END, text: "", start: 0, end: 0, match: -1 };

export class Cursor {
  readonly tokens: readonly Token[];
  index: number;
  depth = 0;
  readonly sql: string;
  /** Reads a query; `left` is a parenthesised one already read, which a set operation may continue. */
  readonly query: QueryReader;
  /** Index of the token behind the statement, when the caller knows it. */
  stop = Number.MAX_SAFE_INTEGER;
  /** PRIOR is an operator only in CONNECT BY. */
  priorAllowed = false;
  #links = 0;

  /** `query` is handed in, so that expressions can hold queries without knowing their grammar. */
  constructor(sql: string, tokens: readonly Token[], index: number, query: QueryReader) {
    this.sql = sql;
    this.tokens = tokens;
    this.index = index;
    this.query = query;
  }

  /** Counts a level of the tree that no nesting of the text pays for (`a = b = c …`). */
  link(): void {
    if (++this.#links > LINKS_MAX) this.fail("The statement chains too many operators.", "LIMIT");
  }

  get token(): Token {
    return this.tokens[this.index] ?? NOTHING;
  }

  ahead(distance: number): Token {
    return this.tokens[this.index + distance] ?? NOTHING;
  }

  get start(): number {
    return this.token.start;
  }

  /** End of the token just read. */
  get end(): number {
    return this.tokens[this.index - 1]?.end ?? 0;
  }

  next(): Token {
    const token = this.token;
    if (token.kind !== END) this.index++;
    return token;
  }

  fail(text = "The statement can't be read here.", code = "UNPARSED"): never {
    throw new ParseStop(code, text, this.token.start);
  }

  enter(): void {
    if (++this.depth > DEPTH_MAX) this.fail("The statement is nested too deeply.", "LIMIT");
  }

  leave(): void {
    this.depth--;
  }

  isKind(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  isWord(word: string, distance = 0): boolean {
    const token = this.ahead(distance);
    return token.kind === WORD && token.text === word;
  }

  isAnyWord(words: ReadonlySet<string>, distance = 0): boolean {
    const token = this.ahead(distance);
    return token.kind === WORD && words.has(token.text);
  }

  isOp(op: string, distance = 0): boolean {
    const token = this.ahead(distance);
    return token.kind === OP && token.text === op;
  }

  /** True at the end of a statement. */
  get atEnd(): boolean {
    return this.token.kind === END || this.isOp(";");
  }

  word(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.index++;
    return true;
  }

  /** All of the words in a row, or none. */
  words(...words: readonly string[]): boolean {
    for (let i = 0; i < words.length; i++) if (!this.isWord(words[i] ?? "", i)) return false;
    this.index += words.length;
    return true;
  }

  op(op: string): boolean {
    if (!this.isOp(op)) return false;
    this.index++;
    return true;
  }

  needWord(word: string): void {
    if (!this.word(word)) this.fail(`Expected ${word}.`);
  }

  needOp(op: string): void {
    if (!this.op(op)) this.fail(`Expected \`${op}\`.`);
  }

  need(kind: TokenKind, what: string): Token {
    if (this.token.kind !== kind) this.fail(`Expected ${what}.`);
    return this.next();
  }

  /** One identifier; unquoted ones must not be in `reserved`. */
  ident(reserved: ReadonlySet<string>): Ident {
    const token = this.token;
    if (token.kind !== QUOTED && (token.kind !== WORD || reserved.has(token.text))) this.fail("Expected a name.");
    this.index++;
    return { name: token.text, quoted: token.kind === QUOTED, start: token.start, end: token.end };
  }

  isIdent(reserved: ReadonlySet<string>, distance = 0): boolean {
    const token = this.ahead(distance);
    return token.kind === QUOTED || (token.kind === WORD && !reserved.has(token.text));
  }

  /** Comma-separated, at least one. */
  list<T>(read: () => T): T[] {
    const out = [read()];
    while (this.op(",")) out.push(read());
    return out;
  }

  /** `( a, b )`, at least one. */
  parenList<T>(read: () => T): T[] {
    this.needOp("(");
    const out = this.list(read);
    this.needOp(")");
    return out;
  }
}
