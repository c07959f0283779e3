/**
 * Writes an Arrow IPC stream from typed columns, the way Snowflake does: metadata V5, one schema
 * message, any number of record batches, exact buffer lengths (a padded length in the message is
 * rejected by the Python driver), no dictionaries and no compression. Used by the demo warehouse
 * and by tests; the gateway itself never rebuilds a batch.
 */
import type { ArrowSchema } from "./schema.ts";

/**
 * One cell. null is NULL; int8/16/32 and date32 take a number or bigint, int64 and decimal128 the
 * unscaled integer as bigint or number, float64 a number, bool a boolean, utf8 a string, binary
 * a Uint8Array, struct an array with one cell per child.
 */
export type ArrowCell = null | number | bigint | boolean | string | Uint8Array | readonly ArrowCell[];

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
export function writeStream(_schema: ArrowSchema, _batches: readonly ArrowBatch[], _options: WriteOptions = {}): Uint8Array {
  throw new Error("not written yet");
}
