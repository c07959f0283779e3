/**
 * Collects the first masked rows for the record. What it is given has been masked already; it never
 * holds more than its byte limit.
 */
import type { RowCapture } from "./result-mask.ts";

type Row = readonly (string | null)[];

/** Rows of an Arrow result, cell by cell. */
export class CellCapture {
  readonly #capture: RowCapture;
  readonly #rows: Row[] = [];
  #bytes = 0;
  #isDone = false;

  constructor(capture: RowCapture) {
    this.#capture = capture;
  }

  /** How many rows are still wanted. */
  get wanted(): number {
    return this.#isDone ? 0 : this.#capture.rowsMax - this.#rows.length + 1;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      if (this.#isDone) return;
      this.#bytes += row.reduce((sum, cell) => sum + (cell?.length ?? 0) + 4, 0);
      if (this.#rows.length === this.#capture.rowsMax || this.#bytes > this.#capture.bytesMax) this.#finish(true);
      else this.#rows.push(row);
    }
  }

  end(): void {
    if (!this.#isDone) this.#finish(false);
  }

  #finish(isCut: boolean): void {
    this.#isDone = true;
    this.#capture.onRows(this.#rows, isCut);
  }
}

/** Rows of a JSON result, out of the bytes that leave. */
export class JsonCapture {
  readonly #capture: RowCapture;
  #parts: Buffer[] = [];
  #bytes = 0;
  #rows = 0;
  /** Where the last row that is taken ends in what leaves. */
  #end = 0;
  #isFull = false;
  #isDone = false;

  constructor(capture: RowCapture) {
    this.#capture = capture;
  }

  /** A row ended `bytesOut` bytes into what leaves. */
  row(bytesOut: number): void {
    if (this.#isFull) return;
    if (this.#rows === this.#capture.rowsMax || bytesOut > this.#capture.bytesMax) {
      this.#isFull = true;
      return;
    }
    this.#rows++;
    this.#end = bytesOut;
  }

  bytes(bytes: Buffer): void {
    if (this.#isDone || this.#bytes > this.#capture.bytesMax) return;
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#isFull && this.#bytes >= this.#end) this.#finish();
  }

  end(): void {
    if (!this.#isDone) this.#finish();
  }

  #finish(): void {
    this.#isDone = true;
    const text = Buffer.concat(this.#parts).toString("utf8", 0, this.#end);
    this.#parts = [];
    this.#capture.onRows(this.#rows === 0 ? [] : JSON.parse(`[${text}]`), this.#isFull);
  }
}
