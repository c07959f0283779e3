/**
 * What a column is to a mask. A closed table over the protocol's type names: a new one doesn't
 * compile until it is put somewhere.
 */
import type { ColumnType, ColumnTypeName } from "@sluice/snowflake-wire";

/** `text` takes any text, `json` takes JSON text, `fixed` holds no text, `nested` holds text in parts. */
type ColumnKind = "text" | "json" | "fixed" | "nested";

const KINDS: Readonly<Record<ColumnTypeName, ColumnKind>> = {
  text: "text",
  variant: "json",
  object: "json",
  array: "json",
  map: "nested",
  vector: "fixed",
  fixed: "fixed",
  real: "fixed",
  decfloat: "fixed",
  binary: "fixed",
  boolean: "fixed",
  date: "fixed",
  time: "fixed",
  timestamp_ntz: "fixed",
  timestamp_ltz: "fixed",
  timestamp_tz: "fixed",
  interval_year_month: "fixed",
  interval_day_time: "fixed",
};

/** GEOGRAPHY and GEOMETRY come as text or objects that applications parse. */
function columnKind(column: ColumnType): ColumnKind {
  if (column.extTypeName !== null) return "fixed";
  const kind = KINDS[column.type];
  return kind === "json" && column.fields.length > 0 ? "nested" : kind;
}

export function isPlainText(column: ColumnType): boolean {
  return columnKind(column) === "text";
}

/** VARIANT, OBJECT and ARRAY without a declared structure: JSON text on the wire in both formats. */
export function isSemiStructured(column: ColumnType): boolean {
  return columnKind(column) === "json";
}

/** Structured OBJECT, ARRAY and MAP: text in nested columns. */
export function isNested(column: ColumnType): boolean {
  return columnKind(column) === "nested";
}
