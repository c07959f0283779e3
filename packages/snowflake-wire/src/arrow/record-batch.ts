/**
 * The header of a record batch: rows, nodes and buffers, checked against the schema's layout and
 * the body's length. Buffers must stand in order and not overlap: otherwise one buffer could be
 * read through another one, and a replaced column's old values through an untouched column.
 */
import { accepted, type Result, refused } from "../outcome.ts";
import type { FlatbufferReader } from "./flatbuffer-reader.ts";
import { type FlatValue, flatScalar, flatTable } from "./flatbuffer-writer.ts";
import type { SchemaLayout } from "./layout.ts";
import type { MessageHeader } from "./message.ts";

const ROWS_MAX = 0x7fff_ffff;
/** length, nodes, buffers; then compression and variadicBufferCounts, which must be absent. */
const BATCH_SLOTS = 3;

export interface FieldNode {
  readonly length: number;
  readonly nullCount: number;
}

export interface BufferRange {
  readonly offset: number;
  readonly length: number;
}

export interface RecordBatchHeader {
  readonly rows: number;
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly BufferRange[];
  /** Where the structs of nodes and buffers stand in the metadata, for patching. */
  readonly nodesAt: number;
  readonly buffersAt: number;
}

/** Decodes and checks a RecordBatch message's header. */
export function decodeRecordBatch(header: MessageHeader, layout: SchemaLayout): Result<RecordBatchHeader> {
  const { reader, table } = header;
  const rows = reader.size64(table, 0);
  const nodes = reader.vector(table, 1, 16);
  const buffers = reader.vector(table, 2, 16);
  if (reader.broken) return refused("ARROW_SYNTAX", "a record batch is not a valid flatbuffer");
  for (let slot = BATCH_SLOTS; slot < reader.slotCount(table); slot++) {
    if (reader.fieldPosition(table, slot, 1) !== 0)
      return refused("ARROW_UNSUPPORTED", slot === 3 ? "a compressed record batch" : "views in a record batch");
  }
  if (nodes.count !== layout.nodeCount || buffers.count !== layout.bufferCount) {
    return refused("ARROW_SYNTAX", "a record batch doesn't have the columns of its schema");
  }
  const decoded: RecordBatchHeader = {
    rows,
    nodes: readPairs(reader, nodes).map(([length, nullCount]) => ({ length, nullCount })),
    buffers: readPairs(reader, buffers).map(([offset, length]) => ({ offset, length })),
    nodesAt: nodes.start,
    buffersAt: buffers.start,
  };
  if (reader.broken) return refused("ARROW_SYNTAX", "a record batch is not a valid flatbuffer");
  return checkRecordBatch(decoded, layout, header.bodyLength);
}

function readPairs(
  reader: FlatbufferReader,
  vector: { readonly start: number; readonly count: number },
): [number, number][] {
  const pairs: [number, number][] = [];
  for (let index = 0; index < vector.count; index++) {
    const at = vector.start + index * 16;
    pairs.push([reader.size64At(at), reader.size64At(at + 8)]);
  }
  return pairs;
}

function checkRecordBatch(
  batch: RecordBatchHeader,
  layout: SchemaLayout,
  bodyLength: number,
): Result<RecordBatchHeader> {
  if (batch.rows > ROWS_MAX) return refused("LIMIT", "a record batch has too many rows");
  for (const node of batch.nodes) {
    if (node.length > ROWS_MAX || node.nullCount > node.length)
      return refused("ARROW_SYNTAX", "a column's counts don't fit");
  }
  for (const column of layout.columns) {
    if (batch.nodes[column.nodeStart]?.length !== batch.rows)
      return refused("ARROW_SYNTAX", "a column's length is not the batch's");
  }
  let end = 0;
  for (const buffer of batch.buffers) {
    if (buffer.length === 0) continue;
    if (buffer.offset < end)
      return refused("ARROW_SYNTAX", "the buffers of a record batch overlap or are out of order");
    if (buffer.offset % 8 !== 0) return refused("ARROW_SYNTAX", "a buffer is not aligned");
    end = buffer.offset + buffer.length;
    if (end > bodyLength) return refused("ARROW_SYNTAX", "a buffer ends behind the body");
  }
  return accepted(batch);
}

/** The RecordBatch table, for writing a batch from nothing. */
export function flatRecordBatch(rows: number, nodes: readonly FieldNode[], buffers: readonly BufferRange[]): FlatValue {
  return flatTable(
    flatScalar(8, rows),
    { kind: "pairs", pairs: nodes.map((node) => [node.length, node.nullCount] as const) },
    { kind: "pairs", pairs: buffers.map((buffer) => [buffer.offset, buffer.length] as const) },
  );
}
