/**
 * Remembers the tokens of recent values of one domain: columns repeat themselves. Bounded: one
 * place per hash, the last value wins, long values aren't kept. Holds clear values as long as its
 * result is in delivery, like the buffers that they came in, and nothing else reads it.
 */

const PLACES = 4096;
const VALUE_BYTES_MAX = 48;

export class TokenCache {
  readonly #tokenBytes: number;
  readonly #values = Buffer.alloc(PLACES * VALUE_BYTES_MAX);
  /** Length of the value at each place, plus one; 0: nothing is there. */
  readonly #lengths = new Uint8Array(PLACES);
  readonly #tokens: Buffer;

  constructor(tokenBytes: number) {
    this.#tokenBytes = tokenBytes;
    this.#tokens = Buffer.alloc(PLACES * tokenBytes);
  }

  /** The place of source[start, end), or -1 when it is too long to be kept. */
  place(source: Uint8Array, start: number, end: number): number {
    if (end - start > VALUE_BYTES_MAX) return -1;
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ (source[at] ?? 0), 0x01000193);
    return (hash ^ (hash >>> 15)) & (PLACES - 1);
  }

  /** Whether the value at `place` is source[start, end), byte for byte. */
  holds(place: number, source: Uint8Array, start: number, end: number): boolean {
    if (this.#lengths[place] !== end - start + 1) return false;
    const from = place * VALUE_BYTES_MAX - start;
    for (let at = start; at < end; at++) {
      if (this.#values[from + at] !== source[at]) return false;
    }
    return true;
  }

  /** Copies the token at `place` to target[at…]. */
  copy(place: number, target: Buffer, at: number): void {
    this.#tokens.copy(target, at, place * this.#tokenBytes, (place + 1) * this.#tokenBytes);
  }

  /** Keeps the token that stands at target[at…]. */
  keep(place: number, source: Uint8Array, start: number, end: number, target: Buffer, at: number): void {
    const from = place * VALUE_BYTES_MAX - start;
    for (let byte = start; byte < end; byte++) this.#values[from + byte] = source[byte] ?? 0;
    this.#lengths[place] = end - start + 1;
    target.copy(this.#tokens, place * this.#tokenBytes, at, at + this.#tokenBytes);
  }
}
