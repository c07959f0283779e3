/**
 * Masks JSON results: the inline rowset of an answer, and the bodies of result chunks as a stream.
 * A stream that can't be masked to its end is destroyed with a MaskingError; it never ends cleanly
 * with fewer rows.
 */
import { ChunkMasker } from "./chunk-masker.ts";
import { JsonRows } from "./json-rows.ts";
import { MaskingError, type MaskingResult, masked, unmaskable } from "./masking-error.ts";
import type { MaskStreamOptions, ResultMask } from "./result-mask.ts";
import { JsonCapture } from "./row-capture.ts";

/** A masked inline rowset and how many rows it has. */
export interface MaskedRowset {
  readonly rowset: string;
  readonly rows: number;
}

/** Masks the raw JSON text of `data.rowset`, brackets included. */
export function maskRowset(
  rawRowset: string,
  mask: ResultMask,
  options: MaskStreamOptions = {},
): MaskingResult<MaskedRowset> {
  const text = rawRowset.trim();
  if (!text.startsWith("[") || !text.endsWith("]") || text.length < 2)
    return unmaskable("RESULT_SYNTAX", "a rowset is not an array");
  const parts: Buffer[] = [];
  try {
    const run = new JsonRun(mask, options, (bytes) => parts.push(bytes));
    run.push(Buffer.from(text.slice(1, -1), "utf8"));
    const rows = run.end();
    return masked({ rowset: `[${Buffer.concat(parts).toString("utf8")}]`, rows });
  } catch (error) {
    if (error instanceof MaskingError) return { ok: false, error };
    throw error;
  }
}

/** Masks the uncompressed body of one JSON result chunk: rows without the outer brackets. */
export class JsonChunkMasker extends ChunkMasker {
  constructor(mask: ResultMask, options: MaskStreamOptions = {}) {
    super((emit) => new JsonRun(mask, options, emit));
  }
}

/** One run over rows, with the capture and the count that belong to it. */
class JsonRun {
  readonly #rows: JsonRows;
  readonly #capture: JsonCapture | null;
  readonly #rowsExpected: number | undefined;

  constructor(mask: ResultMask, options: MaskStreamOptions, emit: (bytes: Buffer) => void) {
    const capture = options.capture === undefined ? null : new JsonCapture(options.capture);
    const emitAll = (bytes: Buffer): void => {
      capture?.bytes(bytes);
      emit(bytes);
    };
    this.#capture = capture;
    this.#rowsExpected = options.rowsExpected;
    this.#rows = new JsonRows(mask.treatments, emitAll, (bytesOut) => capture?.row(bytesOut));
  }

  get rows(): number {
    return this.#rows.rows;
  }

  push(chunk: Buffer): void {
    this.#rows.push(chunk);
    if (this.#rowsExpected !== undefined && this.#rows.rows > this.#rowsExpected) throw rowCount();
  }

  end(): number {
    this.#rows.end();
    if (this.#rowsExpected !== undefined && this.#rows.rows !== this.#rowsExpected) throw rowCount();
    this.#capture?.end();
    return this.#rows.rows;
  }
}

function rowCount(): MaskingError {
  return new MaskingError("ROW_COUNT", "a result has another number of rows than was announced");
}
