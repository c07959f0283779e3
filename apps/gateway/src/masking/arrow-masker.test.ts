import { type ArrowSchema, type ColumnType, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { columnMask, columnScan, resultMask, through, typed } from "../../test/masking/samples.ts";
import { ArrowChunkMasker, maskArrowBase64 } from "./arrow-masker.ts";
import type { RowCapture } from "./result-mask.ts";

const ROWTYPE = [typed("ID", "fixed"), typed("EMAIL", "text", { length: 10, byteLength: 40 }), typed("NOTE", "text")];
const MASK = resultMask(
  ROWTYPE,
  [columnMask(1, { method: "hmac", domain: "email", keepJoin: true })],
  [columnScan(2, ["email", "card"])],
);

function schemaOf(columns: readonly ColumnType[]): ArrowSchema {
  const fields = columns.map((column) => {
    const field = snowflakeField(column);
    if (field === null) throw new Error(column.name);
    return field;
  });
  return { fields, metadata: [] };
}

const CELLS = [
  [1n, 2n, 3n],
  ["ann@a.co", null, "bob@b.co"],
  ["card 4111 1111 1111 1111.", "nothing", "write to x@y.org, or to z@y.org"],
];
const STREAM = Buffer.from(writeStream(schemaOf(ROWTYPE), [{ rows: 3, columns: CELLS }]));

describe("an Arrow result", () => {
  it("has its findings replaced inside the text and its field announced as long as its tokens", async () => {
    const out = await through(new ArrowChunkMasker(MASK, { rowsExpected: 3 }), [STREAM]);
    const table = tableFromIPC(out.bytes);
    expect(table.toArray().map((row) => row.NOTE)).toEqual(["card ***.", "nothing", "write to ***, or to ***"]);
    expect(table.toArray().map((row) => row.EMAIL)).toEqual([
      expect.stringMatching(/^tok_[0-9a-f]{26}$/),
      null,
      expect.stringMatching(/^tok_[0-9a-f]{26}$/),
    ]);
    expect(table.schema.fields[1]?.metadata.get("charLength")).toBe("30");
    expect(MASK.rowtype[1]).toMatchObject({ length: 30, byteLength: 120 });
  });

  it("that the plan doesn't know is withheld: another column count, name, type, or physical type", () => {
    const streamOf = (columns: readonly ColumnType[], physical: readonly ColumnType[] = columns) => {
      const schema = schemaOf(physical);
      const fields = schema.fields.map((field, index) => ({ ...field, name: columns[index]?.name ?? "" }));
      return Buffer.from(writeStream({ fields, metadata: [] }, [])).toString("base64");
    };
    const [id, email, note] = ROWTYPE as [ColumnType, ColumnType, ColumnType];
    expect(maskArrowBase64(streamOf(ROWTYPE), MASK)).toMatchObject({ ok: true });
    for (const columns of [
      [id, email],
      [id, email, note, note],
      [id, { ...email, name: "MAIL" }, note],
      [email, id, note],
    ]) {
      expect(maskArrowBase64(streamOf(columns), MASK)).toMatchObject({ ok: false, error: { code: "PLAN_MISFIT" } });
    }
    expect(maskArrowBase64(streamOf(ROWTYPE, [id, typed("EMAIL", "binary"), note]), MASK)).toMatchObject({
      ok: false,
      error: { code: "PLAN_MISFIT" },
    });
    expect(maskArrowBase64(streamOf(ROWTYPE, [id, email, typed("NOTE", "variant")]), MASK)).toMatchObject({
      ok: false,
      error: { code: "PLAN_MISFIT" },
    });
  });

  it("is destroyed when rows are missing or too many, also when it stops cleanly between batches", async () => {
    const twice = Buffer.from(
      writeStream(
        schemaOf(ROWTYPE),
        [
          { rows: 3, columns: CELLS },
          { rows: 3, columns: CELLS },
        ],
        { endOfStream: false },
      ),
    );
    const once = Buffer.from(writeStream(schemaOf(ROWTYPE), [{ rows: 3, columns: CELLS }], { endOfStream: false }));
    expect(await through(new ArrowChunkMasker(MASK, { rowsExpected: 6 }), [twice])).toMatchObject({
      error: null,
      ended: true,
    });
    expect(
      await through(new ArrowChunkMasker(MASK, { rowsExpected: 6 }), [twice.subarray(0, once.length)]),
    ).toMatchObject({ error: "ROW_COUNT", ended: false });
    expect(await through(new ArrowChunkMasker(MASK, { rowsExpected: 3 }), [twice])).toMatchObject({
      error: "ROW_COUNT",
      ended: false,
    });
  });

  it("never ends cleanly when it is cut inside a message", async () => {
    for (let end = 0; end < STREAM.length; end += 7) {
      expect(await through(new ArrowChunkMasker(MASK, { rowsExpected: 3 }), [STREAM.subarray(0, end)])).toMatchObject({
        ended: false,
        error: expect.stringMatching(/^(RESULT_TRUNCATED|ROW_COUNT)$/),
      });
    }
  });

  it("of no rows may be empty text; anything that isn't base64 is withheld", () => {
    expect(maskArrowBase64("", MASK, { rowsExpected: 0 })).toEqual({ ok: true, value: { rowsetBase64: "", rows: 0 } });
    expect(maskArrowBase64("", MASK, { rowsExpected: 1 })).toMatchObject({ ok: false, error: { code: "ROW_COUNT" } });
    const text = STREAM.toString("base64");
    for (const broken of [
      `${text} `,
      `!${text.slice(1)}`,
      text.slice(0, -1),
      `${text.slice(0, 100)}=${text.slice(101)}`,
      "====",
      "x",
    ]) {
      expect(maskArrowBase64(broken, MASK)).toMatchObject({ ok: false });
    }
  });

  it("gives its first masked rows to the record", () => {
    const seen: unknown[] = [];
    const capture = (rowsMax: number): RowCapture => ({
      rowsMax,
      bytesMax: 10_000,
      onRows: (rows, isCut) => seen.push([rows.map((row) => [row[0], row[2]]), isCut]),
    });
    for (const count of [0, 2, 3]) maskArrowBase64(STREAM.toString("base64"), MASK, { capture: capture(count) });
    const rows = [
      ["1", "card ***."],
      ["2", "nothing"],
      ["3", "write to ***, or to ***"],
    ];
    expect(seen).toEqual([
      [[], true],
      [rows.slice(0, 2), true],
      [rows, false],
    ]);
  });

  it("never holds a value longer than its column is announced to be", () => {
    const narrow = [typed("T", "text", { length: 16_777_216, byteLength: 16 })];
    const mask = resultMask(narrow, [columnMask(0, { method: "partial", keep: "domain" })]);
    const stream = writeStream(schemaOf(narrow), [{ rows: 2, columns: [["a@12345678901234567890", "ab@c"]] }]);
    const result = maskArrowBase64(Buffer.from(stream).toString("base64"), mask);
    const table = result.ok ? tableFromIPC(Buffer.from(result.value.rowsetBase64, "base64")) : null;
    expect(table?.toArray().map((row) => row.T)).toEqual(["***", "***@c"]);
  });
});
