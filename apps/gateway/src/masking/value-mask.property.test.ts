/** The masks on bytes say the same as the engine's masks on text. */
import { maskText } from "@sluice/policy-engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ALL_MASKS, KEYS } from "../../test/masking/samples.ts";
import { maskedText } from "./treat-text.ts";
import { textValueMask } from "./value-mask.ts";

const PIECE = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "@",
      ".",
      " ",
      "-",
      "\t",
      "\u00a0",
      "\u2003",
      "ü",
      "😀",
      "٣",
      "Ａ",
      "\u0301",
      "\ufeff",
      "\n",
      "0",
      "9",
      "Z",
      "a",
    ),
  },
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z0-9]{1,6}$/) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 3 }) },
);
const TEXT = fc.oneof(
  fc.array(PIECE, { maxLength: 14 }).map((pieces) => pieces.join("")),
  fc.emailAddress(),
  fc.constantFrom(
    "",
    "a",
    "ab",
    "abc",
    "@",
    "@x",
    "a@",
    "4111 1111 1111 1111",
    "2024-02-29",
    "94107",
    "1234567",
    "12345678",
    "ü234567",
    "1234567ü",
  ),
);

describe("masks on bytes", () => {
  it.each(ALL_MASKS.map((mask) => [JSON.stringify(mask), mask] as const))("equal maskText for %s", (_name, mask) => {
    const value = textValueMask(mask, KEYS);
    fc.assert(
      fc.property(TEXT, (text) => {
        const expected = maskText(mask, text, KEYS);
        const got = value.kind === "bytes" ? maskedText(value, text) : value.mask(text);
        // A mask may cut a character in two; in UTF-8 the half is U+FFFD on either path.
        expect(got).toBe(expected === null ? null : expected.toWellFormed());
      }),
      { numRuns: 2000 },
    );
  });

  it("write only inside the room that they asked for, wherever the value stands", () => {
    fc.assert(
      fc.property(fc.constantFrom(...ALL_MASKS), TEXT, fc.nat(5), fc.nat(5), (mask, text, before, after) => {
        const value = textValueMask(mask, KEYS);
        if (value.kind !== "bytes") return;
        const bytes = Buffer.from(`${"@1".repeat(before)}${text}${"@2".repeat(after)}`);
        const start = before * 2;
        const end = bytes.length - after * 2;
        const room = value.roomFor(end - start);
        const target = Buffer.alloc(room + 20, 0xee);
        const stop = value.write(bytes, start, end, target, 10);
        expect(target.toString("utf8", 10, stop)).toBe((maskText(mask, text, KEYS) ?? "").toWellFormed());
        expect(stop - 10).toBeLessThanOrEqual(room);
        expect(
          target.subarray(0, 10).every((byte) => byte === 0xee) &&
            target.subarray(10 + room).every((byte) => byte === 0xee),
        ).toBe(true);
      }),
    );
  });
});
