/** JSON rows, however written and however cut: exactly the treated cells change. */
import { maskText } from "@sluice/policy-engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_MASKS, columnMask, KEYS, resultMask, slices, through, typed } from "../../test/masking/samples.ts";
import { JsonChunkMasker, maskRowset } from "./json-masker.ts";

const COLUMNS = ALL_MASKS.length + 2;
/** Every mask on a text column of its own; the first and last columns are untouched. */
const MASK = resultMask(
  Array.from({ length: COLUMNS }, (_, index) => typed(`C${index}`, "text")),
  ALL_MASKS.map((mask, index) => columnMask(index + 1, mask)),
);

/** A cell as JSON text, written in one of the many ways of writing it. */
const CHARACTER = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b@", "1", "9", " ", "ü", "€", "😀", "[", "]", ",", "null", "-") },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "\\n",
      '\\"',
      "\\\\",
      "\\/",
      "\\u0041",
      "\\u00e9",
      "\\ud83d\\ude00",
      "\\u0040",
      "\\t",
      "\\u0000",
    ),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => JSON.stringify(text).slice(1, -1)),
  },
);
const CELL = fc.oneof(
  { weight: 1, arbitrary: fc.constant("null") },
  { weight: 8, arbitrary: fc.array(CHARACTER, { maxLength: 12 }).map((parts) => `"${parts.join("")}"`) },
);
const SPACE = fc.constantFrom("", "", "", " ", "\n", "\r\n\t");
const ROW = fc.tuple(fc.array(CELL, { minLength: COLUMNS, maxLength: COLUMNS }), SPACE, SPACE);
const ROWS = fc.array(ROW, { maxLength: 8 });

type Rows = readonly (readonly [readonly string[], string, string])[];

function written(rows: Rows, cellOf: (cell: string, ordinal: number) => string): string {
  return rows
    .map(
      ([cells, before, between]) => `${before}[${between}${cells.map(cellOf).join(`${between},${before}`)}]${between}`,
    )
    .join(",");
}

/** What the engine's masks on text make of a cell. */
function expectedCell(cell: string, ordinal: number): string {
  const mask = ALL_MASKS[ordinal - 1];
  if (cell === "null" || mask === undefined) return cell;
  const masked = maskText(mask, JSON.parse(cell), KEYS);
  return masked === null ? "null" : JSON.stringify(masked.toWellFormed());
}

describe("JSON rows", () => {
  it("leave with the treated cells masked and every other byte as it came, wherever they are cut", async () => {
    await fc.assert(
      fc.asyncProperty(ROWS, fc.array(fc.nat(3000), { maxLength: 12 }), async (rows, cuts) => {
        const body = Buffer.from(written(rows, (cell) => cell));
        const expected = written(rows, expectedCell);
        const stream = new JsonChunkMasker(MASK, { rowsExpected: rows.length });
        const out = await through(
          stream,
          slices(
            body,
            cuts.map((cut) => cut % (body.length + 1)),
          ),
        );
        expect(out).toMatchObject({ error: null, ended: true });
        expect(out.bytes.toString()).toBe(expected);
        expect(stream.rows).toBe(rows.length);
        const inline = maskRowset(`[${body.toString()}]`, MASK);
        expect(inline).toEqual({ ok: true, value: { rowset: `[${expected}]`, rows: rows.length } });
      }),
      { numRuns: 400 },
    );
  });

  it("never end cleanly, at any early end or with any byte changed into one that breaks them", async () => {
    const body = Buffer.from(
      '["a\\u0041","x@y.z",null,"d","e","f","g","h","i","2024-01-02","k"],\n["1","2","3","4","5","6","7","8","9","10","11"]',
    );
    const rowEnd = body.indexOf("],") + 1;
    for (let end = 1; end < body.length; end++) {
      const out = await through(new JsonChunkMasker(MASK), [body.subarray(0, end)]);
      expect({ end, ended: out.ended }).toEqual({ end, ended: end === rowEnd });
    }
    for (let at = 0; at < body.length; at++) {
      const broken = Buffer.from(body);
      broken[at] = 0x01;
      const out = await through(new JsonChunkMasker(MASK), [broken.subarray(0, 17), broken.subarray(17)]);
      // One white-space byte replaced is the only change that breaks nothing but is refused as well.
      expect({ at, ended: out.ended, error: out.error }).toEqual({ at, ended: false, error: "RESULT_SYNTAX" });
    }
  });
});
