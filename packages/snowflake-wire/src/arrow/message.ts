/**
 * The header of one Arrow message: what it is and how long its body is. Only schema and record
 * batch are known; a dictionary batch, a tensor or another metadata version ends the stream.
 */
import { accepted, type Result, refused } from "../outcome.ts";
import { FlatbufferReader, type TablePosition } from "./flatbuffer-reader.ts";
import { type FlatValue, flatScalar, flatTable, writeFlatbuffer } from "./flatbuffer-writer.ts";

/** MetadataVersion.V5. */
const VERSION = 4;
const HEADER_KINDS: Readonly<Record<number, "schema" | "recordBatch">> = { 1: "schema", 3: "recordBatch" };
const HEADER_TYPES = { schema: 1, recordBatch: 3 } as const;

export interface MessageHeader {
  readonly kind: "schema" | "recordBatch";
  readonly reader: FlatbufferReader;
  /** The Schema or RecordBatch table. */
  readonly table: TablePosition;
  readonly bodyLength: number;
  /** Where bodyLength stands in the metadata, or 0 when it isn't written (a length of 0). */
  readonly bodyLengthAt: number;
}

/** Decodes the Message table of `metadata` (the flatbuffer between the length prefix and the body). */
export function decodeMessageHeader(metadata: Uint8Array): Result<MessageHeader> {
  const reader = new FlatbufferReader(metadata);
  const message = reader.root();
  const version = reader.int16(message, 0, 0);
  const type = reader.uint8(message, 1);
  const table = reader.table(message, 2);
  const bodyLength = reader.size64(message, 3);
  const bodyLengthAt = reader.fieldPosition(message, 3, 8);
  if (reader.broken) return refused("ARROW_SYNTAX", "a message header is not a valid flatbuffer");
  if (version !== VERSION) return refused("ARROW_UNSUPPORTED", "only Arrow metadata version 5 is read");
  const kind = HEADER_KINDS[type];
  if (kind === undefined) return refused("ARROW_UNSUPPORTED", `Arrow message type ${type} is not read`);
  if (table === 0) return refused("ARROW_SYNTAX", "a message has no header");
  if (kind === "schema" && bodyLength !== 0) return refused("ARROW_SYNTAX", "a schema message has a body");
  return accepted({ kind, reader, table, bodyLength, bodyLengthAt });
}

/** The bytes of a message with its length prefix, without the body. */
export function encodeMessage(kind: "schema" | "recordBatch", header: FlatValue, bodyLength: number): Uint8Array {
  const metadata = writeFlatbuffer(
    flatTable(flatScalar(2, VERSION), flatScalar(1, HEADER_TYPES[kind]), header, flatScalar(8, bodyLength)),
  );
  return frameMessage(metadata);
}

/** Continuation marker and length before metadata that is padded to 8 bytes already. */
export function frameMessage(metadata: Uint8Array): Uint8Array {
  const framed = new Uint8Array(8 + metadata.length);
  const view = new DataView(framed.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setUint32(4, metadata.length, true);
  framed.set(metadata, 8);
  return framed;
}

/** The end-of-stream marker. */
export function endOfStream(): Uint8Array {
  return Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
}
