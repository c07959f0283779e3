/**
 * How Snowflake lays a column type out in Arrow, and the field metadata that its drivers read
 * (protocol reference, section 7.2). The demo warehouse writes its fields with this table, so that
 * tests meet the same shapes as a real account sends.
 */
import type { ArrowField, ArrowMetadata, ArrowType } from "./schema.ts";

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

interface Physical {
  readonly type: ArrowType;
  readonly children?: readonly ArrowField[];
  readonly bytes: number;
}

const INT32: ArrowType = { kind: "int", bits: 32, signed: true };
const INT64: ArrowType = { kind: "int", bits: 64, signed: true };
const TEXT_LENGTH = 16_777_216;
/** Above these scales an int64 of the scaled value could overflow, and the server sends a struct. */
const EPOCH_SCALE_MAX = 7;
const ZONED_EPOCH_SCALE_MAX = 3;

/**
 * The Arrow field for a column. Cells to write for it: fixed: value × 10^scale as bigint or number;
 * real: number; text, variant, object, array: string; binary: Uint8Array; boolean: boolean;
 * date: days; time: value × 10^scale; timestamp_ntz/ltz: int64 value × 10^scale when scale ≤ 7, else
 * the struct [epoch seconds, nanoseconds]; timestamp_tz: [epoch × 10^scale, offset minutes + 1440]
 * when scale ≤ 3, else [epoch seconds, nanoseconds, offset minutes + 1440].
 *
 * @returns null for a type that isn't in the table.
 */
export function snowflakeField(column: SnowflakeColumn, options: SnowflakeFieldOptions = {}): ArrowField | null {
  const physical = physicalType(column, options);
  if (physical === null) return null;
  return {
    name: column.name,
    nullable: column.nullable,
    type: physical.type,
    children: physical.children ?? [],
    metadata: fieldMetadata(column, physical.bytes),
  };
}

function physicalType(column: SnowflakeColumn, options: SnowflakeFieldOptions): Physical | null {
  const scale = column.scale ?? 9;
  switch (column.type) {
    case "fixed":
      return fixedType(column.precision ?? 38, column.scale ?? 0, options.fixedBytes);
    case "real":
      return { type: { kind: "float", bits: 64 }, bytes: 8 };
    case "text":
    case "variant":
    case "object":
    case "array":
      return { type: { kind: "utf8" }, bytes: column.byteLength ?? TEXT_LENGTH };
    case "binary":
      return { type: { kind: "binary" }, bytes: column.byteLength ?? column.length ?? 8_388_608 };
    case "boolean":
      return { type: { kind: "bool" }, bytes: 1 };
    case "date":
      return { type: { kind: "date", unit: "day" }, bytes: 4 };
    case "time":
      return scale <= 4 ? { type: INT32, bytes: 4 } : { type: INT64, bytes: 8 };
    case "timestamp_ntz":
    case "timestamp_ltz":
      return scale <= EPOCH_SCALE_MAX ? { type: INT64, bytes: 8 } : struct(16, ["epoch", INT64], ["fraction", INT32]);
    case "timestamp_tz":
      return scale <= ZONED_EPOCH_SCALE_MAX
        ? struct(8, ["epoch", INT64], ["timezone", INT32])
        : struct(16, ["epoch", INT64], ["fraction", INT32], ["timezone", INT32]);
    default:
      return null;
  }
}

function fixedType(precision: number, scale: number, bytes: number | undefined): Physical {
  const width = bytes ?? (precision <= 2 ? 1 : precision <= 4 ? 2 : precision <= 9 ? 4 : precision <= 18 ? 8 : 16);
  switch (width) {
    case 1:
      return { type: { kind: "int", bits: 8, signed: true }, bytes: 1 };
    case 2:
      return { type: { kind: "int", bits: 16, signed: true }, bytes: 2 };
    case 4:
      return { type: INT32, bytes: 4 };
    case 8:
      return { type: INT64, bytes: 8 };
    default:
      return { type: { kind: "decimal", precision, scale, bits: 128 }, bytes: 16 };
  }
}

function struct(bytes: number, ...children: (readonly [name: string, type: ArrowType])[]): Physical {
  const fields = children.map(
    ([name, type]): ArrowField => ({ name, nullable: true, type, children: [], metadata: [] }),
  );
  return { type: { kind: "struct" }, children: fields, bytes };
}

function fieldMetadata(column: SnowflakeColumn, bytes: number): ArrowMetadata {
  return [
    ["logicalType", column.type.toUpperCase()],
    ["precision", String(column.precision ?? 0)],
    ["scale", String(column.scale ?? 0)],
    ["charLength", String(column.length ?? 0)],
    ["byteLength", String(bytes)],
    ["finalType", "T"],
  ];
}
