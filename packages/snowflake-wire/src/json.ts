/**
 * Strict, lossless JSON: what every body of the protocol is read and written with.
 *
 * Lossless: a number that a JavaScript number would not print back the same stays text (`JsonNumber`), and a
 * value named in `rawAt` stays the verbatim text it came as (`RawJson`), after its syntax was checked in full.
 * Strict: duplicate keys, trailing text, control characters in strings, depth and node count beyond the
 * bounds are refused. Objects have no prototype, so that no key of the input can reach one.
 * Never uses `JSON.parse` on a whole body: it keeps the last of two equal keys and rounds numbers.
 */

import { JsonFault, rawTree, Scanner } from "./json-scanner.ts";
import { isArray, type Json, JsonNumber, RawJson } from "./json-value.ts";
import { accepted, type Result, refused } from "./outcome.ts";

export { isArray, isJsonObject, type Json, JsonNumber, type JsonObject, jsonNumber, RawJson } from "./json-value.ts";

export interface ParseJsonOptions {
  /** Deepest nesting of arrays and objects; 64 unless told. */
  readonly depthMax?: number;
  /** Most values in the document, raw parts not counted; 4,000,000 unless told. */
  readonly nodesMax?: number;
  /** Key paths from the top (`data.rowset`) whose value is kept as `RawJson`. */
  readonly rawAt?: readonly string[];
}

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

function renderNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError("renderJson: a number that JSON can't write");
  return String(value);
}
