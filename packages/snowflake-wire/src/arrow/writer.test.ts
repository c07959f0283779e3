import { tableFromIPC } from "apache-arrow";
import { describe, expect, it } from "vitest";
import { type ArrowField, type SnowflakeColumn, snowflakeField, writeStream } from "./index.ts";

function column(name: string, type: string, more: Partial<SnowflakeColumn> = {}): SnowflakeColumn {
  return { name, type, nullable: true, length: null, byteLength: null, precision: null, scale: null, ...more };
}

function field(name: string, type: string, more: Partial<SnowflakeColumn> = {}): ArrowField {
  const made = snowflakeField(column(name, type, more));
  if (made === null) throw new Error(type);
  return made;
}

describe("the writer", () => {
  it("is read back by an independent implementation, every type, with and without NULLs", () => {
    const fields = [
      field("I1", "fixed", { precision: 2 }),
      field("I8", "fixed", { precision: 18, scale: 2 }),
      field("D", "fixed", { precision: 38, scale: 0 }),
      field("R", "real"),
      field("T", "text"),
      field("B", "binary"),
      field("BO", "boolean"),
      field("DA", "date"),
      field("TS", "timestamp_ntz", { scale: 9 }),
      field("TZ", "timestamp_tz", { scale: 9 }),
    ];
    const bytes = writeStream({ fields, metadata: [] }, [
      {
        rows: 3,
        columns: [
          [1, null, -3],
          [123456n, 5n, null],
          [-1n, 10n ** 37n, null],
          [1.5, Number.NaN, null],
          ["å€😀", null, ""],
          [Uint8Array.of(1, 2), null, Uint8Array.of()],
          [true, false, null],
          [0, -1, null],
          [[1n, 5], null, [-1n, 999999999]],
          [[1n, 5, 1440], null, [-1n, 999999999, 0]],
        ],
      },
    ]);
    const table = tableFromIPC(bytes);
    const rows = table.toArray().map((row) => row.toJSON());
    expect(table.numRows).toBe(3);
    expect(rows[0].I1).toBe(1);
    expect(rows[1].I1).toBe(null);
    expect(rows[2].I1).toBe(-3);
    expect(rows.map((row) => row.I8)).toEqual([123456n, 5n, null]);
    expect([...rows[0].D]).toEqual([0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]);
    expect(rows.map((row) => row.T)).toEqual(["å€😀", null, ""]);
    expect(rows.map((row) => row.BO)).toEqual([true, false, null]);
    expect(rows[0].TS.toJSON()).toEqual({ epoch: 1n, fraction: 5 });
    expect(rows[1].TS).toBe(null);
    expect(rows[2].TZ.toJSON()).toEqual({ epoch: -1n, fraction: 999999999, timezone: 0 });
    expect([...rows[0].B]).toEqual([1, 2]);
    expect(table.schema.fields[4]?.metadata.get("logicalType")).toBe("TEXT");
    expect(table.schema.fields[1]?.metadata.get("scale")).toBe("2");
  });

  it("refuses a cell that doesn't fit its column", () => {
    const schema = { fields: [field("I1", "fixed", { precision: 2 })], metadata: [] };
    expect(() => writeStream(schema, [{ rows: 1, columns: [[128]] }])).toThrow(RangeError);
    expect(() => writeStream(schema, [{ rows: 1, columns: [["1"]] }])).toThrow(TypeError);
    expect(() => writeStream(schema, [{ rows: 2, columns: [[1]] }])).toThrow(RangeError);
  });
});
