/**
 * Gathers bytes to send into buffers of a useful size: a push for every cell would cost more than
 * the masking. Long stretches go out as they are, without a copy.
 */
const SLAB_BYTES = 64 * 1024;
const COPY_BYTES_MAX = 8 * 1024;

export class OutputSlab {
  /** The buffer under way; write at `length` after `reserve`. */
  bytes: Buffer = Buffer.allocUnsafe(SLAB_BYTES);
  length = 0;
  readonly #emit: (bytes: Buffer) => void;
  #sent = 0;

  constructor(emit: (bytes: Buffer) => void) {
    this.#emit = emit;
  }

  /** Bytes written since the beginning. */
  get total(): number {
    return this.#sent + this.length;
  }

  /** Makes room for `size` bytes. */
  reserve(size: number): void {
    if (this.length + size <= this.bytes.length) return;
    this.flush();
    if (size > this.bytes.length) this.bytes = Buffer.allocUnsafe(size);
  }

  /** Adds source[start, end). */
  append(source: Buffer, start: number, end: number): void {
    if (end <= start) return;
    if (end - start > COPY_BYTES_MAX) {
      this.flush();
      this.#sent += end - start;
      this.#emit(source.subarray(start, end));
      return;
    }
    this.reserve(end - start);
    this.length += source.copy(this.bytes, this.length, start, end);
  }

  /** Sends what has been gathered. */
  flush(): void {
    if (this.length === 0) return;
    this.#sent += this.length;
    this.#emit(this.bytes.subarray(0, this.length));
    this.bytes = Buffer.allocUnsafe(SLAB_BYTES);
    this.length = 0;
  }
}
