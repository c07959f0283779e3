import { describe, expect, it } from "vitest";
import { columnMask, columnScan, resultMask, through, typed } from "../../test/masking/samples.ts";
import { JsonChunkMasker, maskRowset } from "./json-masker.ts";
import type { ResultMask, RowCapture } from "./result-mask.ts";

const MASK = resultMask(
  [typed("ID", "fixed"), typed("EMAIL", "text"), typed("NOTE", "text")],
  [columnMask(1, { method: "redact" })],
  [columnScan(2, ["email", "card"])],
);

function rowsetOf(rowset: string, mask: ResultMask = MASK): string {
  const result = maskRowset(rowset, mask);
  return result.ok ? result.value.rowset : result.error.code;
}

describe("an inline rowset", () => {
  it("keeps untouched cells as they were written", () => {
    expect(rowsetOf('[ ["1","a@b.co","n\\u0041\\/"] , ["00.10",null,""] ]')).toBe(
      '[ ["1","***","n\\u0041\\/"] , ["00.10",null,""] ]',
    );
  });

  it("may be empty", () => {
    expect(rowsetOf("[]")).toBe("[]");
    expect(rowsetOf(" [ ] ")).toBe("[ ]");
  });

  it.each([
    ["a row with too few cells", '[["1","a"]]'],
    ["a row with too many cells", '[["1","a","b","c"]]'],
    ["an empty row", "[[]]"],
    ["a number", '[[1,"a","b"]]'],
    ["a number in a masked column", '[["1",2,"b"]]'],
    ["true", '[["1",true,"b"]]'],
    ["a nested array", '[["1",["a"],"b"]]'],
    ["an object", '[["1",{"a":"b"},"b"]]'],
    ["an object for a row", '[{"a":"b"}]'],
    ["a word that begins like null", '[["1",nul,"b"]]'],
    ["a word that goes on after null", '[["1",nulll,"b"]]'],
    ["a comma at the end", '[["1","a","b"],]'],
    ["a comma at the beginning", '[,["1","a","b"]]'],
    ["two rows without a comma", '[["1","a","b"]["1","a","b"]]'],
    ["a comma at the end of a row", '[["1","a","b",]]'],
    ["a bad escape", '[["1","a\\x","b"]]'],
    ["a bad unicode escape", '[["1","a\\u00g0","b"]]'],
    ["a control character", '[["1","a\u0001","b"]]'],
    ["text behind the rows", '[["1","a","b"]]]'],
    ["an early end of the outer array", '[["1","a","b"]],[["1","a","b"]]'],
    ["no array", '"x"'],
  ])("is withheld when it holds %s", (_name, rowset) => {
    expect(rowsetOf(rowset)).toMatch(/^RESULT_(SYNTAX|TRUNCATED)$/);
  });
});

describe("a JSON chunk", () => {
  const body = Buffer.from('["1","a@b.co","x"],\n["2","c@d.co","mail me at e@f.co"]');

  it("is destroyed when its rows aren't as many as were announced", async () => {
    for (const rowsExpected of [0, 1, 3]) {
      expect(await through(new JsonChunkMasker(MASK, { rowsExpected }), [body])).toMatchObject({
        error: "ROW_COUNT",
        ended: false,
      });
    }
    expect(await through(new JsonChunkMasker(MASK, { rowsExpected: 2 }), [body])).toMatchObject({
      error: null,
      ended: true,
    });
  });

  it("may be empty when no rows were announced", async () => {
    expect(await through(new JsonChunkMasker(MASK, { rowsExpected: 0 }), [])).toMatchObject({
      error: null,
      ended: true,
    });
    expect(await through(new JsonChunkMasker(MASK, { rowsExpected: 1 }), [])).toMatchObject({
      error: "ROW_COUNT",
      ended: false,
    });
  });

  it("lets no byte of a treated cell out before the cell is complete", async () => {
    const stream = new JsonChunkMasker(MASK);
    const out = await through(stream, [Buffer.from('["1","secr'), Buffer.from("et-value")]);
    expect(out.ended).toBe(false);
    expect(out.bytes.includes("secr")).toBe(false);
  });

  it("lets no byte of a cell out that no column was announced for", async () => {
    const out = await through(new JsonChunkMasker(MASK), [
      Buffer.from('["1","a","b",'),
      Buffer.from('"EXTRA","EXTRA"'),
    ]);
    expect(out).toMatchObject({ error: "RESULT_SYNTAX", ended: false });
    expect(out.bytes.includes("EXTRA")).toBe(false);
  });

  it("handles cells far larger than the buffers it works with", async () => {
    const large = `${"n".repeat(300_000)} a@b.co ${"m".repeat(300_000)}`;
    const text = Buffer.from(JSON.stringify([large, large, large]));
    const chunks = Array.from({ length: Math.ceil(text.length / 10_000) }, (_, index) =>
      text.subarray(index * 10_000, (index + 1) * 10_000),
    );
    const out = await through(new JsonChunkMasker(MASK), chunks);
    expect(JSON.parse(out.bytes.toString())).toEqual([large, "***", large.replace("a@b.co", "***")]);
  });
});

it("no masked value is longer than its column is announced to be", () => {
  const narrow = [typed("T", "text", { length: 16_777_216, byteLength: 16 })];
  const mask = resultMask(narrow, [columnMask(0, { method: "partial", keep: "domain" })]);
  expect(rowsetOf('[["a@12345678901234567890"],["ab@c"],["\\u0061@12345678901234567890"]]', mask)).toBe(
    '[["***"],["***@c"],["***"]]',
  );
});

describe("the capture of first rows", () => {
  function capture(rowsMax: number, bytesMax = 10_000): RowCapture & { readonly seen: [unknown, boolean][] } {
    const seen: [unknown, boolean][] = [];
    return { rowsMax, bytesMax, seen, onRows: (rows, isCut) => seen.push([rows, isCut]) };
  }
  const rowset = '[["1","a","x"],["2","b","y"],["3",null,"z"]]';
  const rows = [
    ["1", "***", "x"],
    ["2", "***", "y"],
    ["3", null, "z"],
  ];

  it.each([0, 1, 2, 3, 4])("takes %i masked rows and says whether there were more", (count) => {
    const taken = capture(count);
    maskRowset(rowset, MASK, { capture: taken });
    expect(taken.seen).toEqual([[rows.slice(0, count), count < 3]]);
  });

  it("takes whole rows only, within its bytes, also when they arrive in pieces", async () => {
    const taken = capture(10, 40);
    await through(
      new JsonChunkMasker(MASK, { capture: taken }),
      Array.from(Buffer.from(rowset.slice(1, -1)), (byte) => Buffer.of(byte)),
    );
    expect(taken.seen).toEqual([[rows.slice(0, 2), true]]);
  });

  it("is not called for a result that is withheld", () => {
    const taken = capture(10);
    maskRowset('[["1","a"]]', MASK, { capture: taken });
    expect(taken.seen).toEqual([]);
  });
});
