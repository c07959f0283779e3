/** Guarantee: the gateway's own reads give the same rows whichever format the warehouse chose, or none. */
import { columnType, resultData, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import { describe, expect, it } from "vitest";
import { allRows, type FetchChunk } from "./all-rows.ts";

const ID = "01b056d5-0001-25f6-0000-6bb504856e2e";
const COLUMNS = [
  columnType("A", "text", { length: 10, byteLength: 40 }),
  columnType("B", "text", { length: 10, byteLength: 40 }),
];
const ROWS = [
  ["x", null],
  ["ä☃", ""],
];

function arrow(): string {
  const fields = COLUMNS.map((column) => snowflakeField(column)).filter((field) => field !== null);
  const schema = { fields, metadata: [] };
  const written = writeStream(schema, [
    { rows: ROWS.length, columns: [0, 1].map((index) => ROWS.map((row) => row[index] ?? null)) },
  ]);
  return Buffer.from(written).toString("base64");
}

const chunk = { url: "http://x/1", rowCount: 2, uncompressedSize: 1, compressedSize: 1 };
const none: FetchChunk = () => Promise.reject(new Error("no chunk was asked for"));
const asArrow = { format: "arrow" as const, rowsetBase64: arrow() };

describe("allRows", () => {
  it("reads JSON and Arrow alike", async () => {
    const total = { total: ROWS.length, returned: ROWS.length };
    expect(await allRows(resultData(ID, COLUMNS, { ...total, rowset: JSON.stringify(ROWS) }), none)).toEqual(ROWS);
    expect(await allRows(resultData(ID, COLUMNS, { ...total, ...asArrow }), none)).toEqual(ROWS);
    expect(await allRows(resultData(ID, COLUMNS, { format: "arrow", rowsetBase64: "" }), none)).toEqual([]);
  });

  it("reads what lies in chunks, in both formats", async () => {
    const json = resultData(ID, COLUMNS, { total: 4, rowset: JSON.stringify(ROWS), chunks: [chunk] });
    const body = Buffer.from(JSON.stringify(ROWS).slice(1, -1));
    expect(await allRows(json, () => Promise.resolve(body))).toEqual([...ROWS, ...ROWS]);
    const columnar = resultData(ID, COLUMNS, { total: 4, ...asArrow, chunks: [chunk] });
    expect(await allRows(columnar, () => Promise.resolve(Buffer.from(arrow(), "base64")))).toEqual([...ROWS, ...ROWS]);
  });

  it("gives nothing for fewer rows than announced, or for bytes that are no rows", async () => {
    expect(await allRows(resultData(ID, COLUMNS, { total: 3, rowset: JSON.stringify(ROWS) }), none)).toBeNull();
    const cut = { total: 2, format: "arrow" as const, rowsetBase64: arrow().slice(0, 400) };
    expect(await allRows(resultData(ID, COLUMNS, cut), none)).toBeNull();
    const early = resultData(ID, COLUMNS, { total: 2, rowset: "[]", chunks: [chunk] });
    expect(await allRows(early, () => Promise.resolve(Buffer.from('["x",null]], "y": [["z",null]')))).toBeNull();
  });
});
