/**
 * Column descriptors: the `rowtype` of an answer (protocol §6.2).
 *
 * The type names form a closed list, because masking depends on them: a column of another type is
 * UNKNOWN_VALUE and the result is withheld. `database`, `schema` and `table` are what the server says of a
 * column's origin; they are empty after any expression and no mask may rely on them.
 */

import type { Json, JsonObject } from "./json.ts";
import { Fields, refuse } from "./shape.ts";

export const COLUMN_TYPES = [
  "fixed",
  "real",
  "decfloat",
  "text",
  "binary",
  "boolean",
  "date",
  "time",
  "timestamp_ntz",
  "timestamp_ltz",
  "timestamp_tz",
  "variant",
  "object",
  "array",
  "map",
  "vector",
  "interval_year_month",
  "interval_day_time",
] as const;
export type ColumnTypeName = (typeof COLUMN_TYPES)[number];

export interface ColumnType {
  /** Empty in `fields` of arrays and maps. */
  readonly name: string;
  readonly type: ColumnTypeName;
  readonly nullable: boolean;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
  readonly collation: string | null;
  readonly database: string;
  readonly schema: string;
  readonly table: string;
  /** GEOGRAPHY or GEOMETRY, where the server says so. */
  readonly extTypeName: string | null;
  readonly outputType: string | null;
  readonly vectorDimension: number | null;
  /** The parts of a structured type. */
  readonly fields: readonly ColumnType[];
}

/** A column with everything that isn't given at its neutral value: nullable, no origin. */
export function columnType(
  name: string,
  type: ColumnTypeName,
  more: Partial<Omit<ColumnType, "name" | "type">> = {},
): ColumnType {
  return {
    name,
    type,
    nullable: true,
    length: null,
    byteLength: null,
    precision: null,
    scale: null,
    collation: null,
    database: "",
    schema: "",
    table: "",
    extTypeName: null,
    outputType: null,
    vectorDimension: null,
    fields: [],
    ...more,
  };
}

const COLUMNS_MAX = 10_000;
const NESTING_MAX = 16;

/** Reads `rowtype`; none when the key is missing or null. */
export function readRowtype(fields: Fields): readonly ColumnType[] {
  return readColumns(fields, "rowtype", 0);
}

function readColumns(fields: Fields, key: string, depth: number): readonly ColumnType[] {
  if (depth > NESTING_MAX) refuse("LIMIT", `${fields.at(key)}: nested too deeply`);
  return fields.list(key, COLUMNS_MAX).map((json, index) => {
    return readColumn(new Fields(json, `${fields.at(key)}[${index}]`), depth);
  });
}

function readColumn(fields: Fields, depth: number): ColumnType {
  const name = depth === 0 ? fields.text("name") : (fields.textOrNull("name") ?? "");
  return {
    name,
    type: readType(fields),
    nullable: fields.flag("nullable", true),
    length: fields.intOrNull("length"),
    byteLength: fields.intOrNull("byteLength"),
    precision: fields.intOrNull("precision"),
    scale: fields.intOrNull("scale"),
    collation: fields.textOrNull("collation"),
    database: fields.textOrNull("database") ?? "",
    schema: fields.textOrNull("schema") ?? "",
    table: fields.textOrNull("table") ?? "",
    extTypeName: fields.textOrNull("extTypeName"),
    outputType: fields.textOrNull("outputType"),
    vectorDimension: fields.intOrNull("vectorDimension") ?? fields.intOrNull("dimension"),
    fields: readColumns(fields, "fields", depth + 1),
  };
}

function readType(fields: Fields): ColumnTypeName {
  const name = fields.text("type").toLowerCase();
  if (name === "timestamp") return "timestamp_ltz";
  const known = COLUMN_TYPES.find((type) => type === name);
  return known ?? refuse("UNKNOWN_VALUE", `${fields.at("type")}: not a column type of the protocol`);
}

/** Writes `rowtype`, with the keys that drivers need and the rarer ones only where they say something. */
export function renderRowtype(columns: readonly ColumnType[]): readonly JsonObject[] {
  return columns.map(renderColumn);
}

function renderColumn(column: ColumnType): JsonObject {
  const out: Record<string, Json> = {
    name: column.name,
    database: column.database,
    schema: column.schema,
    table: column.table,
    nullable: column.nullable,
    length: column.length,
    type: column.type,
    scale: column.scale,
    precision: column.precision,
    byteLength: column.byteLength,
    collation: column.collation,
  };
  if (column.extTypeName !== null) out.extTypeName = column.extTypeName;
  if (column.outputType !== null) out.outputType = column.outputType;
  if (column.vectorDimension !== null) out.vectorDimension = column.vectorDimension;
  if (column.fields.length > 0) out.fields = column.fields.map(renderColumn);
  return out;
}
