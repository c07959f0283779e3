/**
 * Masks Arrow results: the inline base64 of an answer, and the bodies of result chunks as a stream.
 * A stream that can't be masked to its end is destroyed with a MaskingError. A stream without an
 * end marker that stops between batches can only be told from a whole one by its number of rows:
 * give `rowsExpected`.
 */

import {
  type ArrowField,
  type ArrowLimits,
  ArrowRewriter,
  type BatchView,
  type RewrittenMessage,
  readRows,
  snowflakeCellText,
  type WireErrorCode,
} from "@sluice/snowflake-wire";
import { planArrow } from "./arrow-plan.ts";
import { ChunkMasker } from "./chunk-masker.ts";
import { MaskingError, type MaskingErrorCode, type MaskingResult, masked } from "./masking-error.ts";
import { OutputSlab } from "./output-slab.ts";
import type { MaskStreamOptions, ResultMask } from "./result-mask.ts";
import { CellCapture } from "./row-capture.ts";

/** A batch is held in memory whole: Snowflake's chunks are 16 MB, 160 MB at the most. */
const LIMITS: ArrowLimits = { metadataBytesMax: 8 * 1024 * 1024, bodyBytesMax: 256 * 1024 * 1024 };

/** A masked inline stream and how many rows it has. */
export interface MaskedArrow {
  readonly rowsetBase64: string;
  readonly rows: number;
}

/** Masks `data.rowsetBase64`. Empty text, which stands for no rows, stays empty. */
export function maskArrowBase64(
  rowsetBase64: string,
  mask: ResultMask,
  options: MaskStreamOptions = {},
): MaskingResult<MaskedArrow> {
  const parts: Buffer[] = [];
  try {
    const run = new ArrowRun(mask, options, (bytes) => parts.push(bytes));
    if (rowsetBase64 === "") return masked({ rowsetBase64, rows: run.endEmpty() });
    run.push(decodeBase64(rowsetBase64));
    const rows = run.end();
    return masked({ rowsetBase64: Buffer.concat(parts).toString("base64"), rows });
  } catch (error) {
    if (error instanceof MaskingError) return { ok: false, error };
    throw error;
  }
}

/** Strict: Buffer.from would leave out what isn't base64 and end at the first padding. */
function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  const size = (text.length / 4) * 3 - (text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0);
  if (text.length % 4 !== 0 || bytes.length !== size)
    throw new MaskingError("RESULT_SYNTAX", "an Arrow result is not base64");
  return bytes;
}

/** Masks the uncompressed body of one Arrow result chunk. */
export class ArrowChunkMasker extends ChunkMasker {
  constructor(mask: ResultMask, options: MaskStreamOptions = {}) {
    super((emit) => new ArrowRun(mask, options, emit));
  }
}

/** One run over a stream, with the capture and the count that belong to it. */
class ArrowRun {
  readonly #rewriter: ArrowRewriter;
  readonly #output: OutputSlab;
  readonly #capture: CellCapture | null;
  readonly #rowsExpected: number | undefined;

  constructor(mask: ResultMask, options: MaskStreamOptions, emit: (bytes: Buffer) => void) {
    this.#rewriter = new ArrowRewriter((schema) => planArrow(mask, schema), LIMITS);
    this.#output = new OutputSlab(emit);
    this.#capture = options.capture === undefined ? null : new CellCapture(options.capture);
    this.#rowsExpected = options.rowsExpected;
  }

  get rows(): number {
    return this.#rewriter.rows;
  }

  push(chunk: Buffer): void {
    const messages = this.#rewriter.push(chunk);
    if (!messages.ok) throw arrowFault(messages.error);
    if (this.#rowsExpected !== undefined && this.rows > this.#rowsExpected) throw rowCount();
    for (const message of messages.value) this.#send(message);
    this.#output.flush();
  }

  end(): number {
    const end = this.#rewriter.end();
    if (!end.ok) throw arrowFault(end.error);
    return this.endEmpty();
  }

  endEmpty(): number {
    if (this.#rowsExpected !== undefined && this.rows !== this.#rowsExpected) throw rowCount();
    this.#capture?.end();
    return this.rows;
  }

  #send(message: RewrittenMessage): void {
    for (const piece of message.pieces)
      this.#output.append(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength), 0, piece.byteLength);
    if (message.batch !== null) this.#record(message.batch);
  }

  #record(batch: BatchView): void {
    const schema = this.#rewriter.schema;
    const wanted = this.#capture?.wanted ?? 0;
    if (schema === null || wanted === 0) return;
    const text = (field: ArrowField | undefined, cell: Parameters<typeof snowflakeCellText>[1]): string | null =>
      field === undefined ? null : snowflakeCellText(field, cell);
    this.#capture?.add(
      readRows(schema, batch, wanted).map((row) => row.map((cell, ordinal) => text(schema.fields[ordinal], cell))),
    );
  }
}

function rowCount(): MaskingError {
  return new MaskingError("ROW_COUNT", "a result has another number of rows than was announced");
}

const CODES: Readonly<Partial<Record<WireErrorCode, MaskingErrorCode>>> = {
  ARROW_SYNTAX: "RESULT_SYNTAX",
  ARROW_TRUNCATED: "RESULT_TRUNCATED",
  ARROW_UNSUPPORTED: "RESULT_UNSUPPORTED",
  ARROW_PLAN: "PLAN_MISFIT",
  LIMIT: "RESULT_LIMIT",
};

function arrowFault(error: { readonly code: WireErrorCode; readonly message: string }): MaskingError {
  return new MaskingError(CODES[error.code] ?? "RESULT_SYNTAX", error.message);
}
