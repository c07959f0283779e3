/** Guarantee: a torn tail is told from damage, and no damage to what was acknowledged goes unnoticed. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concat } from "./bytes.ts";
import { EMPTY_FRONTIER } from "./merkle.ts";
import {
  encodeBatch,
  encodeSegmentStart,
  payloadRecord,
  readBatch,
  readPayloadRecord,
  readSegment,
  type SegmentRecord,
} from "./segment.ts";

const start = encodeSegmentStart({
  v: 1,
  log: "sluice.example/gw/2026-11",
  segment: 1,
  firstIndex: 0,
  created: "2026-11-21T08:00:00.000Z",
  previous: null,
  frontier: EMPTY_FRONTIER,
  heads: [],
  unfinished: [],
});

const record = (text: string): SegmentRecord => ({ kind: "entry", data: Buffer.from(text) });
const batches = [["one", "two"], ["three"], ["four", "five", "six"]].map(
  (texts) => encodeBatch(texts.map(record)).bytes,
);
const whole = concat(start, ...batches);
const last = whole.length - (batches[2]?.length ?? 0);

describe("reading back", () => {
  it("gives the header and every record where it lies", () => {
    const read = readSegment(whole);
    if (!read.ok) throw new Error(read.problem);
    expect(read.tail).toBe("clean");
    expect(read.header.log).toBe("sluice.example/gw/2026-11");
    expect(read.records.map(({ data }) => Buffer.from(data).toString())).toEqual([
      "one",
      "two",
      "three",
      "four",
      "five",
      "six",
    ]);
    for (const { data, offset } of read.records) expect(whole.subarray(offset, offset + data.length)).toEqual(data);
  });

  it("says when it needs more bytes", () => {
    const batch = encodeBatch([record("x")]).bytes;
    for (let length = 0; length < batch.length; length++)
      expect(readBatch(batch.subarray(0, length), 0).state).toBe("short");
    expect(readBatch(batch, 0).state).toBe("whole");
  });

  it("payload records keep the entry's id and the ciphertext", () => {
    const made = payloadRecord("e_1", Uint8Array.of(1, 2, 3));
    expect(readPayloadRecord(made.data)).toEqual({ entry: "e_1", ciphertext: Uint8Array.of(1, 2, 3) });
    expect(made.data.subarray(made.head)).toEqual(Uint8Array.of(1, 2, 3));
  });
});

describe("a crash", () => {
  it("cut anywhere in the last batch is a torn tail that ends at the batch before", () => {
    for (let length = last + 1; length < whole.length; length++) {
      const read = readSegment(whole.subarray(0, length));
      expect(read.ok && [read.tail, read.end]).toEqual(["torn", last]);
    }
  });

  it("that left zeroes where the last batch should be is a torn tail", () => {
    const read = readSegment(concat(whole.subarray(0, last), new Uint8Array(500)));
    expect(read.ok && [read.tail, read.end]).toEqual(["torn", last]);
  });

  it("that persisted any part of the last batch is a torn tail", () => {
    fc.assert(
      fc.property(fc.integer({ min: last, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const read = readSegment(bytes);
        expect(read.ok && read.tail).toBe("torn");
      }),
    );
  });

  it("before the header was whole is a torn start", () => {
    for (let length = 0; length < start.length; length++) {
      const read = readSegment(whole.subarray(0, length));
      expect(read.ok ? "ok" : read.reason).toBe("torn-start");
    }
  });
});

describe("damage", () => {
  it("to any byte before the last batch is damage, and is named by its place", () => {
    for (let at = 0; at < last; at++) {
      const bytes = Uint8Array.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      const read = readSegment(bytes);
      expect(read.ok ? `read with byte ${at} flipped` : read.reason).toBe("damaged");
    }
  });

  it("to the last batch is damage where the next segment says that it was acknowledged", () => {
    const bytes = Uint8Array.from(whole);
    bytes[whole.length - 1] = 0;
    expect(readSegment(bytes, whole.length).ok).toBe(false);
    expect(readSegment(whole.subarray(0, last + 3), whole.length).ok).toBe(false);
    expect(readSegment(whole.subarray(0, last), whole.length).ok).toBe(false);
  });

  it("behind what was acknowledged is not looked at", () => {
    const read = readSegment(concat(whole, Uint8Array.of(1, 2, 3)), whole.length);
    expect(read.ok && read.tail).toBe("clean");
  });

  it("a file of another kind is not a segment", () => {
    expect(readSegment(Buffer.from("hello, this is a text")).ok).toBe(false);
  });
});
