/**
 * How long a masked text column is announced to be. Tools allocate by that length, so it is raised
 * where masks write longer values, and values never exceed it.
 */
import type { Mask } from "@sluice/policy-engine";
import type { ColumnType } from "@sluice/snowflake-wire";
import { type TextRoom, UNBOUNDED } from "./treat-text.ts";
import { TOKEN_BYTES } from "./value-mask.ts";

/** Longest VARCHAR that every driver knows; a longer column isn't raised further. */
const CHARACTERS_MAX = 16_777_216;
/** A finding has at least six characters, a token thirty. */
const SCAN_GROWTH = 5;

/** The column as it is announced when every value is masked. */
export function maskedSize(column: ColumnType, mask: Mask): ColumnType {
  switch (mask.method) {
    case "redact":
      // `"***"` in a semi-structured column has five.
      return raised(column, 5);
    case "hmac":
      return raised(column, TOKEN_BYTES);
    case "partial":
      // `***@domain` of `x@domain` is two longer.
      return raised(column, Math.max(8, (column.length ?? 0) + 2));
    case "generalise":
      return raised(column, 8);
    case "date-shift":
      return raised(column, 3);
    case "null":
      return { ...column, nullable: true };
  }
}

/** The column as it is announced when findings inside its values are masked. */
export function scannedSize(column: ColumnType, mask: Mask): ColumnType {
  const grows = mask.method === "hmac" || mask.method === "partial";
  return grows ? raised(column, (column.length ?? 0) * SCAN_GROWTH) : column;
}

function raised(column: ColumnType, characters: number): ColumnType {
  const { length, byteLength } = column;
  if (length === null) return column;
  const wanted = Math.max(length, Math.min(characters, CHARACTERS_MAX));
  if (wanted === length) return column;
  return {
    ...column,
    length: wanted,
    byteLength: byteLength === null ? null : Math.max(byteLength, Math.min(wanted * 4, CHARACTERS_MAX)),
  };
}

/** The room that values have in a column as announced. */
export function roomOf(column: ColumnType): TextRoom {
  return column.length === null
    ? UNBOUNDED
    : { characters: column.length, bytes: column.byteLength ?? column.length * 4 };
}
