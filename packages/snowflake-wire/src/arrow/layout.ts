/**
 * Where a column's parts stand in a record batch. Nodes and buffers of all columns are listed one
 * after another, parents before what they nest; the schema alone says how many each column has.
 */
import type { ArrowField, ArrowSchema, ArrowType } from "./schema.ts";

/** What a buffer holds. */
export type BufferRole = "validity" | "offsets32" | "offsets64" | "data";

/** The buffers that a kind has itself, without those of what it nests. */
export function bufferRoles(type: ArrowType): readonly BufferRole[] {
  switch (type.kind) {
    case "null":
      return [];
    case "int":
    case "float":
    case "decimal":
    case "bool":
    case "date":
    case "time":
    case "timestamp":
    case "duration":
    case "interval":
    case "fixedSizeBinary":
      return ["validity", "data"];
    case "utf8":
    case "binary":
      return ["validity", "offsets32", "data"];
    case "largeUtf8":
    case "largeBinary":
      return ["validity", "offsets64", "data"];
    case "struct":
    case "fixedSizeList":
      return ["validity"];
    case "list":
    case "map":
      return ["validity", "offsets32"];
    case "largeList":
      return ["validity", "offsets64"];
  }
}

/** Bits of one value in the data buffer, or null for kinds whose values have no fixed width. */
export function fixedBits(type: ArrowType): number | null {
  switch (type.kind) {
    case "int":
    case "float":
    case "decimal":
    case "time":
      return type.bits;
    case "bool":
      return 1;
    case "date":
      return type.unit === "day" ? 32 : 64;
    case "timestamp":
    case "duration":
      return 64;
    case "interval":
      return type.unit === "yearMonth" ? 32 : type.unit === "dayTime" ? 64 : 128;
    case "fixedSizeBinary":
      return type.width * 8;
    case "null":
    case "utf8":
    case "binary":
    case "largeUtf8":
    case "largeBinary":
    case "struct":
    case "list":
    case "largeList":
    case "fixedSizeList":
    case "map":
      return null;
  }
}

/** The range of a top-level column's nodes and buffers: start inclusive, end exclusive. */
export interface ColumnLayout {
  readonly field: ArrowField;
  readonly nodeStart: number;
  readonly nodeEnd: number;
  readonly bufferStart: number;
  readonly bufferEnd: number;
}

export interface SchemaLayout {
  readonly columns: readonly ColumnLayout[];
  readonly nodeCount: number;
  readonly bufferCount: number;
}

/** Positions for every top-level column. */
export function layoutSchema(schema: ArrowSchema): SchemaLayout {
  let node = 0;
  let buffer = 0;
  const columns = schema.fields.map((field) => {
    const start = { nodeStart: node, bufferStart: buffer };
    const size = measureField(field);
    node += size.nodes;
    buffer += size.buffers;
    return { field, ...start, nodeEnd: node, bufferEnd: buffer };
  });
  return { columns, nodeCount: node, bufferCount: buffer };
}

function measureField(field: ArrowField): { nodes: number; buffers: number } {
  const size = { nodes: 1, buffers: bufferRoles(field.type).length };
  for (const child of field.children) {
    const inner = measureField(child);
    size.nodes += inner.nodes;
    size.buffers += inner.buffers;
  }
  return size;
}
