/** RFC 8785. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { canonicalJson } from "./canonical-json.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

describe("canonical JSON", () => {
  test("sorts members by UTF-16 code units (RFC 8785 §3.2.3)", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });
  test.each([
    [333333333.3333333, "333333333.3333333"],
    [1e30, "1e+30"],
    [4.5, "4.5"],
    [2e-3, "0.002"],
    [1e-27, "1e-27"],
    [-0, "0"],
    [1e21, "1e+21"],
  ])("prints %s as ECMAScript does", (number, text) => {
    expect(canonicalJson(number)).toBe(text);
  });
  test("has no blanks and escapes only what must be", () =>
    expect(canonicalJson({ b: [true, null, 'x"\n€'], a: { d: 1, c: undefined } })).toBe(
      '{"a":{"d":1},"b":[true,null,"x\\"\\n€"]}',
    ));
  test.each([Number.NaN, Number.POSITIVE_INFINITY, "\ud800", undefined, 1n, () => 0])(
    "refuses what JSON can't carry: %s",
    (value) => expect(() => canonicalJson(value)).toThrow(TypeError),
  );
  test("refuses what nests too deeply", () => {
    let value: unknown = 1;
    for (let i = 0; i < 300; i++) value = [value];
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
  test("does not depend on the order of members, and reads back as the same value", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: "binary" }).filter((key) => key !== "__proto__" && key.isWellFormed()),
          fc.jsonValue(),
        ),
        (value) => {
          fc.pre(JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value)));
          const turned = Object.fromEntries(Object.entries(value).toReversed());
          expect(canonicalJson(turned)).toBe(canonicalJson(value));
          expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
    );
  });
});
