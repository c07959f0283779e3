import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KEYS } from "../../test/masking/samples.ts";
import { maskedText } from "./treat-text.ts";
import { textValueMask } from "./value-mask.ts";

describe("remembered tokens", () => {
  it("are those of the value, however many values came before", () => {
    const mask = textValueMask({ method: "hmac", domain: "d", keepJoin: true }, KEYS);
    if (mask.kind !== "bytes") throw new Error("not on bytes");
    for (let warm = 0; warm < 600; warm++) maskedText(mask, `warm${warm}`);
    // Few characters and lengths around the largest that is kept: places are shared and values repeat.
    const value = fc.oneof(
      fc.stringMatching(/^[ab]{0,3}$/),
      fc.integer({ min: 46, max: 50 }).map((length) => "x".repeat(length)),
      fc.integer({ min: 0, max: 20_000 }).map(String),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
        for (const text of values) expect(maskedText(mask, text)).toBe(`tok_${KEYS.hmac("d", text)}`);
      }),
      { numRuns: 200 },
    );
  });
});
