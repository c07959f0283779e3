/**
 * Masks the rows of a JSON result, `["1",null],["2","x"]` without the outer brackets, over bytes as
 * they arrive. Strict: a row that hasn't one string or null per column, broken syntax or an early
 * end is an error. Cells without a treatment leave byte for byte; of cells with one, no byte leaves
 * that the treatment didn't write. Holds no more than one masked cell in memory.
 */
import { CellTreatments } from "./json-cell.ts";
import { MaskingError } from "./masking-error.ts";
import { OutputSlab } from "./output-slab.ts";
import type { ColumnTreatment } from "./result-mask.ts";

const State = { row: 0, afterRow: 1, cell: 2, afterCell: 3, string: 4, escape: 5, hex: 6, word: 7 } as const;
type State = (typeof State)[keyof typeof State];

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const LOWER_U = 0x75;
const NULL_WORD = [0x6e, 0x75, 0x6c, 0x6c];
const ESCAPED = new Set(Array.from('"\\/bfnrtu', (character) => character.charCodeAt(0)));
/** Larger cells than Snowflake's largest text (128 MiB), escaped, don't exist. */
const CELL_BYTES_MAX = 256 * 1024 * 1024;

export class JsonRows {
  readonly #columns: number;
  readonly #treatments: readonly (ColumnTreatment | null)[];
  readonly #cells: CellTreatments;
  readonly #output: OutputSlab;
  readonly #onRow: (bytesOut: number) => void;
  #state: State = State.row;
  #rows = 0;
  #ordinal = 0;
  /** Characters of a word or a \u escape that have been read. */
  #matched = 0;
  /** The treatment of the string under way. */
  #treatment: ColumnTreatment | null = null;
  #hasEscape = false;
  /** Parts of the string under way that came in earlier chunks. */
  #parts: Buffer[] = [];
  #partBytes = 0;

  /** `onRow` is told after each row how many bytes have left up to its end. */
  constructor(
    treatments: readonly (ColumnTreatment | null)[],
    emit: (bytes: Buffer) => void,
    onRow: (bytesOut: number) => void,
  ) {
    this.#columns = treatments.length;
    this.#treatments = treatments;
    this.#output = new OutputSlab(emit);
    this.#cells = new CellTreatments(this.#output);
    this.#onRow = onRow;
  }

  get rows(): number {
    return this.#rows;
  }

  /** @throws MaskingError; nothing more may be sent then. */
  push(chunk: Buffer): void {
    let at = 0;
    /** Start of what is to leave as it came; -1 inside a treated string. */
    let keep = this.#inTreatedString() ? -1 : 0;
    /** Start of the treated string's part in this chunk. */
    let part = 0;
    while (at < chunk.length) {
      switch (this.#state) {
        case State.string: {
          at = this.#skipString(chunk, at);
          if (at === chunk.length || this.#state !== State.string) break;
          if (this.#treatment !== null) {
            this.#finishTreated(chunk, part, at);
            keep = at + 1;
          }
          this.#state = State.afterCell;
          at++;
          break;
        }
        case State.escape:
          this.#readEscape(chunk[at] ?? 0);
          at++;
          break;
        case State.hex:
          this.#readHex(chunk[at] ?? 0);
          at++;
          break;
        case State.word:
          this.#readWord(chunk[at] ?? 0);
          at++;
          break;
        default:
          if (this.#readStructure(chunk[at] ?? 0, chunk, at, keep)) {
            part = at + 1;
            keep = -1;
          }
          at++;
      }
    }
    if (keep >= 0) this.#output.append(chunk, keep, chunk.length);
    else this.#keepPart(chunk, part);
  }

  /** @throws MaskingError when the rows can't end here. */
  end(): void {
    const isComplete = this.#state === State.afterRow || (this.#state === State.row && this.#rows === 0);
    if (!isComplete) throw new MaskingError("RESULT_TRUNCATED", "a JSON result ended inside its rows");
    this.#output.flush();
  }

  #inTreatedString(): boolean {
    return (
      this.#treatment !== null &&
      (this.#state === State.string || this.#state === State.escape || this.#state === State.hex)
    );
  }

  /** The position of the closing quote, of the byte behind a backslash, or the chunk's end. */
  #skipString(chunk: Buffer, from: number): number {
    let at = from;
    for (; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (byte === QUOTE) return at;
      if (byte === BACKSLASH) {
        this.#hasEscape = true;
        this.#state = State.escape;
        return at + 1;
      }
      if (byte < 0x20) throw syntax();
    }
    return at;
  }

  #readEscape(byte: number): void {
    if (!ESCAPED.has(byte)) throw syntax();
    this.#state = byte === LOWER_U ? State.hex : State.string;
    this.#matched = 0;
  }

  #readHex(byte: number): void {
    const isHex = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
    if (!isHex) throw syntax();
    this.#matched++;
    if (this.#matched === 4) this.#state = State.string;
  }

  #readWord(byte: number): void {
    if (byte !== NULL_WORD[this.#matched]) throw syntax();
    this.#matched++;
    if (this.#matched === NULL_WORD.length) this.#state = State.afterCell;
  }

  /** Brackets, commas, white space and the first byte of a cell. True when a treated string begins. */
  #readStructure(byte: number, chunk: Buffer, at: number, keep: number): boolean {
    if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return false;
    switch (this.#state) {
      case State.row:
        if (byte !== OPEN || this.#columns === 0) throw syntax();
        this.#ordinal = 0;
        this.#state = State.cell;
        return false;
      case State.cell:
        return this.#beginCell(byte, chunk, at, keep);
      case State.afterCell:
        this.#ordinal++;
        if (byte === COMMA && this.#ordinal < this.#columns) this.#state = State.cell;
        else if (byte === CLOSE && this.#ordinal === this.#columns) this.#endRow(at - keep + 1);
        else throw syntax();
        return false;
      default:
        if (byte !== COMMA) throw syntax();
        this.#state = State.row;
        return false;
    }
  }

  #beginCell(byte: number, chunk: Buffer, at: number, keep: number): boolean {
    if (byte === NULL_WORD[0]) {
      this.#state = State.word;
      this.#matched = 1;
      return false;
    }
    if (byte !== QUOTE) throw syntax();
    this.#state = State.string;
    this.#hasEscape = false;
    this.#treatment = this.#treatments[this.#ordinal] ?? null;
    if (this.#treatment === null) return false;
    this.#output.append(chunk, keep, at);
    return true;
  }

  #endRow(bytesNotYetOut: number): void {
    this.#state = State.afterRow;
    this.#rows++;
    this.#onRow(this.#output.total + bytesNotYetOut);
  }

  #finishTreated(chunk: Buffer, part: number, end: number): void {
    const treatment = this.#treatment;
    if (treatment === null) return;
    if (this.#parts.length === 0) {
      this.#cells.write(treatment, chunk, part, end, this.#hasEscape);
    } else {
      const whole = Buffer.concat([...this.#parts, chunk.subarray(part, end)]);
      this.#parts = [];
      this.#partBytes = 0;
      this.#cells.write(treatment, whole, 0, whole.length, this.#hasEscape);
    }
    this.#treatment = null;
  }

  /** Keeps what this chunk holds of a treated string, unless the treatment doesn't look at it. */
  #keepPart(chunk: Buffer, part: number): void {
    const treatment = this.#treatment;
    if (treatment === null || treatment.kind === "null" || chunk.length === part) return;
    this.#partBytes += chunk.length - part;
    if (this.#partBytes > CELL_BYTES_MAX) throw new MaskingError("RESULT_LIMIT", "a masked cell is too large");
    this.#parts.push(chunk.subarray(part));
  }
}

function syntax(): MaskingError {
  return new MaskingError("RESULT_SYNTAX", "a JSON result has rows that don't fit its columns");
}
