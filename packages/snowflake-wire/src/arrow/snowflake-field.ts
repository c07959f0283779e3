/**
 * How Snowflake lays a column type out in Arrow, and the field metadata that its drivers read
 * (protocol reference, section 7.2). The demo warehouse writes its fields with this table, so that
 * tests meet the same shapes as a real account sends.
 */
import type { ArrowField } from "./schema.ts";

/** The part of a rowtype entry that decides the Arrow field. `type` is lower-case as on the wire. */
export interface SnowflakeColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly length: number | null;
  readonly byteLength: number | null;
  readonly precision: number | null;
  readonly scale: number | null;
}

/** Options for {@link snowflakeField}. */
export interface SnowflakeFieldOptions {
  /** Physical width of a FIXED column in bytes: 1, 2, 4, 8 or 16 (decimal128). Default: the narrowest that holds the precision. */
  readonly fixedBytes?: 1 | 2 | 4 | 8 | 16;
}

/**
 * The Arrow field for a column. Cells to write for it: fixed: value × 10^scale as bigint or number;
 * real: number; text, variant, object, array: string; binary: Uint8Array; boolean: boolean;
 * date: days; time: value × 10^scale; timestamp_ntz/ltz: int64 value × 10^scale when scale ≤ 7, else
 * the struct [epoch seconds, nanoseconds]; timestamp_tz: [epoch × 10^scale, offset minutes + 1440]
 * when scale ≤ 3, else [epoch seconds, nanoseconds, offset minutes + 1440].
 *
 * @returns null for a type that isn't in the table.
 */
export function snowflakeField(_column: SnowflakeColumn, _options: SnowflakeFieldOptions = {}): ArrowField | null {
  throw new Error("not written yet");
}
