/**
 * The model of an Arrow schema as Snowflake sends it: fields with their physical type, nested
 * fields and string metadata (`logicalType`, `scale`, `charLength` …). It holds everything that is
 * needed to write the schema message again, so that a changed schema loses nothing. Dictionaries,
 * unions, views and run-end encoding are not in the model: a stream that has them is refused.
 */

/** Physical types. Widths are bits; anything else is refused on reading. */
export type ArrowType =
  | { readonly kind: "null" }
  | { readonly kind: "int"; readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean }
  | { readonly kind: "float"; readonly bits: 16 | 32 | 64 }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number; readonly bits: 128 | 256 }
  | { readonly kind: "bool" }
  | { readonly kind: "date"; readonly unit: "day" | "millisecond" }
  | { readonly kind: "time"; readonly unit: TimeUnit; readonly bits: 32 | 64 }
  | { readonly kind: "timestamp"; readonly unit: TimeUnit; readonly timezone: string | null }
  | { readonly kind: "duration"; readonly unit: TimeUnit }
  | { readonly kind: "interval"; readonly unit: "yearMonth" | "dayTime" | "monthDayNano" }
  | { readonly kind: "utf8" }
  | { readonly kind: "binary" }
  | { readonly kind: "largeUtf8" }
  | { readonly kind: "largeBinary" }
  | { readonly kind: "fixedSizeBinary"; readonly width: number }
  | { readonly kind: "struct" }
  | { readonly kind: "list" }
  | { readonly kind: "largeList" }
  | { readonly kind: "fixedSizeList"; readonly size: number }
  | { readonly kind: "map"; readonly keysSorted: boolean };

export type TimeUnit = "second" | "millisecond" | "microsecond" | "nanosecond";

/** Key and value, in the order they stand in the message. */
export type ArrowMetadata = readonly (readonly [key: string, value: string])[];

export interface ArrowField {
  readonly name: string;
  readonly nullable: boolean;
  readonly type: ArrowType;
  readonly children: readonly ArrowField[];
  readonly metadata: ArrowMetadata;
}

export interface ArrowSchema {
  readonly fields: readonly ArrowField[];
  readonly metadata: ArrowMetadata;
}
