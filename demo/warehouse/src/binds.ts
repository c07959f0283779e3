/**
 * Bind values of a query request (protocol reference 5): each becomes a text for the engine and an
 * SQL text that reads it as its type. Array binds have one text for every row.
 */
import { WarehouseError } from "./errors.ts";

export interface Bind {
  /** `CAST($1 AS DATE)` and the like, in Snowflake's dialect. */
  readonly reading: string;
  /** One text, or one for each row of an array bind. */
  readonly values: readonly (string | null)[];
  readonly isArray: boolean;
}

const MILLISECOND = 1_000_000n;
const DAY_MS = 86_400_000n;

/** Reads the `bindings` of a request; null and absent mean none. */
export function readBinds(bindings: unknown): Bind[] {
  if (bindings === null || bindings === undefined) return [];
  if (typeof bindings !== "object") throw malformed();
  const entries = Object.entries(bindings as Record<string, unknown>).sort(([a], [b]) => Number(a) - Number(b));
  return entries.map(([key, entry], i) => {
    if (Number(key) !== i + 1 || typeof entry !== "object" || entry === null) throw malformed();
    const { type, value } = entry as { type?: unknown; value?: unknown };
    return readBind(i + 1, String(type ?? "TEXT").toUpperCase(), value);
  });
}

function readBind(n: number, type: string, value: unknown): Bind {
  const isArray = Array.isArray(value);
  const raw = (isArray ? value : [value]).map((item) => (item === null || item === undefined ? null : String(item)));
  return {
    reading: reading(n, type, raw),
    values: raw.map((text) => (text === null ? null : engineText(type, text))),
    isArray,
  };
}

function reading(n: number, type: string, values: readonly (string | null)[]): string {
  const at = `$${n}`;
  switch (type) {
    case "FIXED": {
      const scale = Math.max(0, ...values.map((text) => (text?.split(".")[1] ?? "").length));
      return scale === 0 && values.every((text) => text === null || /^[+-]?\d{1,18}$/.test(text))
        ? `CAST(${at} AS SLUICE_BIGINT)`
        : `CAST(${at} AS DECIMAL(38, ${Math.min(scale, 37)}))`;
    }
    case "REAL":
      return `CAST(${at} AS DOUBLE)`;
    case "BOOLEAN":
      return `CAST(${at} AS BOOLEAN)`;
    case "BINARY":
      return `SLUICE_BINARY(${at})`;
    case "DATE":
      return `CAST(${at} AS DATE)`;
    case "TIME":
      return `CAST(${at} AS TIME)`;
    case "TIMESTAMP_NTZ":
      return `CAST(${at} AS SLUICE_NTZ)`;
    case "TIMESTAMP_LTZ":
      return `CAST(${at} AS SLUICE_LTZ)`;
    case "TIMESTAMP_TZ":
      return `SLUICE_ZONED(${at})`;
    case "VARIANT":
      return `PARSE_JSON(${at})`;
    case "OBJECT":
      return `SLUICE_OBJECT(PARSE_JSON(${at}))`;
    case "ARRAY":
      return `SLUICE_ARRAY(PARSE_JSON(${at}))`;
    default:
      return `CAST(${at} AS VARCHAR)`;
  }
}

/** The wire's text as one that the engine reads: dates from milliseconds, times from nanoseconds. */
function engineText(type: string, text: string): string {
  if (!/^-?\d+( -?\d+)?$/.test(text)) return text;
  switch (type) {
    case "DATE":
      return dateText(floorDivide(BigInt(text), DAY_MS));
    case "TIME":
      return clockText(BigInt(text));
    case "TIMESTAMP_NTZ":
      return momentText(BigInt(text));
    case "TIMESTAMP_LTZ":
      return `${momentText(BigInt(text))}+00`;
    case "TIMESTAMP_TZ":
      return zonedText(text);
    default:
      return text;
  }
}

function zonedText(text: string): string {
  const [nanos = "0", shifted = "1440"] = text.split(" ");
  const offset = Number(shifted) - 1440;
  const absolute = Math.abs(offset);
  const zone = `${offset < 0 ? "-" : "+"}${String(Math.floor(absolute / 60)).padStart(2, "0")}:${String(absolute % 60).padStart(2, "0")}`;
  return `${momentText(BigInt(nanos) + BigInt(offset) * 60_000n * MILLISECOND)} ${zone}`;
}

function momentText(nanos: bigint): string {
  const dayNanos = DAY_MS * MILLISECOND;
  const days = floorDivide(nanos, dayNanos);
  return `${dateText(days)} ${clockText(nanos - days * dayNanos)}`;
}

function dateText(days: bigint): string {
  return new Date(Number(days * DAY_MS)).toISOString().replace(/T.*/, "");
}

function clockText(nanos: bigint): string {
  const seconds = nanos / 1_000_000_000n;
  const part = (n: bigint) => n.toString().padStart(2, "0");
  return `${part(seconds / 3600n)}:${part((seconds / 60n) % 60n)}:${part(seconds % 60n)}.${(nanos % 1_000_000_000n).toString().padStart(9, "0")}`;
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a < 0n && quotient * b !== a ? quotient - 1n : quotient;
}

function malformed(): WarehouseError {
  return new WarehouseError("002090", "42601", "Bind variables are malformed.");
}
