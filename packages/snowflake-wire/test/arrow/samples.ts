/** Streams, schemas and readers that the Arrow tests share. */
import { tableFromIPC } from "apache-arrow";
import {
  type ArrowBatch,
  type ArrowCell,
  type ArrowField,
  ArrowRewriter,
  type ArrowSchema,
  type ColumnRewrite,
  type RewritePlanner,
  type RewrittenText,
  type SnowflakeColumn,
  snowflakeField,
  type TextColumn,
} from "../../src/arrow/index.ts";

export function sampleField(name: string, type: string, more: Partial<SnowflakeColumn> = {}): ArrowField {
  const column = { name, type, nullable: true, length: null, byteLength: null, precision: null, scale: null, ...more };
  const field = snowflakeField(column);
  if (field === null) throw new Error(`no field for ${type}`);
  return field;
}

/** A row of every kind of column that Snowflake sends. EMAIL is ordinal 2, TZ 6. */
export const SAMPLE_SCHEMA: ArrowSchema = {
  fields: [
    sampleField("ID", "fixed", { precision: 18 }),
    sampleField("TS", "timestamp_ntz", { scale: 9 }),
    sampleField("EMAIL", "text", { length: 64, byteLength: 256 }),
    sampleField("AMOUNT", "fixed", { precision: 38, scale: 2 }),
    sampleField("NOTE", "text", { length: 16777216, byteLength: 16777216 }),
    sampleField("OK", "boolean"),
    sampleField("TZ", "timestamp_tz", { scale: 9 }),
    sampleField("RAW", "binary"),
    sampleField("DAY", "date"),
  ],
  metadata: [],
};

/** Column by column; every third value of a column is NULL, staggered. */
export function sampleBatch(rows: number, seed = 0): ArrowBatch {
  const cells = (ordinal: number, value: (row: number) => ArrowCell): ArrowCell[] =>
    Array.from({ length: rows }, (_, row) => ((row + ordinal + seed) % 3 === 2 ? null : value(row)));
  return {
    rows,
    columns: [
      cells(0, (row) => BigInt(row) * 1000n),
      cells(1, (row) => [BigInt(1_700_000_000 + row), row]),
      cells(2, (row) => `user.${seed}.${row}@exämple.com`),
      cells(3, (row) => BigInt(row) * 10n ** 20n - 5n),
      cells(4, (row) => "n".repeat(row % 11)),
      cells(5, (row) => row % 2 === 0),
      cells(6, (row) => [BigInt(row), row, 1440]),
      cells(7, (row) => Uint8Array.of(row & 255, 1, 2)),
      cells(8, (row) => 19_000 + row),
    ],
  };
}

/** A planner that ignores the schema. */
export function plan(...rewrites: ColumnRewrite[]): RewritePlanner {
  return () => ({ ok: true, value: rewrites });
}

/** Replaces every value by what `change` makes of it. */
export function valueWise(change: (value: Uint8Array) => Uint8Array): (column: TextColumn) => RewrittenText {
  return (column) => {
    const offsets = new Int32Array(column.rows + 1);
    const values: Uint8Array[] = [];
    let end = 0;
    for (let row = 0; row < column.rows; row++) {
      const isNull = column.validity !== null && (((column.validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
      const value = isNull
        ? new Uint8Array(0)
        : change(column.data.subarray(column.offsets[row], column.offsets[row + 1]));
      values.push(value);
      end += value.length;
      offsets[row + 1] = end;
    }
    return { offsets, data: new Uint8Array(Buffer.concat(values)) };
  };
}

export const STARS = valueWise(() => Uint8Array.of(42, 42, 42));

export type RunResult =
  | { readonly ok: true; readonly bytes: Buffer; readonly rows: number }
  | { readonly ok: false; readonly code: string };

/** Runs a whole stream through a rewriter, in slices that end where `cuts` says. */
export function run(planner: RewritePlanner, stream: Uint8Array, cuts: readonly number[] = []): RunResult {
  const rewriter = new ArrowRewriter(planner);
  const out: Uint8Array[] = [];
  let start = 0;
  for (const end of [...cuts, stream.length]) {
    const result = rewriter.push(stream.subarray(start, end));
    if (!result.ok) return { ok: false, code: result.error.code };
    for (const message of result.value) out.push(...message.pieces);
    start = end;
  }
  const end = rewriter.end();
  return end.ok ? { ok: true, bytes: Buffer.concat(out), rows: end.value.rows } : { ok: false, code: end.error.code };
}

/** Rows as apache-arrow reads them, in a form that can be compared. */
export function decodeRows(bytes: Uint8Array): Record<string, unknown>[] {
  return tableFromIPC(bytes)
    .toArray()
    .map((row) => comparable(row.toJSON()));
}

function comparable(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [key, comparableValue(value)]));
}

function comparableValue(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}:${Array.from(value as unknown as Iterable<unknown>, String).join(",")}`;
  if (
    typeof value === "object" &&
    value !== null &&
    "toJSON" in value &&
    typeof value.toJSON === "function" &&
    !(value instanceof Date)
  ) {
    const json: unknown = value.toJSON();
    return typeof json === "object" && json !== null && !Array.isArray(json)
      ? comparable(Object.fromEntries(Object.entries(json)))
      : json;
  }
  return value;
}
