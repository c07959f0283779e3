/**
 * Lexer for Snowflake SQL: one pass, no backtracking, no regular expression over unbounded parts.
 *
 * Text that two readers could cut differently is refused, never guessed: nested or unterminated comments,
 * unterminated quotes, `$name$`, `//` inside stage paths, characters outside ASCII beyond quotes, line
 * separators that only some tools honour, control and bidirectional characters. The warehouse must not be
 * able to see a statement that this lexer did not see.
 */

import type { LexResult, Token, TokenKind } from "./token.ts";
import { BIND, END, FILE, NUMBER, OP, POSITIONAL, QUOTED, STAGE, STRING, VARIABLE, WORD } from "./token.ts";

/** Longest text that is analysed at all, in UTF-16 units. */
export const TEXT_LENGTH_MAX = 1_048_576;
/** Most tokens in one text. */
export const TOKENS_MAX = 400_000;

/** NUL, and characters that reorder what a reviewer sees. */
const FORBIDDEN_ANYWHERE = /[\u0000\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u;

const DIGIT = 1;
const LETTER = 2;
const SPACE = 4;
const STAGE_PATH = 8;
const CLASS = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const char = String.fromCharCode(code);
  if (char >= "0" && char <= "9") CLASS[code] = DIGIT | STAGE_PATH;
  else if ((char >= "A" && char <= "Z") || (char >= "a" && char <= "z") || char === "_")
    CLASS[code] = LETTER | STAGE_PATH;
  else if (char === " " || char === "\t" || char === "\n" || char === "\r") CLASS[code] = SPACE;
  else if ("$.~%/-=+*".includes(char)) CLASS[code] = STAGE_PATH;
}

const THREE = new Set(["->>"]);
const TWO = new Set(["::", "<>", "!=", "<=", ">=", "||", "=>", "->", ":=", "**"]);
const ONE = "+-*/%=<>(),.;:[]{}!|^&";
const CLOSES: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** Ends lexing; caught in `lex` and nowhere else. */
class LexStop {
  readonly code: "LEX_AMBIGUOUS" | "LIMIT";
  readonly text: string;
  readonly at: number;
  constructor(code: "LEX_AMBIGUOUS" | "LIMIT", text: string, at: number) {
    this.code = code;
    this.text = text;
    this.at = at;
  }
}

function refuse(text: string, at: number): never {
  throw new LexStop("LEX_AMBIGUOUS", text, at);
}

class Lexer {
  readonly sql: string;
  readonly tokens: Token[] = [];
  at = 0;
  /** Index of the first token of the statement being read: PUT and GET have a path rule of their own. */
  statementStart = 0;
  readonly #open: number[] = [];

  constructor(sql: string) {
    this.sql = sql;
  }

  classAt(index: number): number {
    const code = this.sql.charCodeAt(index);
    return code < 128 ? (CLASS[code] ?? 0) : 0;
  }

  push(kind: TokenKind, text: string, start: number): void {
    if (this.tokens.length >= TOKENS_MAX) throw new LexStop("LIMIT", "The statement has too many tokens.", start);
    this.tokens.push({ kind, text, start, end: this.at, match: -1 });
  }

  run(): void {
    const { sql } = this;
    while (this.at < sql.length) {
      const cls = this.classAt(this.at);
      if (cls & SPACE) this.at++;
      else if (cls & LETTER) this.word();
      else if (cls & DIGIT) this.number();
      else this.other();
    }
    this.push(END, "", this.at);
  }

  other(): void {
    const char = this.sql.charAt(this.at);
    const next = this.sql.charAt(this.at + 1);
    if (char === "'") this.string();
    else if (char === '"') this.push(QUOTED, this.quoted(), this.tokenStart);
    else if ((char === "-" && next === "-") || (char === "/" && next === "/")) this.lineComment();
    else if (char === "/" && next === "*") this.blockComment();
    else if (char === "$") this.dollar();
    else if (char === "@") this.stage();
    else if (char === "." && this.classAt(this.at + 1) & DIGIT && !this.followsName()) this.number();
    else if (char === "?") this.single(BIND);
    else this.operator(char, next);
  }

  tokenStart = 0;

  single(kind: TokenKind): void {
    const start = this.at++;
    this.push(kind, this.sql.slice(start, this.at), start);
  }

  followsName(): boolean {
    const last = this.tokens[this.tokens.length - 1];
    return last !== undefined && last.end === this.at && (last.kind !== OP || last.text === ")" || last.text === "]");
  }

  word(): void {
    const start = this.at;
    const { sql } = this;
    let dollars = false;
    for (;;) {
      const code = sql.charCodeAt(this.at);
      if (code === 36) dollars = true;
      else if (!(code < 128 && (CLASS[code] ?? 0) & (LETTER | DIGIT))) break;
      this.at++;
    }
    const text = sql.slice(start, this.at).toUpperCase();
    if (dollars && text.includes("$$")) refuse("`$$` inside a name could open a string.", start);
    if (text === "FILE" && sql.startsWith("://", this.at) && this.inFileTransfer()) this.fileUrl(start);
    else this.push(WORD, text, start);
  }

  inFileTransfer(): boolean {
    const head = this.tokens[this.statementStart];
    return head !== undefined && head.kind === WORD && (head.text === "PUT" || head.text === "GET");
  }

  fileUrl(start: number): void {
    while (this.at < this.sql.length && !(this.classAt(this.at) & SPACE) && this.sql.charAt(this.at) !== ";") {
      if (this.sql.charCodeAt(this.at) > 126) refuse("A file path outside quotes must be plain ASCII.", this.at);
      this.at++;
    }
    this.push(FILE, this.sql.slice(start, this.at), start);
  }

  number(): void {
    const start = this.at;
    this.digits();
    if (this.sql.charAt(this.at) === "." && this.sql.charAt(this.at + 1) !== ".") {
      this.at++;
      this.digits();
    }
    const exponent = this.sql.charAt(this.at);
    if (exponent === "e" || exponent === "E") {
      const sign = this.sql.charAt(this.at + 1);
      const first = this.at + (sign === "+" || sign === "-" ? 2 : 1);
      if (this.classAt(first) & DIGIT) {
        this.at = first;
        this.digits();
      }
    }
    if (this.classAt(this.at) & LETTER || this.sql.charAt(this.at) === "$") refuse("A number runs into a name.", start);
    this.push(NUMBER, this.sql.slice(start, this.at), start);
  }

  digits(): void {
    while (this.classAt(this.at) & DIGIT) this.at++;
  }

  string(): void {
    const start = this.at++;
    const { sql } = this;
    let plain = true;
    for (;;) {
      if (this.at >= sql.length) refuse("A string is not closed.", start);
      const code = sql.charCodeAt(this.at);
      if (code === 92) {
        plain = false;
        this.at += 2;
      } else if (code === 39) {
        if (sql.charCodeAt(this.at + 1) !== 39) break;
        plain = false;
        this.at += 2;
      } else this.at++;
    }
    this.at++;
    const raw = sql.slice(start + 1, this.at - 1);
    this.push(STRING, plain ? raw : unescapeString(raw), start);
  }

  quoted(): string {
    const start = this.at++;
    this.tokenStart = start;
    const { sql } = this;
    let doubled = false;
    for (;;) {
      const close = sql.indexOf('"', this.at);
      if (close < 0) refuse("A quoted name is not closed.", start);
      this.at = close + 1;
      if (sql.charCodeAt(this.at) !== 34) break;
      doubled = true;
      this.at++;
    }
    const raw = sql.slice(start + 1, this.at - 1);
    if (raw === "") refuse("A quoted name is empty.", start);
    return doubled ? raw.replaceAll('""', '"') : raw;
  }

  lineComment(): void {
    const start = this.at;
    const { sql } = this;
    for (; this.at < sql.length; this.at++) {
      const code = sql.charCodeAt(this.at);
      if (code === 10) return;
      const bareReturn = code === 13 && sql.charCodeAt(this.at + 1) !== 10;
      if (bareReturn || code === 11 || code === 12 || code === 0x85 || code === 0x2028 || code === 0x2029)
        refuse("A line comment holds a line break that readers disagree on.", start);
    }
  }

  blockComment(): void {
    const start = this.at;
    const close = this.sql.indexOf("*/", start + 2);
    if (close < 0) refuse("A comment is not closed.", start);
    const inner = this.sql.slice(start + 2, close);
    if (inner.includes("/*") || inner.startsWith("/") || inner.endsWith("/"))
      refuse("A comment holds the start of another comment.", start);
    this.at = close + 2;
  }

  dollar(): void {
    const start = this.at++;
    const { sql } = this;
    if (sql.charAt(this.at) === "$") {
      const close = sql.indexOf("$$", start + 2);
      if (close < 0) refuse("A `$$` string is not closed.", start);
      this.at = close + 2;
      if (sql.charAt(this.at) === "$") refuse("Three `$` in a row can be cut in two ways.", start);
      this.push(STRING, sql.slice(start + 2, close), start);
      return;
    }
    const first = this.classAt(this.at);
    if (first & DIGIT) {
      this.digits();
      if (this.classAt(this.at) & LETTER || sql.charAt(this.at) === "$")
        refuse("`$` and a number run into a name.", start);
      this.push(POSITIONAL, sql.slice(start + 1, this.at), start);
    } else if (first & LETTER) {
      while (this.classAt(this.at) & (LETTER | DIGIT)) this.at++;
      if (sql.charAt(this.at) === "$") refuse("`$name$` can be a variable or open a string.", start);
      this.push(VARIABLE, sql.slice(start + 1, this.at).toUpperCase(), start);
    } else refuse("A `$` stands alone.", start);
  }

  stage(): void {
    const start = this.at++;
    const { sql } = this;
    let inPath = false;
    for (;;) {
      const char = sql.charAt(this.at);
      if (char === "/") inPath = true;
      if (char === '"') this.quoted();
      else if (inPath && char === ":") this.at++;
      else if (this.classAt(this.at) & STAGE_PATH) {
        const pair = sql.slice(this.at, this.at + 2);
        if (pair === "//" || pair === "--" || pair === "/*" || pair === "*/")
          refuse("A stage path holds what could be a comment.", start);
        this.at++;
      } else break;
    }
    if (this.at === start + 1) refuse("A stage has no name.", start);
    this.push(STAGE, sql.slice(start, this.at), start);
  }

  operator(char: string, next: string): void {
    const start = this.at;
    const three = this.sql.slice(start, start + 3);
    let text = char;
    if (THREE.has(three)) text = three;
    else if (TWO.has(char + next)) text = char + next;
    else if (char === "" || !ONE.includes(char)) refuse("A character that has no place outside quotes.", start);
    this.at += text.length;
    this.push(OP, text, start);
    this.pair(text);
    if (text === ";") this.statementStart = this.tokens.length;
  }

  pair(text: string): void {
    const here = this.tokens.length - 1;
    if (text === "(" || text === "[" || text === "{") this.#open.push(here);
    const partner = CLOSES[text];
    if (partner === undefined) return;
    const from = this.#open.pop();
    const opener = from === undefined ? undefined : this.tokens[from];
    const closer = this.tokens[here];
    if (from === undefined || opener === undefined || closer === undefined || opener.text !== partner) return;
    opener.match = here;
    closer.match = from;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", "0": "\0" };

/** Undoes `''` and backslash escapes; what a literal *says* matters for IDENTIFIER('…') and for detectors. */
function unescapeString(raw: string): string {
  let out = "";
  for (let i = 0; i < raw.length; i++) {
    const char = raw.charAt(i);
    if (char === "'") {
      out += "'";
      i++;
    } else if (char !== "\\") out += char;
    else {
      const code = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{3}))/.exec(raw.slice(i + 1, i + 6));
      const hex = code?.[1] ?? code?.[2];
      const octal = code?.[3];
      const next = raw.charAt(i + 1);
      if (hex !== undefined) out += String.fromCharCode(Number.parseInt(hex, 16));
      else if (octal !== undefined) out += String.fromCharCode(Number.parseInt(octal, 8));
      else out += ESCAPES[next] ?? next;
      i += code === null ? 1 : code[0].length;
    }
  }
  return out;
}

/**
 * Cuts a text into tokens, or says why it can't be cut in only one way.
 * The last token is always `END`.
 */
export function lex(sql: string): LexResult {
  if (sql.length > TEXT_LENGTH_MAX)
    return { ok: false, code: "LIMIT", text: "The statement is longer than 1 MiB.", at: TEXT_LENGTH_MAX };
  const forbidden = FORBIDDEN_ANYWHERE.exec(sql);
  if (forbidden !== null)
    return {
      ok: false,
      code: "LEX_AMBIGUOUS",
      text: "A control or bidirectional character, or half a character.",
      at: forbidden.index,
    };
  const lexer = new Lexer(sql);
  try {
    lexer.run();
  } catch (stop) {
    if (stop instanceof LexStop) return { ok: false, code: stop.code, text: stop.text, at: stop.at };
    throw stop;
  }
  return { ok: true, tokens: lexer.tokens };
}
