/**
 * Treats a whole Arrow text column: one pass over offsets and bytes, one new data buffer. What
 * stands under a NULL is left out, whatever it was.
 */
import { REDACTED } from "@sluice/policy-engine";
import type { RewrittenText, TextColumn, TextRewriter } from "@sluice/snowflake-wire";
import { wordsOf } from "./byte-look.ts";
import { MaskingError } from "./masking-error.ts";
import type { MaskTreatment, ScanTreatment } from "./result-mask.ts";
import { fitsBytes, maskWithin, mayFindInText, scanText, type TextRoom } from "./treat-text.ts";
import type { ByteMask, TextMask } from "./value-mask.ts";

/** Arrow's utf8 offsets are signed 32-bit numbers. */
const DATA_BYTES_MAX = 0x7fff_ffff;
const REDACTED_BYTES = Buffer.from(REDACTED);

/** The rewriter for a treated utf8 column. */
export function textRewriter(treatment: MaskTreatment | ScanTreatment): TextRewriter {
  if (treatment.kind === "scan") return (column) => scanColumn(column, treatment);
  const { mask, room } = treatment;
  if (mask.kind === "text") return (column) => maskColumnAsText(column, mask, room);
  const { constant } = mask;
  if (constant !== null) return (column) => fillColumn(column, constant);
  return (column) => maskColumn(column, mask, room);
}

function isNull(validity: Uint8Array | null, row: number): boolean {
  return validity !== null && (((validity[row >> 3] ?? 0) >> (row & 7)) & 1) === 0;
}

function fillColumn(column: TextColumn, constant: Buffer): RewrittenText {
  const { rows, validity } = column;
  const offsets = new Int32Array(rows + 1);
  let end = 0;
  for (let row = 0; row < rows; row++) {
    if (!isNull(validity, row)) end += constant.length;
    offsets[row + 1] = end;
  }
  assertSize(end);
  return { offsets, data: end === 0 ? Buffer.alloc(0) : Buffer.alloc(end, constant) };
}

function maskColumn(column: TextColumn, mask: ByteMask, room: TextRoom): RewrittenText {
  const { rows, validity, offsets: old, data } = column;
  const target = new GrowingBytes((old[rows] ?? 0) - (old[0] ?? 0) + rows * 4);
  const offsets = new Int32Array(rows + 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    if (!isNull(validity, row)) {
      const start = old[row] ?? 0;
      const end = old[row + 1] ?? 0;
      const size = mask.roomFor(end - start);
      if (at + size > target.bytes.length) target.grow(at, size);
      const after = mask.write(data, start, end, target.bytes, at);
      at = after - at <= room.characters && after - at <= room.bytes ? after : checkRoom(target.bytes, at, after, room);
    }
    offsets[row + 1] = at;
  }
  return { offsets, data: target.bytes.subarray(0, at) };
}

/** The end of the value at `at`, made `***` when it is too long. */
function checkRoom(bytes: Buffer, at: number, after: number, room: TextRoom): number {
  return fitsBytes(room, bytes, at, after) ? after : at + REDACTED_BYTES.copy(bytes, at);
}

function maskColumnAsText(column: TextColumn, mask: TextMask, room: TextRoom): RewrittenText {
  const { rows, validity, offsets: old, data } = column;
  const source = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const offsets = new Int32Array(rows + 1);
  const bits = new Uint8Array(Math.ceil(rows / 8));
  const values: Buffer[] = [];
  let end = 0;
  let nullCount = 0;
  for (let row = 0; row < rows; row++) {
    const text = isNull(validity, row) ? null : maskWithin(mask, source.toString("utf8", old[row], old[row + 1]), room);
    if (text === null) {
      nullCount++;
    } else {
      const value = Buffer.from(text, "utf8");
      values.push(value);
      end += value.length;
      bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
    }
    offsets[row + 1] = end;
  }
  assertSize(end);
  return { offsets, data: Buffer.concat(values, end), validity: { bits, nullCount } };
}

/** Rows in which something is found are rare: the others are copied in stretches. */
function scanColumn(column: TextColumn, treatment: ScanTreatment): RewrittenText {
  const { rows, validity, offsets: old, data } = column;
  const source = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const words = wordsOf(source);
  const offsets = new Int32Array(rows + 1);
  const parts: Uint8Array[] = [];
  let end = 0;
  let copied = old[0] ?? 0;
  for (let row = 0; row < rows; row++) {
    const start = old[row] ?? 0;
    const stop = old[row + 1] ?? 0;
    const changed =
      start === stop ? null : isNull(validity, row) ? "" : scanValue(source, words, start, stop, treatment);
    if (changed === null) {
      end += stop - start;
    } else {
      const value = Buffer.from(changed, "utf8");
      parts.push(data.subarray(copied, start), value);
      copied = stop;
      end += value.length;
    }
    offsets[row + 1] = end;
  }
  assertSize(end);
  parts.push(data.subarray(copied, old[rows] ?? 0));
  return { offsets, data: parts.length === 1 ? (parts[0] ?? data) : Buffer.concat(parts, end) };
}

/** The scanned value, or null when it stays as it is. */
function scanValue(
  source: Buffer,
  words: Int32Array,
  start: number,
  end: number,
  treatment: ScanTreatment,
): string | null {
  if (!treatment.isJson && !treatment.scanner.mayFind(source, start, end, words)) return null;
  const text = source.toString("utf8", start, end);
  if (treatment.isJson && !mayFindInText(treatment, text)) return null;
  const scanned = scanText(treatment, text);
  return scanned === text ? null : scanned;
}

function assertSize(bytes: number): void {
  if (bytes > DATA_BYTES_MAX)
    throw new MaskingError("RESULT_LIMIT", "a masked column is too large for one record batch");
}

class GrowingBytes {
  bytes: Buffer;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Makes room for `size` more bytes behind the first `used`. */
  grow(used: number, size: number): void {
    assertSize(used + size);
    const larger = Buffer.allocUnsafeSlow(Math.max(used + size, Math.ceil(this.bytes.length * 1.5)));
    this.bytes.copy(larger, 0, 0, used);
    this.bytes = larger;
  }
}
