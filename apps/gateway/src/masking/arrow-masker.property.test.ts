/** Arrow streams: what leaves, read by an independent implementation, is what the masks say. */
import { maskText } from "@sluice/policy-engine";
import { type ArrowBatch, type ArrowCell, type ArrowField, snowflakeField, writeStream } from "@sluice/snowflake-wire";
import { tableFromIPC } from "apache-arrow";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_MASKS, columnMask, KEYS, resultMask, slices, through, typed } from "../../test/masking/samples.ts";
import { ArrowChunkMasker, maskArrowBase64 } from "./arrow-masker.ts";
import { maskRowset } from "./json-masker.ts";
import type { RowCapture } from "./result-mask.ts";

const TEXTS = ALL_MASKS.length;
const ROWTYPE = [
  typed("ID", "fixed"),
  ...ALL_MASKS.map((_mask, index) => typed(`T${index}`, "text")),
  typed("TS", "timestamp_tz", { scale: 9 }),
  typed("LAST", "text"),
];
/** Every mask on a text column of its own, NULL for the timestamp; the first and last columns are untouched. */
const MASK = resultMask(ROWTYPE, [
  ...ALL_MASKS.map((mask, index) => columnMask(index + 1, mask)),
  columnMask(TEXTS + 1, { method: "redact" }),
]);
const FIELDS: readonly ArrowField[] = ROWTYPE.map((column) => {
  const field = snowflakeField(column);
  if (field === null) throw new Error(column.name);
  return field;
});

const TEXT = fc.option(
  fc.oneof(
    fc.emailAddress(),
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom("", "2024-02-29", "12345678", "ü@é.com", "a@b.co"),
  ),
  { freq: 4 },
);
const ROW = fc.tuple(
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { freq: 5 }),
  fc.array(TEXT, { minLength: TEXTS, maxLength: TEXTS }),
  fc.boolean(),
  TEXT,
);
const BATCHES = fc.array(fc.array(ROW, { maxLength: 9 }), { maxLength: 4 });

type Row = readonly [bigint | null, readonly (string | null)[], boolean, string | null];

function cellsOf([id, texts, hasTime, last]: Row): ArrowCell[] {
  return [id, ...texts, hasTime ? [1n, 2, 1440] : null, last];
}

function batchOf(rows: readonly Row[]): ArrowBatch {
  const cells = rows.map(cellsOf);
  return { rows: rows.length, columns: ROWTYPE.map((_column, ordinal) => cells.map((row) => row[ordinal] ?? null)) };
}

function expectedRow([id, texts, , last]: Row): unknown[] {
  const masked = texts.map((text, index) =>
    text === null || ALL_MASKS[index] === undefined
      ? null
      : (maskText(ALL_MASKS[index], text.toWellFormed(), KEYS)?.toWellFormed() ?? null),
  );
  return [id, ...masked, null, last?.toWellFormed() ?? null];
}

function decoded(bytes: Uint8Array): unknown[] {
  return tableFromIPC(bytes)
    .toArray()
    .map((row) => Object.values(row.toJSON()));
}

describe("an Arrow chunk", () => {
  it("leaves with every treated column masked and the others as they came, wherever it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        BATCHES,
        fc.boolean(),
        fc.array(fc.nat(50_000), { maxLength: 10 }),
        async (batches, endOfStream, cuts) => {
          const stream = Buffer.from(
            writeStream({ fields: FIELDS, metadata: [] }, batches.map(batchOf), { endOfStream }),
          );
          const rows = batches.flat();
          const out = await through(
            new ArrowChunkMasker(MASK, { rowsExpected: rows.length }),
            slices(
              stream,
              cuts.map((cut) => cut % (stream.length + 1)),
            ),
          );
          expect(out).toMatchObject({ error: null, ended: true });
          expect(decoded(out.bytes)).toEqual(rows.map(expectedRow));
          const inline = maskArrowBase64(stream.toString("base64"), MASK);
          expect(inline).toEqual({
            ok: true,
            value: { rowsetBase64: out.bytes.toString("base64"), rows: rows.length },
          });
        },
      ),
      { numRuns: 150 },
    );
  });

  it("shows the same values as the JSON form of the same result", () => {
    fc.assert(
      fc.property(fc.array(ROW, { minLength: 1, maxLength: 6 }), (rows) => {
        const stream = Buffer.from(writeStream({ fields: FIELDS, metadata: [] }, [batchOf(rows)]));
        const seen: unknown[] = [];
        const capture: RowCapture = { rowsMax: 10, bytesMax: 1e6, onRows: (captured) => seen.push(...captured) };
        expect(maskArrowBase64(stream.toString("base64"), MASK, { capture }).ok).toBe(true);
        const rowset = JSON.stringify(
          rows.map(([id, texts, hasTime, last]) => [
            id?.toString() ?? null,
            ...texts,
            hasTime ? "1.000000002 1440" : null,
            last,
          ]),
        );
        const json = maskRowset(rowset, MASK);
        expect(seen).toEqual(
          json.ok
            ? JSON.parse(json.value.rowset).map((row: (string | null)[]) =>
                row.map((cell) => cell?.toWellFormed() ?? null),
              )
            : json.error.code,
        );
      }),
      { numRuns: 150 },
    );
  });
});
