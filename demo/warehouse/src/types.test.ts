import fc from "fast-check";
import { expect, test } from "vitest";
import { prettyJson } from "./semi-structured.ts";
import { decimalText } from "./types.ts";

test("a decimal text has exactly the scale's digits, whatever the sign", () => {
  expect([decimalText(1234n, 2), decimalText(-5n, 2), decimalText(0n, 3), decimalText(-(10n ** 37n), 0)]).toEqual([
    "12.34",
    "-0.05",
    "0.000",
    `-1${"0".repeat(37)}`,
  ]);
});

test("JSON text laid out over lines means the same, and is what JSON.stringify lays out", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(prettyJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test("numbers keep every digit", () => {
  expect(prettyJson('{"a":12345678901234567890.10}')).toBe('{\n  "a": 12345678901234567890.10\n}');
});
