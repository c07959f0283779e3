/**
 * Reading a JSON object field by field: every decoder of this package is written with it.
 *
 * A field of another type than the protocol gives it ends the decoding with SHAPE and the key path. The
 * exception thrown for that never leaves `decoding`. Messages hold key paths, never values.
 */

import { isArray, isJsonObject, type Json, JsonNumber, type JsonObject } from "./json.ts";
import { accepted, type Result, refused, type WireErrorCode } from "./outcome.ts";
import { Secret } from "./secret.ts";

/** The one exception of the decoders; internal. */
export class Refusal extends Error {
  readonly code: WireErrorCode;
  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Ends the decoding that is under way. */
export function refuse(code: WireErrorCode, message: string): never {
  throw new Refusal(code, message);
}

/** Runs a decoder and turns its refusal into a result. */
export function decoding<T>(decode: () => T): Result<T> {
  try {
    return accepted(decode());
  } catch (fault) {
    if (fault instanceof Refusal) return refused(fault.code, fault.message);
    throw fault;
  }
}

/** The fields of one object, with the path that leads to it. A missing key and `null` are both "none". */
export class Fields {
  readonly object: JsonObject;
  readonly path: string;

  constructor(json: Json | undefined, path: string) {
    if (!isJsonObject(json)) refuse("SHAPE", `${path || "body"}: an object is expected`);
    this.object = json;
    this.path = path;
  }

  at(key: string): string {
    return this.path === "" ? key : `${this.path}.${key}`;
  }

  get(key: string): Json | undefined {
    return Object.hasOwn(this.object, key) ? this.object[key] : undefined;
  }

  has(key: string): boolean {
    const value = this.get(key);
    return value !== undefined && value !== null;
  }

  wrong(key: string, expected: string): never {
    return refuse("SHAPE", `${this.at(key)}: ${expected} is expected`);
  }

  textOrNull(key: string): string | null {
    const value = this.get(key) ?? null;
    if (value !== null && typeof value !== "string") this.wrong(key, "a string");
    return value;
  }

  text(key: string): string {
    return this.textOrNull(key) ?? this.wrong(key, "a string");
  }

  secretOrNull(key: string): Secret | null {
    const text = this.textOrNull(key);
    return text === null ? null : new Secret(text);
  }

  secret(key: string): Secret {
    return new Secret(this.text(key));
  }

  flag(key: string, otherwise: boolean): boolean {
    const value = this.get(key) ?? otherwise;
    if (typeof value !== "boolean") this.wrong(key, "true or false");
    return value;
  }

  flagOrNull(key: string): boolean | null {
    return this.has(key) ? this.flag(key, false) : null;
  }

  /** A whole number that JavaScript holds exactly. */
  intOrNull(key: string): number | null {
    const value = this.get(key) ?? null;
    if (value !== null && !(typeof value === "number" && Number.isSafeInteger(value)))
      this.wrong(key, "a whole number");
    return value;
  }

  int(key: string): number {
    return this.intOrNull(key) ?? this.wrong(key, "a whole number");
  }

  /** A whole number of at least 0. */
  countOrNull(key: string): number | null {
    const value = this.intOrNull(key);
    if (value !== null && value < 0) this.wrong(key, "a number of at least 0");
    return value;
  }

  /** A whole number of any size, as decimal text. */
  bigOrNull(key: string): string | null {
    const value = this.get(key) ?? null;
    if (value === null) return null;
    const text = value instanceof JsonNumber ? value.text : typeof value === "number" ? String(value) : "";
    if (!/^-?[0-9]{1,40}$/.test(text)) this.wrong(key, "a whole number");
    return text;
  }

  /** A list of at most `lengthMax` items; none when the key is missing or null. */
  list(key: string, lengthMax: number): readonly Json[] {
    const value = this.get(key) ?? [];
    if (!isArray(value)) return this.wrong(key, "a list");
    if (value.length > lengthMax) refuse("LIMIT", `${this.at(key)}: more than ${lengthMax} items`);
    return value;
  }

  child(key: string): Fields {
    return new Fields(this.get(key), this.at(key));
  }

  childOrNull(key: string): Fields | null {
    return this.has(key) ? this.child(key) : null;
  }

  keys(): readonly string[] {
    return Object.keys(this.object);
  }
}

/** An object without a prototype from ordered entries: what decoders put foreign keys into. */
export function record<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  const out: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) out[key] = value;
  return out;
}
