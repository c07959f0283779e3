/**
 * One pass over JSON text, by hand: the inner part of `parseJson`.
 *
 * It builds values, or skips them with the same checks of syntax where their text is kept. It ends a bad text
 * with a `JsonFault`, which `parseJson` turns into a result.
 */

import { type Json, type JsonObject, jsonNumber, RawJson } from "./json-value.ts";
import type { WireErrorCode } from "./outcome.ts";

/** Why a text was not taken. */
export class JsonFault extends Error {
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The key paths whose value is kept as text, as a tree. */
export interface RawTree {
  isRaw: boolean;
  readonly children: Map<string, RawTree>;
}

/** The tree of paths like `data.rowset`; null for none. */
export function rawTree(paths: readonly string[]): RawTree | null {
  if (paths.length === 0) return null;
  const root: RawTree = { isRaw: false, children: new Map() };
  for (const path of paths) {
    let node = root;
    for (const key of path.split(".")) {
      const child: RawTree = node.children.get(key) ?? { isRaw: false, children: new Map() };
      node.children.set(key, child);
      node = child;
    }
    node.isRaw = true;
  }
  return root;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

/** What follows a backslash, apart from `u`. */
const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x22, '"'],
  [0x5c, "\\"],
  [0x2f, "/"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);

/** One pass over the text. `at` always stands on the next character that was not consumed. */
export class Scanner {
  readonly #text: string;
  readonly #depthMax: number;
  #nodesLeft: number;
  #at = 0;

  constructor(text: string, depthMax: number, nodesMax: number) {
    this.#text = text;
    this.#depthMax = depthMax;
    this.#nodesLeft = nodesMax;
  }

  document(raw: RawTree | null): Json {
    this.#space();
    const value = this.#value(0, raw);
    this.#space();
    if (this.#at !== this.#text.length) this.#fail("text after the document");
    return value;
  }

  #fail(what: string, code: WireErrorCode = "JSON_SYNTAX"): never {
    throw new JsonFault(code, `${what} at offset ${this.#at}`);
  }

  #space(): void {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
      at++;
    }
    this.#at = at;
  }

  #value(depth: number, raw: RawTree | null): Json {
    if (raw?.isRaw === true) return this.#rawValue(depth);
    if (--this.#nodesLeft < 0) this.#fail("too many values", "JSON_SIZE");
    const c = this.#text.charCodeAt(this.#at);
    if (c === QUOTE) return this.#string();
    if (c === OPEN_OBJECT) return this.#object(depth + 1, raw);
    if (c === OPEN_ARRAY) return this.#array(depth + 1);
    if (c === MINUS || (c >= ZERO && c <= NINE)) return jsonNumber(this.#numberText());
    return this.#word();
  }

  #word(): boolean | null {
    if (this.#text.startsWith("null", this.#at)) {
      this.#at += 4;
      return null;
    }
    if (this.#text.startsWith("true", this.#at)) {
      this.#at += 4;
      return true;
    }
    if (this.#text.startsWith("false", this.#at)) {
      this.#at += 5;
      return false;
    }
    return this.#fail("no JSON value");
  }

  #enter(depth: number): void {
    if (depth > this.#depthMax) this.#fail("nested too deeply", "JSON_DEPTH");
    this.#at++;
    this.#space();
  }

  /** After a member: true when another follows, false when the closing character was consumed. */
  #another(close: number): boolean {
    this.#space();
    const c = this.#text.charCodeAt(this.#at);
    if (c !== COMMA && c !== close) this.#fail("expected a comma or the closing bracket");
    this.#at++;
    if (c === close) return false;
    this.#space();
    return true;
  }

  #isEmpty(close: number): boolean {
    if (this.#text.charCodeAt(this.#at) !== close) return false;
    this.#at++;
    return true;
  }

  #array(depth: number): readonly Json[] {
    this.#enter(depth);
    const items: Json[] = [];
    if (this.#isEmpty(CLOSE_ARRAY)) return items;
    do items.push(this.#value(depth, null));
    while (this.#another(CLOSE_ARRAY));
    return items;
  }

  #key(): string {
    if (this.#text.charCodeAt(this.#at) !== QUOTE) this.#fail("expected a key");
    const key = this.#string();
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== COLON) this.#fail("expected a colon");
    this.#at++;
    this.#space();
    return key;
  }

  #object(depth: number, raw: RawTree | null): JsonObject {
    this.#enter(depth);
    // INVARIANT (no prototype): `__proto__` is an ordinary key of such an object.
    const members: Record<string, Json> = Object.create(null);
    if (this.#isEmpty(CLOSE_OBJECT)) return members;
    do {
      const key = this.#key();
      if (key in members) this.#fail("duplicate key", "JSON_DUPLICATE_KEY");
      members[key] = this.#value(depth, raw?.children.get(key) ?? null);
    } while (this.#another(CLOSE_OBJECT));
    return members;
  }

  #rawValue(depth: number): RawJson {
    const start = this.#at;
    this.#skip(depth);
    return new RawJson(this.#text.slice(start, this.#at));
  }

  /** Consumes one value and checks all of its syntax without building it. */
  #skip(depth: number): void {
    const c = this.#text.charCodeAt(this.#at);
    if (c === QUOTE) this.#skipString();
    else if (c === OPEN_ARRAY) {
      this.#enter(depth + 1);
      if (this.#isEmpty(CLOSE_ARRAY)) return;
      do this.#skip(depth + 1);
      while (this.#another(CLOSE_ARRAY));
    } else if (c === OPEN_OBJECT) this.#skipObject(depth + 1);
    else if (c === MINUS || (c >= ZERO && c <= NINE)) this.#numberText();
    else this.#word();
  }

  #skipObject(depth: number): void {
    this.#enter(depth);
    if (this.#isEmpty(CLOSE_OBJECT)) return;
    const keys = new Set<string>();
    do {
      const key = this.#key();
      if (keys.has(key)) this.#fail("duplicate key", "JSON_DUPLICATE_KEY");
      keys.add(key);
      this.#skip(depth);
    } while (this.#another(CLOSE_OBJECT));
  }

  /** From the current character to the next quote, backslash or control character. */
  #plainEnd(): number {
    const text = this.#text;
    let at = this.#at;
    for (;;) {
      const c = text.charCodeAt(at);
      if (c === QUOTE || c === BACKSLASH) return at;
      // NaN past the end fails this comparison too.
      if (!(c >= 0x20)) {
        this.#at = at;
        this.#fail(at < text.length ? "control character in a string" : "string without an end");
      }
      at++;
    }
  }

  #string(): string {
    this.#at++;
    const start = this.#at;
    let end = this.#plainEnd();
    if (this.#text.charCodeAt(end) === QUOTE) {
      this.#at = end + 1;
      return this.#text.slice(start, end);
    }
    let value = this.#text.slice(start, end);
    this.#at = end;
    while (this.#text.charCodeAt(this.#at) === BACKSLASH) {
      value += this.#escape();
      end = this.#plainEnd();
      value += this.#text.slice(this.#at, end);
      this.#at = end;
    }
    this.#at++;
    return value;
  }

  #skipString(): void {
    this.#at++;
    this.#at = this.#plainEnd();
    while (this.#text.charCodeAt(this.#at) === BACKSLASH) {
      this.#escape();
      this.#at = this.#plainEnd();
    }
    this.#at++;
  }

  #escape(): string {
    const c = this.#text.charCodeAt(this.#at + 1);
    if (c !== 0x75) {
      const plain = ESCAPES.get(c);
      if (plain === undefined) this.#fail("unknown escape");
      this.#at += 2;
      return plain;
    }
    const hex = this.#text.slice(this.#at + 2, this.#at + 6);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.#fail("unknown escape");
    this.#at += 6;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }

  #digits(at: number): number {
    let end = at;
    for (;;) {
      const c = this.#text.charCodeAt(end);
      if (!(c >= ZERO && c <= NINE)) break;
      end++;
    }
    if (end === at) this.#fail("number without digits");
    return end;
  }

  #numberText(): string {
    const text = this.#text;
    const start = this.#at;
    let at = text.charCodeAt(start) === MINUS ? start + 1 : start;
    const first = text.charCodeAt(at);
    at = this.#digits(at);
    const intStart = text.charCodeAt(start) === MINUS ? start + 1 : start;
    if (first === ZERO && at - intStart > 1) this.#fail("number with a leading zero");
    if (text.charCodeAt(at) === 0x2e) at = this.#digits(at + 1);
    const e = text.charCodeAt(at);
    if (e === 0x65 || e === 0x45) {
      const sign = text.charCodeAt(at + 1);
      at = this.#digits(sign === 0x2b || sign === MINUS ? at + 2 : at + 1);
    }
    this.#at = at;
    return text.slice(start, at);
  }
}
