/**
 * A run over the body of one result chunk as a stream. An error ends it: the stream is destroyed, and never closes
 * as if it were whole.
 */
import { Transform, type TransformCallback } from "node:stream";

/** Masks bytes as they come; `push` and `end` throw a MaskingError when nothing more may leave. */
export interface MaskRun {
  readonly rows: number;
  push(chunk: Buffer): void;
  end(): unknown;
}

const READ_AHEAD_BYTES = 256 * 1024;

export class ChunkMasker extends Transform {
  readonly #run: MaskRun;

  constructor(begin: (emit: (bytes: Buffer) => void) => MaskRun) {
    super({ readableHighWaterMark: READ_AHEAD_BYTES });
    this.#run = begin((bytes) => this.push(bytes));
  }

  /** Rows that have been masked so far. */
  get rows(): number {
    return this.#run.rows;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    attempt(() => this.#run.push(chunk), done);
  }

  override _flush(done: TransformCallback): void {
    attempt(() => this.#run.end(), done);
  }
}

function attempt(step: () => void, done: TransformCallback): void {
  try {
    step();
  } catch (error) {
    done(error instanceof Error ? error : new Error(String(error)));
    return;
  }
  done();
}
