/**
 * Writes a flatbuffer from a description of its tables: parents first, what they refer to after
 * them, every scalar aligned to its size. Small on purpose: it knows what Arrow messages need.
 */
import { encodeUtf8 } from "./utf8.ts";

export type FlatValue =
  | { readonly kind: "table"; readonly slots: readonly (FlatSlot | null)[] }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "vector"; readonly items: readonly FlatValue[] }
  /** A vector of 16-byte structs of two 64-bit sizes (FieldNode, Buffer). */
  | { readonly kind: "pairs"; readonly pairs: readonly (readonly [number, number])[] };

export type FlatSlot =
  | { readonly size: 1 | 2 | 4; readonly value: number }
  | { readonly size: 8; readonly value: number }
  | FlatValue;

export function flatTable(...slots: (FlatSlot | null)[]): FlatValue {
  return { kind: "table", slots };
}

export function flatText(text: string): FlatValue {
  return { kind: "text", text };
}

export function flatVector(items: readonly FlatValue[]): FlatValue {
  return { kind: "vector", items };
}

export function flatScalar(size: 1 | 2 | 4 | 8, value: number): FlatSlot {
  return { size, value };
}

/** A reference that is still to be filled in: the 4 bytes at `at` must point to `value`. */
interface Reference {
  readonly at: number;
  readonly value: FlatValue;
}

class Output {
  bytes = new Uint8Array(1024);
  view = new DataView(this.bytes.buffer);
  length = 0;

  /** Adds `size` zero bytes, the first of which stands at a multiple of `alignment` less `before`, and returns where. */
  reserve(size: number, alignment: number, before = 0): number {
    const start = Math.ceil((this.length + before) / alignment) * alignment - before;
    const end = start + size;
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.bytes.length * 2));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    this.length = end;
    return start;
  }

  size64(at: number, value: number): void {
    this.view.setUint32(at, value % 0x1_0000_0000, true);
    this.view.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
  }
}

/** The bytes of a flatbuffer whose root is `root`, padded to a multiple of 8. */
export function writeFlatbuffer(root: FlatValue): Uint8Array {
  const output = new Output();
  const references: Reference[] = [{ at: output.reserve(4, 4), value: root }];
  for (let next = references.shift(); next !== undefined; next = references.shift()) {
    const position = writeValue(output, next.value, references);
    output.view.setUint32(next.at, position - next.at, true);
  }
  output.reserve((8 - (output.length % 8)) % 8, 1);
  return output.bytes.slice(0, output.length);
}

function writeValue(output: Output, value: FlatValue, references: Reference[]): number {
  switch (value.kind) {
    case "table":
      return writeTable(output, value.slots, references);
    case "text": {
      const text = encodeUtf8(value.text);
      const at = output.reserve(4 + text.length + 1, 4);
      output.view.setUint32(at, text.length, true);
      output.bytes.set(text, at + 4);
      return at;
    }
    case "vector": {
      const at = output.reserve(4 + value.items.length * 4, 4);
      output.view.setUint32(at, value.items.length, true);
      value.items.forEach((item, index) => references.push({ at: at + 4 + index * 4, value: item }));
      return at;
    }
    case "pairs": {
      const at = output.reserve(4 + value.pairs.length * 16, 8, 4);
      output.view.setUint32(at, value.pairs.length, true);
      value.pairs.forEach(([first, second], index) => {
        output.size64(at + 4 + index * 16, first);
        output.size64(at + 12 + index * 16, second);
      });
      return at;
    }
  }
}

function writeTable(output: Output, slots: readonly (FlatSlot | null)[], references: Reference[]): number {
  const vtableSize = 4 + slots.length * 2;
  const offsets: number[] = [];
  let tableSize = 4;
  for (const slot of slots) {
    if (slot === null) {
      offsets.push(0);
      continue;
    }
    const size = "size" in slot ? slot.size : 4;
    tableSize = Math.ceil(tableSize / size) * size;
    offsets.push(tableSize);
    tableSize += size;
  }
  // The vtable stands right before its table, and the table at a multiple of 8.
  const table = output.reserve(vtableSize + tableSize, 8, vtableSize) + vtableSize;
  const vtable = table - vtableSize;
  output.view.setInt32(table, vtableSize, true);
  output.view.setUint16(vtable, vtableSize, true);
  output.view.setUint16(vtable + 2, tableSize, true);
  slots.forEach((slot, index) => {
    const offset = offsets[index] ?? 0;
    output.view.setUint16(vtable + 4 + index * 2, offset, true);
    if (slot !== null) writeSlot(output, table + offset, slot, references);
  });
  return table;
}

function writeSlot(output: Output, at: number, slot: FlatSlot, references: Reference[]): void {
  if (!("size" in slot)) {
    references.push({ at, value: slot });
    return;
  }
  switch (slot.size) {
    case 1:
      output.view.setUint8(at, slot.value);
      return;
    case 2:
      output.view.setInt16(at, slot.value, true);
      return;
    case 4:
      output.view.setInt32(at, slot.value, true);
      return;
    case 8:
      output.size64(at, slot.value);
      return;
  }
}
