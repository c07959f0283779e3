/**
 * Turns the cells of one column into Arrow nodes and buffers of exact length. Cells that don't fit
 * their type throw: they come from our own code.
 */
import { bufferRoles, fixedBits } from "./layout.ts";
import type { FieldNode } from "./record-batch.ts";
import type { ArrowField } from "./schema.ts";
import { encodeUtf8Into } from "./utf8.ts";

/**
 * One cell. null is NULL; int8/16/32 and date32 take a number or bigint, int64 and decimal128 the
 * unscaled integer as bigint or number, float64 a number, bool a boolean, utf8 a string, binary
 * a Uint8Array, struct an array with one cell per child.
 */
export type ArrowCell = null | number | bigint | boolean | string | Uint8Array | readonly ArrowCell[];

export interface WrittenColumn {
  readonly nodes: readonly FieldNode[];
  readonly buffers: readonly Uint8Array[];
}

/** Nodes and buffers of `cells` as a column of `field`, nested fields included. */
export function writeColumn(field: ArrowField, cells: readonly ArrowCell[]): WrittenColumn {
  const nullCount = cells.reduce((count: number, cell) => count + (cell === null ? 1 : 0), 0);
  if (nullCount > 0 && !field.nullable) throw new TypeError(`column ${field.name} is not nullable`);
  const node: FieldNode = { length: cells.length, nullCount: field.type.kind === "null" ? cells.length : nullCount };
  const buffers: Uint8Array[] = [];
  if (bufferRoles(field.type).length > 0) buffers.push(nullCount === 0 ? new Uint8Array(0) : writeValidity(cells));
  if (field.type.kind === "null") return { nodes: [node], buffers };
  if (field.type.kind === "struct") return writeStruct(field, cells, node, buffers);
  if (field.type.kind === "utf8" || field.type.kind === "binary") buffers.push(...writeVariable(field, cells));
  else buffers.push(writeFixed(field, cells));
  return { nodes: [node], buffers };
}

function writeValidity(cells: readonly ArrowCell[]): Uint8Array {
  const bits = new Uint8Array(Math.ceil(cells.length / 8));
  cells.forEach((cell, row) => {
    if (cell !== null) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7));
  });
  return bits;
}

function writeStruct(
  field: ArrowField,
  cells: readonly ArrowCell[],
  node: FieldNode,
  buffers: Uint8Array[],
): WrittenColumn {
  const nodes = [node];
  field.children.forEach((child, index) => {
    // Under a NULL struct a child that can't be NULL holds zero: drivers reject nulls in it.
    const written = writeColumn(
      child,
      cells.map((cell) => (cell === null ? (child.nullable ? null : zeroOf(child)) : childOf(cell, index, field))),
    );
    nodes.push(...written.nodes);
    buffers.push(...written.buffers);
  });
  return { nodes, buffers };
}

function childOf(cell: ArrowCell, index: number, field: ArrowField): ArrowCell {
  const child = Array.isArray(cell) ? cell[index] : undefined;
  if (child === undefined || !Array.isArray(cell) || cell.length !== field.children.length) throw wrongCell(field);
  return child;
}

function zeroOf(field: ArrowField): ArrowCell {
  if (field.type.kind === "struct") return field.children.map(zeroOf);
  if (field.type.kind === "utf8") return "";
  if (field.type.kind === "binary") return new Uint8Array(0);
  return field.type.kind === "bool" ? false : 0;
}

function writeVariable(field: ArrowField, cells: readonly ArrowCell[]): [Uint8Array, Uint8Array] {
  const offsets = new Uint8Array((cells.length + 1) * 4);
  const view = new DataView(offsets.buffer);
  let room = 0;
  for (const cell of cells)
    room += typeof cell === "string" ? cell.length * 3 : cell instanceof Uint8Array ? cell.length : 0;
  const data = new Uint8Array(room);
  let length = 0;
  cells.forEach((cell, row) => {
    if (typeof cell === "string" && field.type.kind === "utf8") {
      length = encodeUtf8Into(cell, data, length);
    } else if (cell instanceof Uint8Array && field.type.kind === "binary") {
      data.set(cell, length);
      length += cell.length;
    } else if (cell !== null) {
      throw wrongCell(field);
    }
    view.setInt32((row + 1) * 4, length, true);
  });
  return [offsets, data.subarray(0, length)];
}

function writeFixed(field: ArrowField, cells: readonly ArrowCell[]): Uint8Array {
  const bits = fixedBits(field.type);
  if (bits === null) throw new TypeError(`columns of type ${field.type.kind} are not written`);
  const data = new Uint8Array(Math.ceil((cells.length * bits) / 8));
  const view = new DataView(data.buffer);
  cells.forEach((cell, row) => {
    if (cell !== null) writeFixedCell(field, view, row, cell, bits);
  });
  return data;
}

function writeFixedCell(field: ArrowField, view: DataView, row: number, cell: ArrowCell, bits: number): void {
  const at = (row * bits) / 8;
  if (bits === 1) {
    if (typeof cell !== "boolean") throw wrongCell(field);
    if (cell) view.setUint8(row >> 3, view.getUint8(row >> 3) | (1 << (row & 7)));
  } else if (field.type.kind === "float") {
    if (typeof cell !== "number" || bits === 16) throw wrongCell(field);
    if (bits === 64) view.setFloat64(at, cell, true);
    else view.setFloat32(at, cell, true);
  } else {
    writeInteger(field, view, at, cell, bits);
  }
}

function writeInteger(field: ArrowField, view: DataView, at: number, cell: ArrowCell, bits: number): void {
  if (field.type.kind === "fixedSizeBinary" || bits > 128)
    throw new TypeError(`columns of type ${field.type.kind} are not written`);
  if (typeof cell !== "bigint" && !(typeof cell === "number" && Number.isSafeInteger(cell))) throw wrongCell(field);
  const value = BigInt(cell);
  if (BigInt.asIntN(bits, value) !== value)
    throw new RangeError(`a value of column ${field.name} doesn't fit ${bits} bits`);
  if (bits === 8) view.setInt8(at, Number(value));
  else if (bits === 16) view.setInt16(at, Number(value), true);
  else if (bits === 32) view.setInt32(at, Number(value), true);
  else {
    view.setBigInt64(at, BigInt.asIntN(64, value), true);
    if (bits === 128) view.setBigInt64(at + 8, value >> 64n, true);
  }
}

function wrongCell(field: ArrowField): TypeError {
  return new TypeError(`a cell of column ${field.name} is not a ${field.type.kind}`);
}
