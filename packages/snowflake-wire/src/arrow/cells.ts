/**
 * Reads cells back out of a record batch, for recordings and tests. Not for the data path: it
 * makes a value of every cell. Positions that the batch's buffers don't cover read as NULL.
 */
import type { ArrowCell } from "./column-writer.ts";
import { bufferRoles, fixedBits } from "./layout.ts";
import type { BatchView } from "./rewriter.ts";
import type { ArrowField, ArrowSchema } from "./schema.ts";
import { decodeUtf8 } from "./utf8.ts";

interface Column {
  readonly field: ArrowField;
  readonly length: number;
  readonly nullCount: number;
  readonly validity: DataView;
  readonly offsets: DataView;
  readonly data: DataView;
  readonly children: readonly Column[];
}

const EMPTY: DataView = new DataView(new ArrayBuffer(0));

/** The first `rowsMax` rows of a batch, one list of cells per row. */
export function readRows(schema: ArrowSchema, batch: BatchView, rowsMax: number): ArrowCell[][] {
  const cursor = { node: 0, buffer: 0 };
  const columns = schema.fields.map((field) => columnOf(field, batch, cursor));
  return Array.from({ length: Math.min(batch.rows, rowsMax) }, (_, row) =>
    columns.map((column) => cellAt(column, row)),
  );
}

function columnOf(field: ArrowField, batch: BatchView, cursor: { node: number; buffer: number }): Column {
  const node = batch.nodes[cursor.node++];
  const views: { validity: DataView; offsets: DataView; data: DataView } = {
    validity: EMPTY,
    offsets: EMPTY,
    data: EMPTY,
  };
  for (const role of bufferRoles(field.type)) {
    const bytes = batch.buffers[cursor.buffer++];
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (role === "validity") views.validity = view;
    else if (role === "data") views.data = view;
    else views.offsets = view;
  }
  const children = field.children.map((child) => columnOf(child, batch, cursor));
  return { field, length: node?.length ?? 0, nullCount: node?.nullCount ?? 0, ...views, children };
}

function cellAt(column: Column, row: number): ArrowCell {
  if (row >= column.length || isNull(column, row)) return null;
  const { type } = column.field;
  const bits = fixedBits(type);
  if (bits !== null) return fixedCell(column, row, bits);
  switch (type.kind) {
    case "utf8":
    case "largeUtf8": {
      const bytes = variableBytes(column, row, type.kind === "largeUtf8");
      return bytes === null ? null : (decodeUtf8(bytes) ?? "\ufffd");
    }
    case "binary":
    case "largeBinary":
      return variableBytes(column, row, type.kind === "largeBinary");
    case "struct":
      return column.children.map((child) => cellAt(child, row));
    case "fixedSizeList":
      return items(column, row * type.size, (row + 1) * type.size);
    case "list":
    case "map":
      return items(column, offsetAt(column, row, false), offsetAt(column, row + 1, false));
    case "largeList":
      return items(column, offsetAt(column, row, true), offsetAt(column, row + 1, true));
    default:
      return null;
  }
}

function isNull(column: Column, row: number): boolean {
  if (column.nullCount === 0 || column.validity.byteLength === 0) return column.field.type.kind === "null";
  return row >> 3 >= column.validity.byteLength || ((column.validity.getUint8(row >> 3) >> (row & 7)) & 1) === 0;
}

function offsetAt(column: Column, index: number, isLarge: boolean): number {
  const size = isLarge ? 8 : 4;
  if ((index + 1) * size > column.offsets.byteLength) return -1;
  return isLarge ? Number(column.offsets.getBigInt64(index * 8, true)) : column.offsets.getInt32(index * 4, true);
}

function variableBytes(column: Column, row: number, isLarge: boolean): Uint8Array | null {
  const start = offsetAt(column, row, isLarge);
  const end = offsetAt(column, row + 1, isLarge);
  if (start < 0 || end < start || end > column.data.byteLength) return null;
  return new Uint8Array(column.data.buffer, column.data.byteOffset + start, end - start);
}

function items(column: Column, start: number, end: number): ArrowCell {
  const [child] = column.children;
  if (child === undefined || start < 0 || end < start || end > child.length) return null;
  return Array.from({ length: end - start }, (_, index) => cellAt(child, start + index));
}

function fixedCell(column: Column, row: number, bits: number): ArrowCell {
  const { data, field } = column;
  if ((row + 1) * bits > data.byteLength * 8) return null;
  if (bits === 1) return ((data.getUint8(row >> 3) >> (row & 7)) & 1) === 1;
  const at = (row * bits) / 8;
  if (field.type.kind === "fixedSizeBinary" || bits > 128)
    return new Uint8Array(data.buffer, data.byteOffset + at, bits / 8);
  if (field.type.kind === "float")
    return bits === 64 ? data.getFloat64(at, true) : bits === 32 ? data.getFloat32(at, true) : null;
  const isUnsigned = field.type.kind === "int" && !field.type.signed;
  switch (bits) {
    case 8:
      return isUnsigned ? data.getUint8(at) : data.getInt8(at);
    case 16:
      return isUnsigned ? data.getUint16(at, true) : data.getInt16(at, true);
    case 32:
      return isUnsigned ? data.getUint32(at, true) : data.getInt32(at, true);
    case 64:
      return isUnsigned ? data.getBigUint64(at, true) : data.getBigInt64(at, true);
    default:
      return (data.getBigInt64(at + 8, true) << 64n) | data.getBigUint64(at, true);
  }
}
