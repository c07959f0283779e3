/**
 * Bind values: what a statement's `?` and `:1` stand for (protocol §5).
 *
 * On the wire each is a type name and a text, or a list of texts for an array bind. `parseBindValue` turns one
 * text into a typed value in plain units, for a server; a gateway relays the texts as they came.
 */

import { isArray, type Json, type JsonObject } from "./json.ts";
import type { Result } from "./outcome.ts";
import { decoding, type Fields, record, refuse } from "./shape.ts";

export const BIND_TYPES = [
  "FIXED",
  "REAL",
  "DECFLOAT",
  "TEXT",
  "BINARY",
  "BOOLEAN",
  "DATE",
  "TIME",
  "TIMESTAMP",
  "TIMESTAMP_NTZ",
  "TIMESTAMP_LTZ",
  "TIMESTAMP_TZ",
  "VARIANT",
  "OBJECT",
  "ARRAY",
  "MAP",
  "VECTOR",
  "JSON",
  "ANY",
  "NULL",
  "INTERVAL_YEAR_MONTH",
  "INTERVAL_DAY_TIME",
] as const;
export type BindType = (typeof BIND_TYPES)[number];

export interface Bind {
  readonly type: BindType;
  /** A list is an array bind: one text per row. */
  readonly value: string | null | readonly (string | null)[];
  /** `json` for semi-structured and structured values. */
  readonly fmt: string | null;
  /** The schema of a structured value, relayed as it came. */
  readonly schema: JsonObject | null;
}

/** By position (`"1"`, `"2"`) or by name. */
export type Bindings = Readonly<Record<string, Bind>>;

const BINDS_MAX = 20_000;
const ROWS_MAX = 2_000_000;

/** Reads `bindings`; null when there are none. */
export function readBindings(fields: Fields | null): Bindings | null {
  if (fields === null) return null;
  const keys = fields.keys();
  if (keys.length > BINDS_MAX) refuse("LIMIT", "too many bind values");
  if (keys.length === 0) return null;
  return record(keys.map((key) => [key, readBind(fields.child(key))] as const));
}

function readBind(fields: Fields): Bind {
  const name = fields.text("type").toUpperCase();
  const type = BIND_TYPES.find((known) => known === name);
  return {
    type: type ?? refuse("UNKNOWN_VALUE", `${fields.at("type")}: not a bind type of the protocol`),
    value: readBindTexts(fields),
    fmt: fields.textOrNull("fmt"),
    schema: fields.childOrNull("schema")?.object ?? null,
  };
}

function readBindTexts(fields: Fields): string | null | readonly (string | null)[] {
  const value = fields.get("value") ?? null;
  if (!isArray(value)) return fields.textOrNull("value");
  if (value.length > ROWS_MAX) refuse("LIMIT", `${fields.at("value")}: too many rows`);
  return value.map((item) => {
    return item === null || typeof item === "string" ? item : fields.wrong("value", "a list of strings or nulls");
  });
}

/** Writes `bindings`. */
export function renderBindings(bindings: Bindings): JsonObject {
  return record(
    Object.entries(bindings).map(([key, bind]) => {
      const out: Record<string, Json> = { type: bind.type, value: bind.value };
      if (bind.fmt !== null) out.fmt = bind.fmt;
      if (bind.schema !== null) out.schema = bind.schema;
      return [key, out] as const;
    }),
  );
}

/** One bind value in plain units. Times count nanoseconds, as bigint; dates count days since 1970-01-01. */
export type BindValue =
  | { readonly kind: "null" }
  | { readonly kind: "decimal"; readonly text: string }
  | { readonly kind: "real"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  /** Upper-case hexadecimal. */
  | { readonly kind: "binary"; readonly hex: string }
  | { readonly kind: "date"; readonly days: number }
  | { readonly kind: "time"; readonly nanoseconds: bigint }
  /** `offsetMinutes` is null where the bind carried none (NTZ, LTZ, and TZ from Python 5). */
  | { readonly kind: "timestamp"; readonly nanoseconds: bigint; readonly offsetMinutes: number | null }
  | { readonly kind: "json"; readonly text: string };

/** Reads the text of one bind value; SHAPE when it isn't the protocol's text for that type. */
export function parseBindValue(type: BindType, text: string | null): Result<BindValue> {
  return decoding(() => (text === null ? { kind: "null" } : readBindValue(type, text)));
}

function readBindValue(type: BindType, text: string): BindValue {
  switch (type) {
    case "FIXED":
    case "INTERVAL_YEAR_MONTH":
    case "INTERVAL_DAY_TIME":
      return { kind: "decimal", text: matching(text, /^[+-]?[0-9]{1,60}(?:\.[0-9]{0,60})?$/) };
    case "REAL":
    case "DECFLOAT":
      return { kind: "real", text: matching(text, REAL) };
    case "BOOLEAN":
      return { kind: "boolean", value: /^(?:true|1)$/i.test(matching(text, /^(?:true|false|1|0)$/i)) };
    case "BINARY":
      return { kind: "binary", hex: matching(text, /^(?:[0-9a-fA-F]{2})*$/).toUpperCase() };
    case "DATE":
      return readDate(text);
    case "TIME":
      return { kind: "time", nanoseconds: BigInt(matching(text, /^[0-9]{1,15}$/)) };
    case "TIMESTAMP":
    case "TIMESTAMP_NTZ":
    case "TIMESTAMP_LTZ":
    case "TIMESTAMP_TZ":
      return readTimestamp(text);
    case "VARIANT":
    case "OBJECT":
    case "ARRAY":
    case "MAP":
    case "VECTOR":
    case "JSON":
      return { kind: "json", text };
    case "TEXT":
    case "ANY":
    case "NULL":
      return { kind: "text", text };
  }
}

const REAL = /^[+-]?(?:(?:[0-9]{1,400}\.?[0-9]{0,400}|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,5})?|inf(?:inity)?|nan)$/i;

function matching(text: string, pattern: RegExp): string {
  return pattern.test(text) ? text : refuse("SHAPE", "a bind value that isn't of its type");
}

/** Most drivers send milliseconds since 1970; a plain ISO date is taken too. */
function readDate(text: string): BindValue {
  const iso = /^([0-9]{4})-([0-9]{2})-([0-9]{2})$/.exec(text);
  const milliseconds = iso === null ? Number(matching(text, /^-?[0-9]{1,16}$/)) : Date.parse(`${text}T00:00:00Z`);
  const days = Math.floor(milliseconds / 86_400_000);
  if (!Number.isSafeInteger(days)) refuse("SHAPE", "a bind value that isn't a date");
  return { kind: "date", days };
}

function readTimestamp(text: string): BindValue {
  const parts = /^(-?[0-9]{1,25})(?: ([0-9]{1,4}))?$/.exec(text);
  const nanoseconds = parts?.[1];
  if (nanoseconds === undefined) return refuse("SHAPE", "a bind value that isn't a timestamp");
  const zone = parts?.[2];
  return {
    kind: "timestamp",
    nanoseconds: BigInt(nanoseconds),
    offsetMinutes: zone === undefined ? null : Number(zone) - 1_440,
  };
}
