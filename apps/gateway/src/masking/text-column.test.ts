import { describe, expect, it } from "vitest";
import { ALL_MASKS, columnMask, columnScan, resultMask, typed } from "../../test/masking/samples.ts";
import { textRewriter } from "./text-column.ts";

/** Three values, the first two of which stand under a NULL. */
const DATA = Buffer.from("SECRET12a@SECRET.org2024-01-02 x@y.org");
const COLUMN = { rows: 3, validity: Uint8Array.of(0b100), offsets: Int32Array.of(0, 8, 20, 38), data: DATA };

function rewritten(rewriter: ReturnType<typeof textRewriter>): { text: string; offsets: readonly number[] } {
  const { data, offsets } = rewriter(COLUMN);
  return { text: Buffer.from(data).toString(), offsets: Array.from(offsets) };
}

function treatmentOf(mask: ReturnType<typeof resultMask>) {
  const treatment = mask.treatments[0];
  if (treatment === null || treatment === undefined || treatment.kind === "null") throw new Error("no text treatment");
  return treatment;
}

describe("values under a NULL", () => {
  const masks = ALL_MASKS.filter(({ method }) => method !== "null");

  it.each(masks.map((mask) => [JSON.stringify(mask), mask] as const))("are dropped by %s", (_name, mask) => {
    const out = rewritten(textRewriter(treatmentOf(resultMask([typed("T", "text")], [columnMask(0, mask)]))));
    expect(out.text).not.toContain("SECRET");
    expect(out.offsets.slice(0, 3)).toEqual([0, 0, 0]);
    expect(out.offsets[3]).toBe(out.text.length);
  });

  it.each(["text", "variant"] as const)("are dropped by a scan of a %s column", (type) => {
    const scan = columnScan(0, ["card"]);
    const out = rewritten(textRewriter(treatmentOf(resultMask([typed("T", type)], [], [scan]))));
    // What isn't JSON is redacted whole in a document column.
    const text = type === "text" ? "2024-01-02 x@y.org" : '"***"';
    expect(out).toEqual({ text, offsets: [0, 0, 0, text.length] });
  });
});
