/**
 * Schema messages to the model of schema.ts and back. What the model can't hold is refused, so
 * that a schema which is written again says what the original said.
 */
import { accepted, type Result, refused } from "../outcome.ts";
import type { FlatbufferReader, TablePosition } from "./flatbuffer-reader.ts";
import { type FlatSlot, type FlatValue, flatScalar, flatTable, flatText, flatVector } from "./flatbuffer-writer.ts";
import { encodeMessage, type MessageHeader } from "./message.ts";
import type { ArrowField, ArrowMetadata, ArrowSchema, ArrowType, TimeUnit } from "./schema.ts";

const FIELDS_MAX = 16_384;
const DEPTH_MAX = 16;
const METADATA_ENTRIES_MAX = 256;
const TIME_UNITS: readonly TimeUnit[] = ["second", "millisecond", "microsecond", "nanosecond"];
const INTERVAL_UNITS = ["yearMonth", "dayTime", "monthDayNano"] as const;
const FLOAT_BITS = [16, 32, 64] as const;
/** Known slots of the Schema and Field tables; a table with more says something that is not understood. */
const SCHEMA_SLOTS = 4;
const FIELD_SLOTS = 7;

/** Number of the type in the union `Type` of Arrow's Schema.fbs. */
const TYPE_NUMBERS: Readonly<Record<ArrowType["kind"], number>> = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  interval: 11,
  list: 12,
  struct: 13,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  map: 17,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
};
const TYPE_KINDS = new Map<number, ArrowType["kind"]>(kindsByNumber());

function* kindsByNumber(): Generator<[number, ArrowType["kind"]]> {
  let kind: keyof typeof TYPE_NUMBERS;
  for (kind in TYPE_NUMBERS) yield [TYPE_NUMBERS[kind], kind];
}

/** How many nested fields each kind has; null is any number. */
const CHILD_COUNTS: Readonly<Partial<Record<ArrowType["kind"], number | null>>> = {
  struct: null,
  list: 1,
  largeList: 1,
  fixedSizeList: 1,
  map: 1,
};

/** Ends the decoding with a reason; never leaves {@link decodeSchema}. */
class Unsupported extends Error {}

/** Decodes a Schema message's header. */
export function decodeSchema(header: MessageHeader): Result<ArrowSchema> {
  const { reader, table } = header;
  try {
    if (reader.int16(table, 0, 0) !== 0) throw new Unsupported("big-endian data");
    if (reader.slotCount(table) > SCHEMA_SLOTS) throw new Unsupported("an unknown part of a schema");
    if (reader.vector(table, 3, 8).count !== 0) throw new Unsupported("schema features");
    const budget = { fields: FIELDS_MAX };
    const fields = decodeFields(reader, table, 1, 0, budget);
    const metadata = decodeMetadata(reader, table, 2);
    if (reader.broken) return refused("ARROW_SYNTAX", "a schema message is not a valid flatbuffer");
    return accepted({ fields, metadata });
  } catch (fault) {
    if (fault instanceof Unsupported)
      return refused(reader.broken ? "ARROW_SYNTAX" : "ARROW_UNSUPPORTED", `${fault.message} in an Arrow schema`);
    throw fault;
  }
}

function decodeFields(
  reader: FlatbufferReader,
  table: TablePosition,
  slot: number,
  depth: number,
  budget: { fields: number },
): ArrowField[] {
  const { start, count } = reader.vector(table, slot, 4);
  budget.fields -= count;
  if (budget.fields < 0 || (count > 0 && depth >= DEPTH_MAX)) throw new Unsupported("too many fields");
  const fields: ArrowField[] = [];
  for (let index = 0; index < count && !reader.broken; index++) {
    fields.push(decodeField(reader, reader.tableAt(start + index * 4), depth, budget));
  }
  return fields;
}

function decodeField(
  reader: FlatbufferReader,
  table: TablePosition,
  depth: number,
  budget: { fields: number },
): ArrowField {
  if (reader.slotCount(table) > FIELD_SLOTS) throw new Unsupported("an unknown part of a field");
  if (reader.fieldPosition(table, 4, 4) !== 0) throw new Unsupported("a dictionary-encoded field");
  const type = decodeType(reader, reader.uint8(table, 2), reader.table(table, 3));
  const children = decodeFields(reader, table, 5, depth + 1, budget);
  const expected = type.kind in CHILD_COUNTS ? CHILD_COUNTS[type.kind] : 0;
  if (expected !== null && children.length !== expected)
    throw new Unsupported("a field with the wrong number of nested fields");
  return {
    name: reader.text(table, 0) ?? "",
    nullable: reader.bool(table, 1),
    type,
    children,
    metadata: decodeMetadata(reader, table, 6),
  };
}

function decodeMetadata(reader: FlatbufferReader, table: TablePosition, slot: number): ArrowMetadata {
  const { start, count } = reader.vector(table, slot, 4);
  if (count > METADATA_ENTRIES_MAX) throw new Unsupported("too much metadata");
  const entries: [string, string][] = [];
  for (let index = 0; index < count && !reader.broken; index++) {
    const entry = reader.tableAt(start + index * 4);
    entries.push([reader.text(entry, 0) ?? "", reader.text(entry, 1) ?? ""]);
  }
  return entries;
}

function decodeType(reader: FlatbufferReader, number: number, table: TablePosition): ArrowType {
  const kind = TYPE_KINDS.get(number);
  if (kind === undefined || table === 0) throw new Unsupported(`type ${number}`);
  switch (kind) {
    case "null":
    case "bool":
    case "utf8":
    case "binary":
    case "largeUtf8":
    case "largeBinary":
    case "struct":
    case "list":
    case "largeList":
      return { kind };
    case "int":
      return { kind, bits: oneOf(reader.int32(table, 0, 0), [8, 16, 32, 64]), signed: reader.bool(table, 1) };
    case "float":
      return { kind, bits: item(FLOAT_BITS, reader.int16(table, 0, 0)) };
    case "decimal":
      return {
        kind,
        precision: reader.int32(table, 0, 0),
        scale: reader.int32(table, 1, 0),
        bits: oneOf(reader.int32(table, 2, 128), [128, 256]),
      };
    case "date":
      return { kind, unit: item(["day", "millisecond"], reader.int16(table, 0, 1)) };
    case "time":
      return {
        kind,
        unit: item(TIME_UNITS, reader.int16(table, 0, 1)),
        bits: oneOf(reader.int32(table, 1, 32), [32, 64]),
      };
    case "timestamp":
      return { kind, unit: item(TIME_UNITS, reader.int16(table, 0, 0)), timezone: reader.text(table, 1) };
    case "duration":
      return { kind, unit: item(TIME_UNITS, reader.int16(table, 0, 1)) };
    case "interval":
      return { kind, unit: item(INTERVAL_UNITS, reader.int16(table, 0, 0)) };
    case "fixedSizeBinary":
      return { kind, width: positive(reader.int32(table, 0, 0)) };
    case "fixedSizeList":
      return { kind, size: positive(reader.int32(table, 0, 0)) };
    case "map":
      return { kind, keysSorted: reader.bool(table, 0) };
  }
}

function oneOf<T extends number>(value: number, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new Unsupported("an unknown width");
  return found;
}

function item<T>(items: readonly T[], index: number): T {
  const found = items[index];
  if (found === undefined) throw new Unsupported("an unknown unit");
  return found;
}

/** Widths and sizes of zero would let a few bytes stand for any number of rows. */
function positive(value: number): number {
  if (value < 1) throw new Unsupported("a width of zero");
  return value;
}

/** The whole schema message, framed. */
export function encodeSchema(schema: ArrowSchema): Uint8Array {
  const fields = flatVector(schema.fields.map(flatField));
  const metadata = schema.metadata.length === 0 ? null : flatMetadata(schema.metadata);
  return encodeMessage("schema", flatTable(flatScalar(2, 0), fields, metadata), 0);
}

function flatField(field: ArrowField): FlatValue {
  return flatTable(
    flatText(field.name),
    flatScalar(1, field.nullable ? 1 : 0),
    flatScalar(1, TYPE_NUMBERS[field.type.kind]),
    flatType(field.type),
    null,
    flatVector(field.children.map(flatField)),
    field.metadata.length === 0 ? null : flatMetadata(field.metadata),
  );
}

function flatMetadata(metadata: ArrowMetadata): FlatValue {
  return flatVector(metadata.map(([key, value]) => flatTable(flatText(key), flatText(value))));
}

function flatType(type: ArrowType): FlatValue {
  switch (type.kind) {
    case "null":
    case "bool":
    case "utf8":
    case "binary":
    case "largeUtf8":
    case "largeBinary":
    case "struct":
    case "list":
    case "largeList":
      return flatTable();
    case "int":
      return flatTable(flatScalar(4, type.bits), flatScalar(1, type.signed ? 1 : 0));
    case "float":
      return flatTable(flatScalar(2, FLOAT_BITS.indexOf(type.bits)));
    case "decimal":
      return flatTable(flatScalar(4, type.precision), flatScalar(4, type.scale), flatScalar(4, type.bits));
    case "date":
      return flatTable(flatScalar(2, type.unit === "day" ? 0 : 1));
    case "time":
      return flatTable(timeUnit(type.unit), flatScalar(4, type.bits));
    case "timestamp":
      return flatTable(timeUnit(type.unit), type.timezone === null ? null : flatText(type.timezone));
    case "duration":
      return flatTable(timeUnit(type.unit));
    case "interval":
      return flatTable(flatScalar(2, INTERVAL_UNITS.indexOf(type.unit)));
    case "fixedSizeBinary":
      return flatTable(flatScalar(4, type.width));
    case "fixedSizeList":
      return flatTable(flatScalar(4, type.size));
    case "map":
      return flatTable(flatScalar(1, type.keysSorted ? 1 : 0));
  }
}

function timeUnit(unit: TimeUnit): FlatSlot {
  return flatScalar(2, TIME_UNITS.indexOf(unit));
}
