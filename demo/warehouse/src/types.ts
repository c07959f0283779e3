/**
 * The engine's types as Snowflake's: the rowtype entry of a result column, and how one value of it is
 * written into a JSON cell (protocol reference 8.1) or an Arrow cell (7.2).
 *
 * The engine has no OBJECT, ARRAY or TIMESTAMP_TZ: they are stored as MAP(VARCHAR, JSON), JSON[] and
 * the struct type SLUICE_TZ (UTC nanoseconds and offset in minutes). JSON is VARIANT.
 */
import { type DuckDBType, DuckDBTypeId, type DuckDBValue } from "@duckdb/node-api";
import type { ArrowCell } from "@sluice/snowflake-wire";
import { jsonOf, prettyJson } from "./semi-structured.ts";

/** One entry of `rowtype`. */
export interface Column {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly collation: null;
}

/** How the values of one column are written; neither is called for NULL. */
export interface CellCodec {
  readonly json: (value: DuckDBValue) => string;
  readonly arrow: (value: DuckDBValue) => ArrowCell;
}

export interface ColumnPlan {
  readonly column: Column;
  readonly codec: CellCodec;
}

export const TEXT_LENGTH = 16_777_216;
const BINARY_LENGTH = 8_388_608;
const SECOND_NS = 1_000_000_000n;

export function column(name: string, type: string, parts: Partial<Column> = {}): Column {
  const blank = { length: null, byteLength: null, precision: null, scale: null, collation: null };
  return { name, database: "", schema: "", table: "", type, nullable: true, ...blank, ...parts };
}

export function textColumn(name: string, length = TEXT_LENGTH): Column {
  return column(name, "text", { length, byteLength: Math.min(length * 4, TEXT_LENGTH) });
}

export function fixedColumn(name: string, precision = 38, scale = 0): Column {
  return column(name, "fixed", { precision, scale });
}

/** The plan of a result column; an engine type with no counterpart is delivered as text. */
export function planColumn(name: string, type: DuckDBType | null): ColumnPlan {
  const text = textPlan(name);
  if (type === null) return text;
  const digits = INTEGER_DIGITS.get(type.typeId);
  if (digits !== undefined) return { column: fixedColumn(name, digits), codec: fixedCodec(0) };
  switch (type.typeId) {
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBType & { width: number; scale: number };
      return { column: fixedColumn(name, width, scale), codec: fixedCodec(scale) };
    }
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return { column: column(name, "real"), codec: { json: (v) => realText(Number(v)), arrow: (v) => Number(v) } };
    case DuckDBTypeId.BOOLEAN:
      return {
        column: column(name, "boolean"),
        codec: { json: (v) => (v === true ? "1" : "0"), arrow: (v) => v === true },
      };
    case DuckDBTypeId.BLOB:
      return { column: column(name, "binary", { length: BINARY_LENGTH, byteLength: BINARY_LENGTH }), codec: BINARY };
    case DuckDBTypeId.DATE:
      return { column: column(name, "date"), codec: { json: (v) => String(daysOf(v)), arrow: daysOf } };
    case DuckDBTypeId.VARCHAR:
      return type.alias === "JSON" ? { column: column(name, "variant"), codec: VARIANT } : text;
    default:
      return planMoment(name, type) ?? planNested(name, type) ?? text;
  }
}

const INTEGER_DIGITS: ReadonlyMap<number, number> = new Map([
  [DuckDBTypeId.TINYINT, 3],
  [DuckDBTypeId.SMALLINT, 5],
  [DuckDBTypeId.INTEGER, 10],
  [DuckDBTypeId.BIGINT, 18],
  [DuckDBTypeId.UTINYINT, 3],
  [DuckDBTypeId.USMALLINT, 5],
  [DuckDBTypeId.UINTEGER, 10],
  [DuckDBTypeId.UBIGINT, 20],
  [DuckDBTypeId.HUGEINT, 38],
]);

function planMoment(name: string, type: DuckDBType): ColumnPlan | null {
  switch (type.typeId) {
    case DuckDBTypeId.TIME:
    case DuckDBTypeId.TIME_NS:
    case DuckDBTypeId.TIME_TZ:
      return {
        column: column(name, "time", { precision: 0, scale: 9 }),
        codec: { json: (v) => secondsText(nanosOf(v)), arrow: nanosOf },
      };
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_NS:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_S:
      return { column: column(name, "timestamp_ntz", { precision: 0, scale: 9 }), codec: INSTANT };
    case DuckDBTypeId.TIMESTAMP_TZ:
      return { column: column(name, "timestamp_ltz", { precision: 0, scale: 9 }), codec: INSTANT };
    default:
      return null;
  }
}

function planNested(name: string, type: DuckDBType): ColumnPlan | null {
  const json = (value: DuckDBValue) => prettyJson(jsonOf(value, type));
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY:
      return { column: column(name, "array"), codec: { json, arrow: json } };
    case DuckDBTypeId.STRUCT:
      if (String(type).includes("$offset"))
        return { column: column(name, "timestamp_tz", { precision: 0, scale: 9 }), codec: ZONED };
      return { column: column(name, "object"), codec: { json, arrow: json } };
    case DuckDBTypeId.MAP:
      return { column: column(name, "object"), codec: { json, arrow: json } };
    default:
      return null;
  }
}

function textPlan(name: string): ColumnPlan {
  return { column: textColumn(name), codec: { json: String, arrow: String } };
}

const VARIANT: CellCodec = { json: (v) => prettyJson(String(v)), arrow: (v) => prettyJson(String(v)) };
const BINARY: CellCodec = { json: (v) => Buffer.from(bytesOf(v)).toString("hex").toUpperCase(), arrow: bytesOf };
const INSTANT: CellCodec = {
  json: (v) => secondsText(nanosOf(v)),
  arrow: (v) => {
    const nanos = nanosOf(v);
    const seconds = floorSeconds(nanos);
    return [seconds, nanos - seconds * SECOND_NS];
  },
};
const ZONED: CellCodec = {
  json: (v) => {
    const { nanos, offset } = zonedOf(v);
    return `${secondsText(nanos)} ${offset + 1440}`;
  },
  arrow: (v) => {
    const { nanos, offset } = zonedOf(v);
    const seconds = floorSeconds(nanos);
    return [seconds, nanos - seconds * SECOND_NS, offset + 1440];
  },
};

function fixedCodec(scale: number): CellCodec {
  return { json: (v) => decimalText(unscaledOf(v), scale), arrow: unscaledOf };
}

function unscaledOf(value: DuckDBValue): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "number") return BigInt(value);
  if (typeof value === "object" && value !== null && "value" in value && typeof value.value === "bigint")
    return value.value;
  throw new TypeError("not an integer or decimal");
}

/** An unscaled integer as decimal text with `scale` digits after the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return unscaled.toString();
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  return `${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function realText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return String(value);
}

function daysOf(value: DuckDBValue): number {
  if (typeof value === "object" && value !== null && "days" in value && typeof value.days === "number")
    return value.days;
  throw new TypeError("not a date");
}

function bytesOf(value: DuckDBValue): Uint8Array {
  if (typeof value === "object" && value !== null && "bytes" in value && value.bytes instanceof Uint8Array)
    return value.bytes;
  throw new TypeError("not a blob");
}

/** Nanoseconds since the epoch, or since midnight for a time. */
function nanosOf(value: DuckDBValue): bigint {
  if (typeof value === "object" && value !== null) {
    if ("nanos" in value && typeof value.nanos === "bigint") return value.nanos;
    if ("micros" in value && typeof value.micros === "bigint") return value.micros * 1000n;
    if ("millis" in value && typeof value.millis === "bigint") return value.millis * 1_000_000n;
    if ("seconds" in value && typeof value.seconds === "bigint") return value.seconds * SECOND_NS;
  }
  throw new TypeError("not a time or timestamp");
}

function zonedOf(value: DuckDBValue): { nanos: bigint; offset: number } {
  if (typeof value === "object" && value !== null && "entries" in value) {
    const entries = value.entries as Readonly<Record<string, DuckDBValue>>;
    return { nanos: nanosOf(entries["$utc"] ?? null), offset: Number(entries["$offset"]) };
  }
  throw new TypeError("not a zoned timestamp");
}

function floorSeconds(nanos: bigint): bigint {
  return nanos >= 0n ? nanos / SECOND_NS : -((-nanos + SECOND_NS - 1n) / SECOND_NS);
}

function secondsText(nanos: bigint): string {
  return decimalText(nanos, 9);
}
