/**
 * The journal's file format. A segment is a magic with a version and then batches; a batch is what one write
 * and one fdatasync made durable: magic, length, CRC-32C and length-prefixed records.
 *
 * INVARIANT (one batch in flight): a writer starts a batch only when the one before is durable. So a broken
 * batch at the very end is a torn write that nobody was told about, and a broken batch with a whole one behind
 * it is damage. The batch magic starts with a byte that no UTF-8 text holds.
 */
import { base64, base64Bytes, concat, hex, hexBytes, utf8, utf8Text } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";
import type { ChainHead } from "./chain.ts";
import { crc32c } from "./crc32c.ts";
import { type Frontier, peakCount } from "./merkle.ts";
import { count, digest, flag, id, list, maybe, object, text, time } from "./shape.ts";

/** 0xF5 "SLUSEG" and the format's version. */
const MAGIC = Uint8Array.of(0xf5, 0x53, 0x4c, 0x55, 0x53, 0x45, 0x47, 1);
const BATCH_MAGIC = 0xf5534c42;
const BATCH_HEAD = 12;
const RECORD_HEAD = 5;
/** A batch is at most this long; a reader refuses longer ones before it allocates. */
export const BATCH_BYTES_MAX = 256 * 1024 * 1024;

export const RECORD_KINDS = { header: 0, entry: 1, payload: 2, sessionKey: 3, checkpoint: 4 } as const;
export type RecordKind = keyof typeof RECORD_KINDS;
const KINDS: readonly (RecordKind | undefined)[] = ["header", "entry", "payload", "sessionKey", "checkpoint"];

export interface SegmentRecord {
  readonly kind: RecordKind;
  readonly data: Uint8Array;
}

/** A record read back: `offset` is where its data starts in the file. */
export interface PlacedRecord extends SegmentRecord {
  readonly offset: number;
}

/** What a segment continues from, so that the journal can be opened at the first segment of a log. */
export interface SegmentHeader {
  readonly v: 1;
  readonly log: string;
  /** From 1, over all logs of a folder. */
  readonly segment: number;
  readonly firstIndex: number;
  readonly created: string;
  /** The durable length of the segment before. What lies behind it there was never acknowledged. */
  readonly previous: { readonly segment: number; readonly bytes: number } | null;
  readonly frontier: Frontier;
  readonly heads: readonly ChainHead[];
  readonly unfinished: readonly UnfinishedRef[];
}

export interface UnfinishedRef {
  readonly session: string;
  readonly epoch: number;
  readonly statement: string;
  readonly principal: string | null;
  readonly connection: string | null;
  readonly forwardedAt: string;
}

export interface EncodedBatch {
  readonly bytes: Uint8Array;
  /** Where each record's data starts, relative to the batch. */
  readonly offsets: readonly number[];
}

export function encodeBatch(records: readonly SegmentRecord[]): EncodedBatch {
  const length = records.reduce((sum, record) => sum + RECORD_HEAD + record.data.length, 0);
  if (length > BATCH_BYTES_MAX) throw new RangeError("the batch is too large");
  const bytes = new Uint8Array(BATCH_HEAD + length);
  const view = new DataView(bytes.buffer);
  const offsets: number[] = [];
  let at = BATCH_HEAD;
  for (const { kind, data } of records) {
    view.setUint8(at, RECORD_KINDS[kind]);
    view.setUint32(at + 1, data.length);
    bytes.set(data, at + RECORD_HEAD);
    offsets.push(at + RECORD_HEAD);
    at += RECORD_HEAD + data.length;
  }
  view.setUint32(0, BATCH_MAGIC);
  view.setUint32(4, length);
  view.setUint32(8, batchCrc(bytes, length));
  return { bytes, offsets };
}

/** Over the length and the records, so that a wrong length never passes by chance. */
function batchCrc(batch: Uint8Array, length: number): number {
  return crc32c(batch.subarray(BATCH_HEAD, BATCH_HEAD + length), crc32c(batch.subarray(4, 8)));
}

/** The first bytes of a segment: magic, version, and a batch with its header. */
export function encodeSegmentStart(header: SegmentHeader): Uint8Array {
  const plain = { ...header, frontier: { size: header.frontier.size, peaks: header.frontier.peaks.map(base64) } };
  const canonical = canonicalJson(plain);
  if (!canonical.ok) throw new TypeError(canonical.problem);
  return concat(MAGIC, encodeBatch([{ kind: "header", data: utf8(canonical.text) }]).bytes);
}

export type BatchRead =
  | { readonly state: "whole"; readonly records: readonly PlacedRecord[]; readonly next: number }
  /** More bytes are needed to tell. */
  | { readonly state: "short" }
  | { readonly state: "broken" };

/** The batch that starts at `at`. Records are views of `bytes`. */
export function readBatch(bytes: Uint8Array, at: number): BatchRead {
  if (at + BATCH_HEAD > bytes.length) return { state: "short" };
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  const length = view.getUint32(4);
  if (view.getUint32(0) !== BATCH_MAGIC || length > BATCH_BYTES_MAX) return { state: "broken" };
  const end = BATCH_HEAD + length;
  if (end > view.byteLength) return { state: "short" };
  if (view.getUint32(8) !== batchCrc(bytes.subarray(at, at + end), length)) return { state: "broken" };
  const records: PlacedRecord[] = [];
  for (let from = BATCH_HEAD; from < end; ) {
    if (from + RECORD_HEAD > end) return { state: "broken" };
    const kind = KINDS[view.getUint8(from)];
    const dataEnd = from + RECORD_HEAD + view.getUint32(from + 1);
    if (kind === undefined || dataEnd > end) return { state: "broken" };
    const offset = at + from + RECORD_HEAD;
    records.push({ kind, data: bytes.subarray(offset, at + dataEnd), offset });
    from = dataEnd;
  }
  return { state: "whole", records, next: at + end };
}

export type SegmentRead =
  | {
      readonly ok: true;
      readonly header: SegmentHeader;
      /** Without the header. */
      readonly records: readonly PlacedRecord[];
      /** Bytes up to the end of the last whole batch. */
      readonly end: number;
      /** `torn`: bytes follow `end` that a crash during a write explains. */
      readonly tail: "clean" | "torn";
    }
  /** `torn-start`: not even the header was written whole; nothing in it was ever acknowledged. */
  | {
      readonly ok: false;
      readonly reason: "damaged" | "torn-start";
      readonly offset: number;
      readonly problem: string;
    };

/**
 * Reads a whole segment. `durable`, where the next segment's header tells it, is the length that was
 * acknowledged: bytes behind it are not looked at, and a batch that breaks before it is damage.
 */
export function readSegment(file: Uint8Array, durable: number | null = null): SegmentRead {
  if (durable !== null && file.length < durable)
    return damaged(file.length, "the segment is shorter than what was acknowledged");
  const bytes = durable === null ? file : file.subarray(0, durable);
  const start = readStart(bytes, durable !== null);
  if (!start.ok) return start;
  const records: PlacedRecord[] = [];
  let at = start.next;
  while (at < bytes.length) {
    const batch = readBatch(bytes, at);
    if (batch.state !== "whole") {
      if (durable !== null || hasWholeBatchAfter(bytes, at))
        return damaged(at, "a record that was acknowledged can't be read");
      return { ok: true, header: start.header, records, end: at, tail: "torn" };
    }
    for (const record of batch.records) {
      if (record.kind === "header") return damaged(record.offset, "a second header");
      records.push(record);
    }
    at = batch.next;
  }
  return { ok: true, header: start.header, records, end: at, tail: "clean" };
}

/** The header alone, without looking at what follows it; null when it can't be read. */
export function readSegmentHeader(bytes: Uint8Array): SegmentHeader | null {
  const start = readStart(bytes, true);
  return start.ok ? start.header : null;
}

function damaged(offset: number, problem: string): SegmentRead & { ok: false } {
  return { ok: false, reason: "damaged", offset, problem };
}

function readStart(
  bytes: Uint8Array,
  acknowledged: boolean,
): { ok: true; header: SegmentHeader; next: number } | (SegmentRead & { ok: false }) {
  const begins = MAGIC.subarray(0, Math.min(MAGIC.length, bytes.length)).every((byte, i) => bytes[i] === byte);
  const batch = bytes.length >= MAGIC.length && begins ? readBatch(bytes, MAGIC.length) : null;
  if (batch?.state !== "whole") {
    const torn = !acknowledged && !hasWholeBatchAfter(bytes, 0);
    if (torn && (begins || bytes.every((byte) => byte === 0)))
      return { ok: false, reason: "torn-start", offset: 0, problem: "the header was never written whole" };
    return damaged(0, begins ? "the header can't be read" : "not a segment, or of a version that is not known");
  }
  const first = batch.records[0];
  const header = first?.kind === "header" && batch.records.length === 1 ? decodeHeader(first.data) : null;
  return header === null ? damaged(0, "the header is not valid") : { ok: true, header, next: batch.next };
}

/** Is there a whole batch anywhere behind `at`? If so, what is broken at `at` had been acknowledged. */
function hasWholeBatchAfter(bytes: Uint8Array, at: number): boolean {
  for (let i = bytes.indexOf(0xf5, at + 1); i >= 0; i = bytes.indexOf(0xf5, i + 1)) {
    if (
      bytes[i + 1] === 0x53 &&
      bytes[i + 2] === 0x4c &&
      bytes[i + 3] === 0x42 &&
      readBatch(bytes, i).state === "whole"
    )
      return true;
  }
  return false;
}

const HEADER = object({
  v: count,
  log: id,
  segment: count,
  firstIndex: count,
  created: time,
  previous: maybe(object({ segment: count, bytes: count })),
  frontier: object({ size: count, peaks: list(text(44), 64) }),
  heads: list(object({ session: maybe(id), epoch: count, n: count, hash: digest, ended: flag }), 10_000_000),
  unfinished: list(
    object({
      session: id,
      epoch: count,
      statement: id,
      principal: maybe(id),
      connection: maybe(id),
      forwardedAt: time,
    }),
    10_000_000,
  ),
});

function decodeHeader(data: Uint8Array): SegmentHeader | null {
  const text = utf8Text(data);
  if (text === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isHeader(value)) return null;
  const peaks = value.frontier.peaks.map(base64Bytes).filter((peak) => peak !== null && peak.length === 32);
  if (peaks.length !== peakCount(value.frontier.size) || value.frontier.size !== value.firstIndex) return null;
  return { ...value, frontier: { size: value.frontier.size, peaks: peaks.filter((peak) => peak !== null) } };
}

type HeaderJson = Omit<SegmentHeader, "frontier"> & {
  readonly frontier: { readonly size: number; readonly peaks: readonly string[] };
};

function isHeader(value: unknown): value is HeaderJson {
  return HEADER.check(value, "header") === null && Object(value).v === 1;
}

/** Record data of an entry: its hash and its canonical bytes. */
export function entryRecord(hash: string, bytes: Uint8Array): SegmentRecord {
  const raw = hexBytes(hash);
  if (raw === null) throw new TypeError("not a hash");
  return { kind: "entry", data: concat(raw, bytes) };
}

/** An entry as its record holds it, not yet checked. */
export interface RawEntry {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

export function readEntryRecord(data: Uint8Array): RawEntry {
  return { hash: hex(data.subarray(0, 32)), bytes: data.subarray(32) };
}

/** Record data of a payload: the entry's id and the ciphertext. `head` is the length of what precedes it. */
export function payloadRecord(entryId: string, ciphertext: Uint8Array): SegmentRecord & { readonly head: number } {
  const name = utf8(entryId);
  if (name.length > 255) throw new RangeError("the entry's id is too long");
  return { kind: "payload", data: concat(Uint8Array.of(name.length), name, ciphertext), head: 1 + name.length };
}

export function readPayloadRecord(
  data: Uint8Array,
): { readonly entry: string; readonly ciphertext: Uint8Array } | null {
  const length = data[0] ?? 0;
  const entry = utf8Text(data.subarray(1, 1 + length));
  return entry === null || entry.length === 0 ? null : { entry, ciphertext: data.subarray(1 + length) };
}
