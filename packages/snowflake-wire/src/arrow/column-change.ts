/**
 * New nodes and buffers for a column that is masked. Before a column is replaced its own counts and
 * buffers are checked against the number of rows, so that what is allocated here is never more than
 * a small multiple of bytes that have arrived. Nothing of the old values is carried over: values
 * under a NULL, and bytes that no offset refers to, are dropped.
 */
import { accepted, type Result, refused } from "../outcome.ts";
import type { WrittenColumn } from "./column-writer.ts";
import { type BufferRole, bufferRoles, type ColumnLayout, fixedBits } from "./layout.ts";
import type { FieldNode, RecordBatchHeader } from "./record-batch.ts";
import type { ArrowField } from "./schema.ts";

/** What becomes of a column. */
export type ColumnAction =
  /** All NULL, of the column's own type. */
  | { readonly kind: "null" }
  /** One value for all rows that aren't NULL: the bytes of a fixed-width type of at least 8 bits. */
  | { readonly kind: "constant"; readonly value: Uint8Array }
  /** New text for old text, utf8 columns only. */
  | { readonly kind: "text"; readonly rewrite: TextRewriter };

/** A utf8 column: value `row` is data[offsets[row], offsets[row + 1]). All offsets are checked. */
export interface TextColumn {
  readonly rows: number;
  /** Bit `row` (least significant first) is 0 where the value is NULL; null when none is. */
  readonly validity: Uint8Array | null;
  readonly offsets: Int32Array;
  readonly data: Uint8Array;
}

export interface RewrittenText {
  /** rows + 1 offsets from 0. */
  readonly offsets: Int32Array;
  /** Exactly as long as the last offset. */
  readonly data: Uint8Array;
  /** Given when the rewriter makes values NULL; else the column's own validity is kept. */
  readonly validity?: { readonly bits: Uint8Array; readonly nullCount: number };
}

export type TextRewriter = (column: TextColumn) => RewrittenText;

const OFFSET_BYTES = { offsets32: 4, offsets64: 8 } as const;
const HOST_IS_LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The new nodes and buffers of one column of a batch. */
export function changeColumn(
  column: ColumnLayout,
  batch: RecordBatchHeader,
  body: Uint8Array,
  action: ColumnAction,
): Result<WrittenColumn> {
  const cursor = { node: column.nodeStart, buffer: column.bufferStart };
  if (!hasPlausibleBuffers(column.field, batch.rows, batch, cursor)) {
    return refused("ARROW_SYNTAX", "a masked column's buffers don't fit its rows");
  }
  switch (action.kind) {
    case "null": {
      const written: { nodes: FieldNode[]; buffers: Uint8Array[] } = { nodes: [], buffers: [] };
      appendNulls(column.field, batch.rows, true, written);
      return accepted(written);
    }
    case "constant":
      return changeToConstant(column, batch, body, action.value);
    case "text":
      return changeText(column, batch, body, action.rewrite);
  }
}

/**
 * Whether counts and buffer lengths of a column and all it nests can hold `rows` rows. Types that
 * could hold any number of rows in no bytes (a struct of nothing, a list of the null type) can't.
 */
function hasPlausibleBuffers(
  field: ArrowField,
  rows: number,
  batch: RecordBatchHeader,
  cursor: { node: number; buffer: number },
): boolean {
  const node = batch.nodes[cursor.node++];
  if (node === undefined || node.length !== rows) return false;
  for (const role of bufferRoles(field.type)) {
    const length = batch.buffers[cursor.buffer++]?.length ?? 0;
    if (length < leastBytes(role, field, node)) return false;
  }
  switch (field.type.kind) {
    case "struct":
      return (
        field.children.length > 0 &&
        field.children.every((child) => child.type.kind !== "null" && hasPlausibleBuffers(child, rows, batch, cursor))
      );
    case "fixedSizeList": {
      const inner = rows * field.type.size;
      return field.children.every(
        (child) => child.type.kind !== "null" && hasPlausibleBuffers(child, inner, batch, cursor),
      );
    }
    default:
      return true; // What a list nests is replaced by nothing, whatever it is.
  }
}

function leastBytes(role: BufferRole, field: ArrowField, node: FieldNode): number {
  switch (role) {
    case "validity":
      return node.nullCount === 0 ? 0 : Math.ceil(node.length / 8);
    case "offsets32":
    case "offsets64":
      return node.length === 0 ? 0 : (node.length + 1) * OFFSET_BYTES[role];
    case "data":
      return Math.ceil((node.length * (fixedBits(field.type) ?? 0)) / 8);
  }
}

/**
 * Adds `rows` NULLs. Under a NULL parent a child that can't be NULL holds zeros and no NULL, which
 * is what drivers accept.
 */
function appendNulls(
  field: ArrowField,
  rows: number,
  isNull: boolean,
  to: { nodes: FieldNode[]; buffers: Uint8Array[] },
): void {
  to.nodes.push({ length: rows, nullCount: isNull || field.type.kind === "null" ? rows : 0 });
  for (const role of bufferRoles(field.type)) {
    switch (role) {
      case "validity":
        to.buffers.push(new Uint8Array(isNull ? Math.ceil(rows / 8) : 0));
        break;
      case "offsets32":
      case "offsets64":
        to.buffers.push(new Uint8Array((rows + 1) * OFFSET_BYTES[role]));
        break;
      case "data":
        to.buffers.push(new Uint8Array(Math.ceil((rows * (fixedBits(field.type) ?? 0)) / 8)));
        break;
    }
  }
  const inner = field.type.kind === "struct" ? rows : field.type.kind === "fixedSizeList" ? rows * field.type.size : 0;
  for (const child of field.children) appendNulls(child, inner, child.nullable, to);
}

function changeToConstant(
  column: ColumnLayout,
  batch: RecordBatchHeader,
  body: Uint8Array,
  value: Uint8Array,
): Result<WrittenColumn> {
  const bits = fixedBits(column.field.type);
  const node = batch.nodes[column.nodeStart];
  if (bits === null || bits !== value.length * 8 || node === undefined)
    return refused("ARROW_PLAN", "a constant doesn't fit its column");
  const data = new Uint8Array(batch.rows * value.length);
  for (let row = 0; row < batch.rows; row++) data.set(value, row * value.length);
  const validity = bufferBytes(batch, body, column.bufferStart).subarray(0, Math.ceil(batch.rows / 8));
  return accepted({ nodes: [node], buffers: [validity, data] });
}

function changeText(
  column: ColumnLayout,
  batch: RecordBatchHeader,
  body: Uint8Array,
  rewrite: TextRewriter,
): Result<WrittenColumn> {
  const node = batch.nodes[column.nodeStart];
  if (column.field.type.kind !== "utf8" || node === undefined)
    return refused("ARROW_PLAN", "only utf8 columns take new text");
  const validity = bufferBytes(batch, body, column.bufferStart);
  const data = bufferBytes(batch, body, column.bufferStart + 2);
  const offsets = readOffsets(bufferBytes(batch, body, column.bufferStart + 1), batch.rows);
  if (!areOffsetsSound(offsets, data.length))
    return refused("ARROW_SYNTAX", "the offsets of a masked column are not sound");
  if (validity.length > 0 && validity.length < Math.ceil(batch.rows / 8))
    return refused("ARROW_SYNTAX", "a validity bitmap is too short");
  const text = rewrite({ rows: batch.rows, validity: validity.length === 0 ? null : validity, offsets, data });
  if (text.offsets.length !== batch.rows + 1 || text.offsets[batch.rows] !== text.data.length) {
    throw new RangeError("a text rewriter returned offsets that don't fit its data");
  }
  const changed = text.validity;
  const kept = validity.subarray(0, Math.ceil(batch.rows / 8));
  return accepted({
    nodes: [changed === undefined ? node : { length: node.length, nullCount: changed.nullCount }],
    buffers: [changed === undefined ? kept : changed.bits, offsetBytes(text.offsets), text.data],
  });
}

function bufferBytes(batch: RecordBatchHeader, body: Uint8Array, index: number): Uint8Array {
  const range = batch.buffers[index];
  return range === undefined ? new Uint8Array(0) : body.subarray(range.offset, range.offset + range.length);
}

/** The offsets as numbers: a view where alignment and byte order allow it, else a copy. */
function readOffsets(bytes: Uint8Array, rows: number): Int32Array {
  if (bytes.length === 0) return new Int32Array(rows + 1);
  if (HOST_IS_LITTLE_ENDIAN) {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    return new Int32Array(aligned.buffer, aligned.byteOffset, rows + 1);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Int32Array.from({ length: rows + 1 }, (_, index) => view.getInt32(index * 4, true));
}

function areOffsetsSound(offsets: Int32Array, dataLength: number): boolean {
  let previous = 0;
  for (let index = 0; index < offsets.length; index++) {
    const offset = offsets[index] ?? -1;
    if (offset < previous) return false;
    previous = offset;
  }
  return previous <= dataLength;
}

function offsetBytes(offsets: Int32Array): Uint8Array {
  if (HOST_IS_LITTLE_ENDIAN) return new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const bytes = new Uint8Array(offsets.length * 4);
  const view = new DataView(bytes.buffer);
  offsets.forEach((offset, index) => view.setInt32(index * 4, offset, true));
  return bytes;
}
