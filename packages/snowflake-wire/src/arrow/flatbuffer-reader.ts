/**
 * Reads flatbuffer tables from bytes that nobody has verified. Every read is bounds-checked; the
 * first one that isn't inside the buffer sets `broken`, answers zero, and everything after it is
 * worthless: callers read what they need and then ask `broken` once. Never throws, never loops
 * over more than the bytes can hold.
 */
import { decodeUtf8 } from "./utf8.ts";

/** The position of a table inside the buffer. */
export type TablePosition = number;

export class FlatbufferReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** How many bytes of text may still be decoded: the same string can be referred to many times. */
  #textBudget: number;
  #broken = false;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#textBudget = bytes.byteLength * 4;
  }

  /** Whether some read so far was out of bounds or nonsense. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Marks the buffer as not to be trusted. */
  break(): void {
    this.#broken = true;
  }

  /** The root table. */
  root(): TablePosition {
    return this.#follow(0);
  }

  /** Where the field in `slot` stands, or 0 when the table doesn't have it. */
  fieldPosition(table: TablePosition, slot: number, size: number): number {
    const vtable = table - this.#int32(table);
    if (vtable < 0 || vtable + 4 > this.bytes.length) return this.#fail();
    const vtableSize = this.#uint16(vtable);
    const tableSize = this.#uint16(vtable + 2);
    if (
      vtableSize < 4 ||
      vtableSize % 2 !== 0 ||
      vtable + vtableSize > this.bytes.length ||
      table + tableSize > this.bytes.length
    ) {
      return this.#fail();
    }
    const entry = 4 + slot * 2;
    if (entry + 2 > vtableSize) return 0;
    const offset = this.#uint16(vtable + entry);
    if (offset === 0) return 0;
    return offset < 4 || offset + size > tableSize ? this.#fail() : table + offset;
  }

  /** How many slots the table's vtable has: a table with more than are known holds something unknown. */
  slotCount(table: TablePosition): number {
    const vtable = table - this.#int32(table);
    return (this.#uint16(vtable) - 4) >> 1;
  }

  bool(table: TablePosition, slot: number): boolean {
    const at = this.fieldPosition(table, slot, 1);
    return at !== 0 && this.#uint8(at) !== 0;
  }

  uint8(table: TablePosition, slot: number): number {
    const at = this.fieldPosition(table, slot, 1);
    return at === 0 ? 0 : this.#uint8(at);
  }

  int16(table: TablePosition, slot: number, absent: number): number {
    const at = this.fieldPosition(table, slot, 2);
    return at === 0 ? absent : (this.#uint16(at) << 16) >> 16;
  }

  int32(table: TablePosition, slot: number, absent: number): number {
    const at = this.fieldPosition(table, slot, 4);
    return at === 0 ? absent : this.#int32(at);
  }

  /** A 64-bit count or size. One that is negative or over 2^53 breaks the buffer. */
  size64(table: TablePosition, slot: number): number {
    const at = this.fieldPosition(table, slot, 8);
    return at === 0 ? 0 : this.size64At(at);
  }

  size64At(at: number): number {
    if (at < 0 || at + 8 > this.bytes.length) return this.#fail();
    const high = this.#view.getInt32(at + 4, true);
    if (high < 0 || high > 0x1fffff) return this.#fail();
    return high * 0x1_0000_0000 + this.#view.getUint32(at, true);
  }

  /** A nested table, or 0. */
  table(table: TablePosition, slot: number): TablePosition {
    const at = this.fieldPosition(table, slot, 4);
    return at === 0 ? 0 : this.#follow(at);
  }

  /** A vector: where its items start and how many they are. An absent one is empty. */
  vector(table: TablePosition, slot: number, itemSize: number): { readonly start: number; readonly count: number } {
    const at = this.fieldPosition(table, slot, 4);
    if (at === 0) return { start: 0, count: 0 };
    const start = this.#follow(at);
    const count = this.#uint32(start);
    if (count * itemSize > this.bytes.length - start - 4) {
      this.#fail();
      return { start: 0, count: 0 };
    }
    return { start: start + 4, count };
  }

  /** The table that the item of a vector of tables refers to. */
  tableAt(itemPosition: number): TablePosition {
    return this.#follow(itemPosition);
  }

  /** Text, or null when the table doesn't have it. Text that is not UTF-8 breaks the buffer. */
  text(table: TablePosition, slot: number): string | null {
    if (this.fieldPosition(table, slot, 4) === 0) return null;
    const { start, count } = this.vector(table, slot, 1);
    this.#textBudget -= count;
    const text = this.#broken || this.#textBudget < 0 ? null : decodeUtf8(this.bytes.subarray(start, start + count));
    if (text === null) this.#fail();
    return text ?? "";
  }

  #follow(at: number): number {
    const target = at + this.#uint32(at);
    return this.#broken || target === at || target + 4 > this.bytes.length ? this.#fail() : target;
  }

  #uint8(at: number): number {
    return at < 0 || at >= this.bytes.length ? this.#fail() : this.#view.getUint8(at);
  }

  #uint16(at: number): number {
    return at < 0 || at + 2 > this.bytes.length ? this.#fail() : this.#view.getUint16(at, true);
  }

  #int32(at: number): number {
    return at < 0 || at + 4 > this.bytes.length ? this.#fail() : this.#view.getInt32(at, true);
  }

  #uint32(at: number): number {
    return at < 0 || at + 4 > this.bytes.length ? this.#fail() : this.#view.getUint32(at, true);
  }

  #fail(): 0 {
    this.#broken = true;
    return 0;
  }
}
