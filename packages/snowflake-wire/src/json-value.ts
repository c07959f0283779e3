/**
 * The values of JSON as this package holds them.
 *
 * Two kinds stay text, so that nothing is lost: a number that a JavaScript number would not print back the
 * same (`JsonNumber`), and a value that is passed on exactly as it came (`RawJson`).
 */

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

const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/;

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
