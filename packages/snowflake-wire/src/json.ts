/**
 * Strict, lossless JSON: what every body of the protocol is read and written with.
 *
 * Lossless: a number that a JavaScript number would not print back the same stays text (`JsonNumber`), and a
 * value named in `rawAt` stays the verbatim text it came as (`RawJson`), after its syntax was checked in full.
 * Strict: duplicate keys, trailing text, control characters in strings, depth and node count beyond the
 * bounds are refused. Objects have no prototype, so that no key of the input can reach one.
 * Never uses `JSON.parse` on a whole body: it keeps the last of two equal keys and rounds numbers.
 */

import { accepted, type Result, refused, type WireErrorCode } from "./outcome.ts";

export type Json = null | boolean | string | number | JsonNumber | RawJson | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** A number kept as its text, because a JavaScript number would not print it back the same (`1.0`, 2^53 + 1). */
export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    if (!NUMBER.test(text)) throw new TypeError("JsonNumber: not the text of a JSON number");
    this.text = text;
  }
}

/**
 * JSON text that is written out exactly as it stands.
 * The text must be one well-formed JSON value: it comes from `parseJson` (`rawAt`), or from our own writer.
 */
export class RawJson {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface ParseJsonOptions {
  /** Deepest nesting of arrays and objects; 64 unless told. */
  readonly depthMax?: number;
  /** Most values in the document, raw parts not counted; 4,000,000 unless told. */
  readonly nodesMax?: number;
  /** Key paths from the top (`data.rowset`) whose value is kept as `RawJson`. */
  readonly rawAt?: readonly string[];
}

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

/**
 * Reads one JSON document.
 *
 * @returns the value, or JSON_SYNTAX, JSON_DUPLICATE_KEY, JSON_DEPTH or JSON_SIZE with the offset (RFC 8259 grammar).
 */
export function parseJson(text: string, options: ParseJsonOptions = {}): Result<Json> {
  const scanner = new Scanner(text, options.depthMax ?? 64, options.nodesMax ?? 4_000_000);
  try {
    return accepted(scanner.document(rawTree(options.rawAt ?? [])));
  } catch (fault) {
    if (fault instanceof JsonFault) return refused(fault.code, fault.message);
    throw fault;
  }
}

/**
 * Writes a value as JSON text without white space.
 * Throws for what JSON has no text for (NaN, an infinity): a caller's mistake, never input.
 */
export function renderJson(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") return renderNumber(value);
  if (value instanceof RawJson || value instanceof JsonNumber) return value.text;
  if (isArray(value)) {
    let text = "[";
    for (let i = 0; i < value.length; i++) text += (i === 0 ? "" : ",") + renderJson(value[i] ?? null);
    return `${text}]`;
  }
  let text = "{";
  for (const [key, member] of Object.entries(value)) {
    text += `${text.length === 1 ? "" : ","}${JSON.stringify(key)}:${renderJson(member)}`;
  }
  return `${text}}`;
}

/** True for a plain JSON object: not null, not an array, not a kept number or raw text. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !isArray(value) &&
    !(value instanceof JsonNumber) &&
    !(value instanceof RawJson)
  );
}

/** `Array.isArray` for `Json`, whose arrays are read-only. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Puts a decimal text into the shortest form that loses nothing: a number where it prints back the same. */
export function jsonNumber(text: string): number | JsonNumber {
  const number = Number(text);
  return String(number) === text ? number : new JsonNumber(text);
}

function renderNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError("renderJson: a number that JSON can't write");
  return String(value);
}

class JsonFault extends Error {
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

interface RawTree {
  isRaw: boolean;
  readonly children: Map<string, RawTree>;
}

function rawTree(paths: readonly string[]): RawTree | null {
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
class Scanner {
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
