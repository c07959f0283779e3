/** Guarantee: the gateway's own reads give the same rows whichever format the warehouse chose, or none. */
import { columnType, resultData, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import { describe, expect, it } from "vitest";
import { inlineRows } from "./inline-rows.ts";

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

describe("inlineRows", () => {
  it("reads JSON and Arrow alike", () => {
    const total = { total: ROWS.length, returned: ROWS.length };
    expect(inlineRows(resultData(ID, COLUMNS, { ...total, rowset: JSON.stringify(ROWS) }))).toEqual(ROWS);
    expect(inlineRows(resultData(ID, COLUMNS, { ...total, format: "arrow", rowsetBase64: arrow() }))).toEqual(ROWS);
    expect(inlineRows(resultData(ID, COLUMNS, { format: "arrow", rowsetBase64: "" }))).toEqual([]);
  });

  it("gives nothing for a part of a result, or for bytes that are no Arrow stream", () => {
    const chunk = { url: "http://x/1", rowCount: 1, uncompressedSize: 1, compressedSize: 1 };
    expect(inlineRows(resultData(ID, COLUMNS, { total: 1, rowset: "[]", chunks: [chunk] }))).toBeNull();
    expect(inlineRows(resultData(ID, COLUMNS, { total: 3, rowset: JSON.stringify(ROWS) }))).toBeNull();
    expect(
      inlineRows(resultData(ID, COLUMNS, { total: 2, format: "arrow", rowsetBase64: arrow().slice(0, 400) })),
    ).toBeNull();
  });
});
