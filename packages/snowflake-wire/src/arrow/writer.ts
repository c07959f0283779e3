/**
 * Writes an Arrow IPC stream from typed columns, the way Snowflake does: metadata V5, one schema
 * message, any number of record batches, exact buffer lengths (a padded length in the message is
 * rejected by the Python driver), no dictionaries and no compression. Used by the demo warehouse
 * and by tests; the gateway itself never rebuilds a batch.
 */
import { type ArrowCell, writeColumn } from "./column-writer.ts";
import { encodeMessage, endOfStream } from "./message.ts";
import { type BufferRange, type FieldNode, flatRecordBatch } from "./record-batch.ts";
import type { ArrowSchema } from "./schema.ts";
import { encodeSchema } from "./schema-codec.ts";

/** Column by column; every column has `rows` cells. */
export interface ArrowBatch {
  readonly rows: number;
  readonly columns: readonly (readonly ArrowCell[])[];
}

export interface WriteOptions {
  /** Whether the stream ends with the end-of-stream marker (default true). */
  readonly endOfStream?: boolean;
}

/**
 * Writes a whole IPC stream.
 *
 * @throws RangeError or TypeError when a cell doesn't fit its column's type (a programmer error).
 */
export function writeStream(
  schema: ArrowSchema,
  batches: readonly ArrowBatch[],
  options: WriteOptions = {},
): Uint8Array {
  const pieces = [encodeSchema(schema)];
  for (const batch of batches) pieces.push(...writeBatch(schema, batch));
  if (options.endOfStream !== false) pieces.push(endOfStream());
  return joinBytes(pieces);
}

function writeBatch(schema: ArrowSchema, batch: ArrowBatch): Uint8Array[] {
  if (batch.columns.length !== schema.fields.length) throw new RangeError("a batch needs one column per field");
  const nodes: FieldNode[] = [];
  const ranges: BufferRange[] = [];
  const body: Uint8Array[] = [];
  let offset = 0;
  schema.fields.forEach((field, index) => {
    const cells = batch.columns[index] ?? [];
    if (cells.length !== batch.rows) throw new RangeError(`column ${field.name} doesn't have ${batch.rows} cells`);
    const column = writeColumn(field, cells);
    nodes.push(...column.nodes);
    for (const buffer of column.buffers) {
      const padding = (8 - (buffer.length % 8)) % 8;
      ranges.push({ offset, length: buffer.length });
      body.push(buffer, new Uint8Array(padding));
      offset += buffer.length + padding;
    }
  });
  return [encodeMessage("recordBatch", flatRecordBatch(batch.rows, nodes, ranges), offset), ...body];
}

/** One array with the bytes of all pieces. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
