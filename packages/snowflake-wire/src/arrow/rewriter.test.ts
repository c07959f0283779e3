import {
  Field,
  FixedSizeList,
  Int32,
  List,
  makeData,
  makeVector,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { describe, expect, it } from "vitest";
import {
  decodeRows,
  plan,
  run,
  SAMPLE_SCHEMA,
  STARS,
  sampleBatch,
  sampleField,
  valueWise,
} from "../../test/arrow/samples.ts";
import {
  type ArrowBatch,
  type ArrowField,
  ArrowRewriter,
  type ColumnRewrite,
  readRows,
  snowflakeCellText,
  writeStream,
} from "./index.ts";

const EMAIL: ColumnRewrite = { ordinal: 2, action: { kind: "text", rewrite: STARS } };

function masked(rewrites: readonly ColumnRewrite[], stream: Uint8Array): Buffer {
  const result = run(plan(...rewrites), stream);
  if (!result.ok) throw new Error(result.code);
  return result.bytes;
}

function withValues(
  rows: Record<string, unknown>[],
  name: string,
  value: (old: unknown) => unknown,
): Record<string, unknown>[] {
  return rows.map((row) => ({ ...row, [name]: value(row[name]) }));
}

describe("rewriting a stream", () => {
  it.each([0, 1, 2, 3, 7, 8, 9, 64, 100])("changes only the masked text column, NULLs kept, with %i rows", (rows) => {
    const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(rows)]);
    const out = masked([EMAIL], stream);
    expect(decodeRows(out)).toEqual(withValues(decodeRows(stream), "EMAIL", (old) => (old === null ? null : "***")));
  });

  it.each(SAMPLE_SCHEMA.fields.map((field, ordinal) => [field.name, ordinal] as const))(
    "makes column %s NULL of its own type and leaves its neighbours",
    (name, ordinal) => {
      const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(5), sampleBatch(6, 1)]);
      const out = masked([{ ordinal, action: { kind: "null" } }], stream);
      expect(decodeRows(out)).toEqual(withValues(decodeRows(stream), name, () => null));
      expect(tableFromIPC(out).schema.fields.map(String)).toEqual(tableFromIPC(stream).schema.fields.map(String));
    },
  );

  it("rewrites several columns over several batches, with and without the end marker", () => {
    const batches = [sampleBatch(4), sampleBatch(0), sampleBatch(9, 1)];
    for (const endOfStream of [true, false]) {
      const stream = writeStream(SAMPLE_SCHEMA, batches, { endOfStream });
      const result = run(
        plan(
          EMAIL,
          { ordinal: 6, action: { kind: "null" } },
          { ordinal: 4, action: { kind: "text", rewrite: valueWise((value) => Buffer.concat([value, value])) } },
        ),
        stream,
      );
      if (!result.ok) throw new Error(result.code);
      expect(result.rows).toBe(13);
      const expected = withValues(
        withValues(decodeRows(stream), "EMAIL", (old) => (old === null ? null : "***")),
        "TZ",
        () => null,
      );
      expect(decodeRows(result.bytes)).toEqual(
        withValues(expected, "NOTE", (old) => (old === null ? null : `${old}${old}`)),
      );
    }
  });

  it("passes a stream without masked columns byte for byte", () => {
    const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(8), sampleBatch(3)]);
    expect(masked([], stream).equals(stream)).toBe(true);
  });

  it("takes Buffers at any alignment and never changes the bytes that came in", () => {
    const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(5)]);
    const rewrites = [EMAIL, { ordinal: 6, action: { kind: "null" } }] as const;
    const whole = masked(rewrites, stream);
    for (let shift = 0; shift < 8; shift++) {
      const shifted = Buffer.concat([Buffer.alloc(shift), stream]);
      const input = shifted.subarray(shift);
      expect(masked(rewrites, input).equals(whole)).toBe(true);
      expect(input.equals(stream)).toBe(true);
    }
  });

  it("is the same wherever the stream is cut", { timeout: 60_000 }, () => {
    const narrow = (seed: number, rows: number): ArrowBatch => ({
      rows,
      columns: sampleBatch(rows, seed).columns.slice(1, 3),
    });
    const schema = { fields: SAMPLE_SCHEMA.fields.slice(1, 3), metadata: [] };
    const stream = writeStream(schema, [narrow(0, 3), narrow(1, 2)]);
    const both = plan(
      { ordinal: 0, action: { kind: "null" } },
      { ordinal: 1, action: { kind: "text", rewrite: STARS } },
    );
    const whole = run(both, stream);
    for (let cut = 0; cut <= stream.length; cut++) expect(run(both, stream, [cut])).toEqual(whole);
    expect(run(both, stream, Array.from(stream.keys()))).toEqual(whole);
    expect(whole).toMatchObject({ ok: true, rows: 5 });
  });

  it("writes exact buffer lengths, also where the original padded them", () => {
    const schema = new Schema([new Field("T", new Utf8(), true), new Field("U", new Utf8(), true)]);
    const table = new Table({
      T: vectorFromArray(["a", "b"], new Utf8()),
      U: vectorFromArray(["c", null], new Utf8()),
    });
    const stream = tableToIPC(new Table(schema, table.batches), "stream");
    const rewriter = new ArrowRewriter(plan({ ordinal: 0, action: { kind: "text", rewrite: STARS } }));
    const result = rewriter.push(stream);
    if (!result.ok) throw new Error(result.error.message);
    const batch = result.value.find((message) => message.batch !== null)?.batch;
    expect(batch?.buffers.slice(1, 3).map((buffer) => buffer.length)).toEqual([12, 6]);
    expect(decodeRows(Buffer.concat(result.value.flatMap((message) => message.pieces)))).toEqual([
      { T: "***", U: "c" },
      { T: "***", U: null },
    ]);
  });

  it("carries no byte of a masked value, whatever hides it", () => {
    const secret = "exämple";
    const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(10)]);
    expect(Buffer.from(stream).includes(secret)).toBe(true);
    expect(masked([EMAIL], stream).includes(secret)).toBe(false);
    expect(masked([{ ordinal: 2, action: { kind: "null" } }], stream).includes(secret)).toBe(false);
  });

  it("drops values that stand under a NULL or outside the offsets", () => {
    const data = Buffer.from("SECRET1visibleSECRET2");
    const hidden = makeData({
      type: new Utf8(),
      length: 2,
      nullCount: 1,
      nullBitmap: Uint8Array.of(0b10),
      valueOffsets: Int32Array.of(0, 7, 14),
      data,
    });
    const batch = new RecordBatch(
      new Schema([new Field("T", new Utf8(), true)]),
      makeData({ type: new Struct([new Field("T", new Utf8(), true)]), length: 2, children: [hidden] }),
    );
    const stream = RecordBatchStreamWriter.writeAll([batch]).toUint8Array(true);
    expect(Buffer.from(stream).includes("SECRET1")).toBe(true);
    const out = masked([{ ordinal: 0, action: { kind: "text", rewrite: valueWise((value) => value) } }], stream);
    expect(out.includes("SECRET")).toBe(false);
    expect(decodeRows(out)).toEqual([{ T: null }, { T: "visible" }]);
  });

  it("writes a constant of the column's own type", () => {
    const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(5)]);
    const out = masked([{ ordinal: 8, action: { kind: "constant", value: new Uint8Array(4) } }], stream);
    expect(decodeRows(out)).toEqual(withValues(decodeRows(stream), "DAY", (old) => (old === null ? null : 0)));
    const wrong = run(plan({ ordinal: 8, action: { kind: "constant", value: new Uint8Array(8) } }), stream);
    expect(wrong).toEqual({ ok: false, code: "ARROW_PLAN" });
  });
});

describe("the schema that leaves", () => {
  const strict: ArrowField[] = [
    sampleField("A", "text", { nullable: false, length: 2 }),
    sampleField("N", "fixed", { nullable: false, precision: 9 }),
  ];
  const batch: ArrowBatch = {
    rows: 2,
    columns: [
      ["x", "yy"],
      [1, 2],
    ],
  };
  const stream = writeStream({ fields: strict, metadata: [["k", "v"]] }, [batch]);

  it("is written again when a column becomes nullable or longer, and loses nothing", () => {
    const out = masked(
      [
        { ordinal: 0, action: { kind: "text", rewrite: STARS }, metadata: [["charLength", "3"]] },
        { ordinal: 1, action: { kind: "null" } },
      ],
      stream,
    );
    const { schema } = tableFromIPC(out);
    expect(schema.fields.map((field) => field.nullable)).toEqual([false, true]);
    expect(Object.fromEntries(schema.fields[0]?.metadata ?? [])).toEqual({
      ...Object.fromEntries(strict[0]?.metadata ?? []),
      charLength: "3",
    });
    expect(Object.fromEntries(schema.fields[1]?.metadata ?? [])).toEqual(Object.fromEntries(strict[1]?.metadata ?? []));
    expect(schema.metadata.get("k")).toBe("v");
    expect(decodeRows(out)).toEqual([
      { A: "***", N: null },
      { A: "***", N: null },
    ]);
  });

  it("goes out as it came when nothing changes", () => {
    const out = masked([{ ordinal: 0, action: { kind: "text", rewrite: STARS } }], stream);
    const schemaBytes = 8 + Buffer.from(stream).readInt32LE(4);
    expect(out.subarray(0, schemaBytes).equals(Buffer.from(stream).subarray(0, schemaBytes))).toBe(true);
  });
});

describe("streams by another writer", () => {
  it("rewrites beside nested columns of every kind", () => {
    const text = (values: (string | null)[]) => vectorFromArray(values, new Utf8());
    const struct = new Struct([new Field("x", new Int32(), true), new Field("y", new Utf8(), true)]);
    const list = new List(new Field("item", new Utf8(), true));
    const nested = new FixedSizeList(2, new Field("item", new Int32(), true));
    const stream = tableToIPC(
      new Table({
        S: vectorFromArray([{ x: 1, y: "p" }, null, { x: 3, y: null }], struct),
        L: vectorFromArray([["a"], [], ["b", "c"]], list),
        T: text(["ann", null, "cid"]),
        F: vectorFromArray([[1, 2], [3, 4], null], nested),
        V: makeVector(Float32Array.of(1, 2, 3)),
      }),
      "stream",
    );
    const expected = decodeRows(stream);
    const out = masked([{ ordinal: 2, action: { kind: "text", rewrite: STARS } }], stream);
    expect(decodeRows(out)).toEqual(withValues(expected, "T", (old) => (old === null ? null : "***")));
    ["S", "L", "T", "F", "V"].forEach((name, ordinal) => {
      const nulled = masked([{ ordinal, action: { kind: "null" } }], stream);
      expect(decodeRows(nulled)).toEqual(withValues(expected, name, () => null));
    });
  });

  it("refuses dictionaries, which apache-arrow infers for text, from the schema on", () => {
    const stream = Buffer.from(tableToIPC(new Table({ T: vectorFromArray(["a", "b"]) }), "stream"));
    expect(run(plan(), stream)).toEqual({ ok: false, code: "ARROW_UNSUPPORTED" });
    expect(run(plan(), stream.subarray(0, 8 + stream.readInt32LE(4)))).toEqual({
      ok: false,
      code: "ARROW_UNSUPPORTED",
    });
  });

  it("refuses to make NULLs of types that hold any number of rows in no bytes", () => {
    const nothing = { kind: "struct" } as const;
    const field: ArrowField = { name: "S", nullable: true, type: nothing, children: [], metadata: [] };
    const stream = writeStream({ fields: [field], metadata: [] }, [{ rows: 3, columns: [[[], [], []]] }]);
    expect(run(plan({ ordinal: 0, action: { kind: "null" } }), stream)).toEqual({ ok: false, code: "ARROW_SYNTAX" });
  });
});

describe("what is refused", () => {
  const stream = writeStream(SAMPLE_SCHEMA, [sampleBatch(3)]);

  it("a stream that ends inside a message, at every byte", { timeout: 60_000 }, () => {
    const schemaBytes = 8 + Buffer.from(stream).readInt32LE(4);
    const boundaries = new Set([schemaBytes, stream.length - 8, stream.length]);
    for (let end = 0; end < stream.length; end++) {
      const result = run(plan(EMAIL), stream.subarray(0, end));
      if (boundaries.has(end)) expect(result.ok).toBe(true);
      else expect(result).toEqual({ ok: false, code: "ARROW_TRUNCATED" });
    }
  });

  it("bytes behind the end marker, a second schema, a batch before the schema", () => {
    const schemaBytes = 8 + Buffer.from(stream).readInt32LE(4);
    const schema = Buffer.from(stream).subarray(0, schemaBytes);
    const batch = Buffer.from(stream).subarray(schemaBytes, -8);
    expect(run(plan(EMAIL), Buffer.concat([stream, Buffer.from([0])]))).toEqual({ ok: false, code: "ARROW_SYNTAX" });
    expect(run(plan(EMAIL), Buffer.concat([schema, schema]))).toEqual({ ok: false, code: "ARROW_SYNTAX" });
    expect(run(plan(EMAIL), batch)).toEqual({ ok: false, code: "ARROW_SYNTAX" });
  });

  it("a plan that doesn't fit the schema", () => {
    expect(run(plan({ ordinal: 9, action: { kind: "null" } }), stream)).toEqual({ ok: false, code: "ARROW_PLAN" });
    expect(run(plan(EMAIL, EMAIL), stream)).toEqual({ ok: false, code: "ARROW_PLAN" });
    expect(run(plan({ ordinal: 0, action: { kind: "text", rewrite: STARS } }), stream)).toEqual({
      ok: false,
      code: "ARROW_PLAN",
    });
  });

  it("sizes over the limits, before any of their bytes arrive", () => {
    const limits = { metadataBytesMax: 1024 * 1024, bodyBytesMax: 64 };
    expect(new ArrowRewriter(plan(), limits).push(stream)).toMatchObject({ ok: false, error: { code: "LIMIT" } });
    const huge = Buffer.from([255, 255, 255, 255, 0, 0, 0, 0x7f]);
    expect(run(plan(), huge)).toEqual({ ok: false, code: "LIMIT" });
  });
});

describe("cells for the record", () => {
  it("read as Snowflake's JSON results show them", () => {
    const rewriter = new ArrowRewriter(plan(EMAIL));
    const result = rewriter.push(writeStream(SAMPLE_SCHEMA, [sampleBatch(2)]));
    const batch = result.ok ? result.value[1]?.batch : null;
    const schema = rewriter.schema;
    if (batch === null || batch === undefined || schema === null) throw new Error("no batch");
    const rows = readRows(schema, batch, 10).map((row) =>
      row.map((cell, index) => snowflakeCellText(schema.fields[index] as ArrowField, cell)),
    );
    expect(rows).toEqual([
      ["0", "1700000000.000000000", null, "-0.05", "", null, "0.000000000 1440", "000102", null],
      ["1000", null, "***", "999999999999999999.95", null, "0", "1.000000001 1440", null, "19001"],
    ]);
  });
});
