/** Bytes that lie: whatever arrives, the rewriter answers with a result, soon, and never throws. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plan, run, SAMPLE_SCHEMA, STARS, sampleBatch } from "../../test/arrow/samples.ts";
import { ArrowRewriter, readRows, writeStream } from "./index.ts";
import { decodeMessageHeader, encodeMessage, frameMessage } from "./message.ts";
import { type BufferRange, type FieldNode, flatRecordBatch } from "./record-batch.ts";
import { encodeSchema } from "./schema-codec.ts";

const RUNS = Number(process.env.SLUICE_FUZZ_RUNS ?? 3000);
const STREAM = Buffer.from(writeStream(SAMPLE_SCHEMA, [sampleBatch(5), sampleBatch(2)]));
const SCHEMA_BYTES = 8 + STREAM.readInt32LE(4);
const EVERYTHING = plan(
  { ordinal: 2, action: { kind: "text", rewrite: STARS } },
  { ordinal: 4, action: { kind: "text", rewrite: STARS } },
  ...[0, 1, 3, 5, 6, 7, 8].map((ordinal) => ({ ordinal, action: { kind: "null" } as const })),
);
const INTERESTING = fc.constantFrom(0, 1, 2, 3, 4, 7, 8, 16, 0x7f, 0x80, 0xfe, 0xff);

/** Takes the stream in and, where it is accepted, reads what left as a recording would. */
function consume(bytes: Uint8Array): string {
  const rewriter = new ArrowRewriter(EVERYTHING, { metadataBytesMax: 1 << 20, bodyBytesMax: 1 << 20 });
  const result = rewriter.push(bytes);
  if (!result.ok) return result.error.code;
  for (const message of result.value) {
    if (message.batch !== null && rewriter.schema !== null) readRows(rewriter.schema, message.batch, 10);
  }
  const end = rewriter.end();
  return end.ok ? "ok" : end.error.code;
}

describe("hostile streams", () => {
  it("changed bytes never throw, hang or allocate", { timeout: 60_000 }, () => {
    const edit = fc.tuple(fc.nat(STREAM.length - 1), fc.oneof(INTERESTING, fc.integer({ min: 0, max: 255 })));
    const reached = new Map<string, number>();
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const bytes = Buffer.from(STREAM);
        for (const [at, value] of edits) bytes[at] = value;
        const outcome = consume(bytes);
        reached.set(outcome, (reached.get(outcome) ?? 0) + 1);
      }),
      { numRuns: RUNS },
    );
    // A generator that reached only one outcome would show nothing.
    expect([...reached.keys()]).toEqual(
      expect.arrayContaining(["ok", "ARROW_SYNTAX", "ARROW_TRUNCATED", "ARROW_UNSUPPORTED"]),
    );
  });

  it("every single byte of the metadata, set to every interesting value, is survived", { timeout: 60_000 }, () => {
    const schemaAndBatch = SCHEMA_BYTES + 8 + STREAM.readInt32LE(SCHEMA_BYTES + 4);
    for (let at = 0; at < schemaAndBatch; at++) {
      for (const value of [0, 1, 0xff]) {
        const bytes = Buffer.from(STREAM);
        bytes[at] = value;
        consume(bytes);
      }
    }
  });

  it("random bytes behind a valid prefix are refused", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 200 }), (noise) => {
        const padded = Buffer.concat([noise, Buffer.alloc((8 - (noise.length % 8)) % 8)]);
        expect(run(EVERYTHING, frameMessage(padded)).ok).toBe(false);
      }),
      { numRuns: RUNS },
    );
  });
});

describe("record batches that lie", () => {
  const schema = { fields: SAMPLE_SCHEMA.fields.slice(2, 3), metadata: [] };
  const offsets = Buffer.from(new Uint8Array(Int32Array.of(0, 3, 6, 0).buffer));
  const body = Buffer.concat([offsets, Buffer.from("abcdef\0\0")]);
  const honest: { rows: number; nodes: FieldNode[]; buffers: BufferRange[] } = {
    rows: 2,
    nodes: [{ length: 2, nullCount: 0 }],
    buffers: [
      { offset: 0, length: 0 },
      { offset: 0, length: 12 },
      { offset: 16, length: 6 },
    ],
  };

  function streamOf(batch: typeof honest, bytes: Buffer): Buffer {
    const header = encodeMessage("recordBatch", flatRecordBatch(batch.rows, batch.nodes, batch.buffers), bytes.length);
    return Buffer.concat([encodeSchema(schema), header, bytes]);
  }

  function send(change: Partial<typeof honest>, bytes: Buffer = body, kind: "text" | "null" = "text"): string {
    const action = kind === "text" ? ({ kind, rewrite: STARS } as const) : ({ kind } as const);
    const result = run(plan({ ordinal: 0, action }), streamOf({ ...honest, ...change }, bytes));
    return result.ok ? "ok" : result.code;
  }

  function pass(change: Partial<typeof honest>, bytes: Buffer = body): string {
    const result = run(plan(), streamOf({ ...honest, ...change }, bytes));
    return result.ok ? "ok" : result.code;
  }

  it("are refused; the honest one is not", () => {
    expect(send({})).toBe("ok");
    expect(send({ rows: 3 })).toBe("ARROW_SYNTAX");
    expect(send({ rows: 3, nodes: [{ length: 3, nullCount: 0 }] })).toBe("ARROW_SYNTAX");
    expect(send({ nodes: [{ length: 2, nullCount: 3 }] })).toBe("ARROW_SYNTAX");
    expect(send({ nodes: [{ length: 2, nullCount: 1 }] })).toBe("ARROW_SYNTAX");
    expect(send({ nodes: [] })).toBe("ARROW_SYNTAX");
    expect(pass({})).toBe("ok");
    expect(pass({ rows: 3 })).toBe("ARROW_SYNTAX");
    expect(pass({ nodes: [{ length: 2, nullCount: 3 }] })).toBe("ARROW_SYNTAX");
    expect(pass({ nodes: [{ length: 1, nullCount: 0 }] })).toBe("ARROW_SYNTAX");
    expect(send({ buffers: honest.buffers.slice(1) })).toBe("ARROW_SYNTAX");
  });

  it("with buffers that overlap, lie outside the body or are not aligned are refused", () => {
    const [validity, first, second] = honest.buffers as [BufferRange, BufferRange, BufferRange];
    expect(send({ buffers: [validity, first, { offset: 8, length: 6 }] })).toBe("ARROW_SYNTAX");
    expect(send({ buffers: [validity, second, first] })).toBe("ARROW_SYNTAX");
    expect(send({ buffers: [validity, first, { offset: 16, length: 9 }] })).toBe("ARROW_SYNTAX");
    expect(send({ buffers: [validity, first, { offset: 20, length: 2 }] })).toBe("ARROW_SYNTAX");
    expect(send({ buffers: [validity, first, { offset: 2 ** 40, length: 1 }] })).toBe("ARROW_SYNTAX");
  });

  it("send no byte that stands between buffers", () => {
    const [validity, first] = honest.buffers as [BufferRange, BufferRange, BufferRange];
    const padding = Buffer.from(body);
    padding.write("LEAK", 12);
    const gap = Buffer.concat([offsets, Buffer.from("LEAKLEAK"), Buffer.from("abcdef"), Buffer.from("LEAKLEAK")]);
    const moved = { buffers: [validity, first, { offset: 24, length: 6 }] };
    for (const [change, bytes] of [
      [{}, padding],
      [moved, gap],
    ] as const) {
      const result = run(plan(), streamOf({ ...honest, ...change }, bytes));
      expect(result.ok && result.bytes.includes("LEAK")).toBe(false);
      expect(result.ok && result.bytes.includes("abcdef")).toBe(true);
    }
  });

  it("with offsets that go back, go negative or leave the data are refused", () => {
    const withOffsets = (...values: number[]) =>
      Buffer.concat([new Uint8Array(Int32Array.of(...values, 0).buffer), Buffer.from("abcdef\0\0")]);
    expect(send({}, withOffsets(0, 4, 3))).toBe("ARROW_SYNTAX");
    expect(send({}, withOffsets(-1, 3, 6))).toBe("ARROW_SYNTAX");
    expect(send({}, withOffsets(0, 3, 7))).toBe("ARROW_SYNTAX");
    expect(send({}, withOffsets(0, 3, 5))).toBe("ok");
  });

  it("that claim many rows in few bytes allocate nothing", () => {
    const rows = 2 ** 31 - 1;
    expect(send({ rows, nodes: [{ length: rows, nullCount: 0 }] }, body, "null")).toBe("ARROW_SYNTAX");
    const empty = {
      ...honest,
      rows,
      nodes: [{ length: rows, nullCount: rows }],
      buffers: honest.buffers.map(() => ({ offset: 0, length: 0 })),
    };
    expect(send(empty, Buffer.alloc(0), "null")).toBe("ARROW_SYNTAX");
  });

  it("that are compressed are refused", () => {
    const flat = flatRecordBatch(honest.rows, honest.nodes, honest.buffers);
    if (flat.kind !== "table") throw new Error("not a table");
    const compressed = { kind: "table", slots: [...flat.slots, { kind: "table", slots: [] }] } as const;
    const stream = Buffer.concat([encodeSchema(schema), encodeMessage("recordBatch", compressed, body.length), body]);
    expect(run(plan(), stream)).toEqual({ ok: false, code: "ARROW_UNSUPPORTED" });
  });

  it("whose counts and buffers share bytes of the header are refused", () => {
    const metadata = Buffer.from(
      encodeMessage("recordBatch", flatRecordBatch(honest.rows, honest.nodes, honest.buffers), body.length),
    ).subarray(8);
    const header = decodeMessageHeader(metadata);
    if (!header.ok) throw new Error(header.error.message);
    const { reader, table } = header.value;
    const buffers = reader.vector(table, 2, 16);
    // The body length is laid over the length of the data buffer: both are the same bytes.
    const message = reader.root();
    const vtable = message - metadata.readInt32LE(message);
    const overlaid = Buffer.from(metadata);
    overlaid.writeUInt16LE(buffers.start + 40 - message, vtable + 4 + 3 * 2);
    overlaid.writeUInt16LE(buffers.start + 48 - message, vtable + 2);
    const stream = (bytes: Buffer, length: number) =>
      Buffer.concat([encodeSchema(schema), frameMessage(bytes), body.subarray(0, length)]);
    expect(run(plan(), stream(metadata, body.length)).ok).toBe(true);
    // One buffer of 22 bytes in a body of 22 bytes; it leaves padded to 24, which would change the buffer's length too.
    overlaid.writeBigInt64LE(0n, buffers.start + 24);
    overlaid.writeBigInt64LE(0n, buffers.start + 32);
    overlaid.writeBigInt64LE(22n, buffers.start + 40);
    expect(run(plan(), stream(overlaid, 22))).toEqual({ ok: false, code: "ARROW_SYNTAX" });
  });
});
