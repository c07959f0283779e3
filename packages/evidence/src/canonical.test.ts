/** Guarantee: one JSON value has one spelling, the one of RFC 8785, and a value without one is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical.ts";

const text = (value: unknown): string => {
  const result = canonicalJson(value);
  if (!result.ok) throw new Error(result.problem);
  return result.text;
};

const double = (bits: string): number => Buffer.from(bits, "hex").readDoubleBE();

describe("RFC 8785", () => {
  // Appendix B: IEEE 754 bits and their JSON text.
  it.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("appendix B: %s is written %s", (bits, expected) => {
    expect(text(double(bits))).toBe(expected);
  });

  it.each(["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])("appendix B: %s has no spelling", (bits) => {
    expect(canonicalJson(double(bits)).ok).toBe(false);
  });

  it("§3.2.2 and §3.2.4: the example and its bytes", () => {
    const value = JSON.parse(String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`);
    expect(text(value)).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it("§3.2.3: members are sorted by UTF-16 code units, not by code points", () => {
    const value = JSON.parse(
      String.raw`{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}`,
    );
    expect([...text(value).matchAll(/:"([^"]+)"/g)].map(([, name]) => name)).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ]);
  });

  it("sorts names that look like numbers as text", () => {
    expect(text({ b: 1, "10": 2, "9": 3, A: 4 })).toBe('{"10":2,"9":3,"A":4,"b":1}');
  });
});

describe("refusals", () => {
  it.each([
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate in a name", { "\udc00": 1 }],
    ["a function", { f: () => 1 }],
    ["a bigint", 1n],
    ["undefined in a list", [undefined]],
    ["a date", new Date(0)],
    ["a map", new Map()],
    ["a typed array", new Uint8Array(1)],
  ])("%s has no canonical form", (_name, value) => {
    expect(canonicalJson(value).ok).toBe(false);
  });

  it("nesting is bounded", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 65; i++) deep = [deep];
    expect(canonicalJson(deep).ok).toBe(false);
  });
});

describe("properties", () => {
  it("is a fixed point, and keeps the value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary", maxDepth: 6 }), (value) => {
        const result = canonicalJson(value);
        if (!result.ok) return;
        const back: unknown = JSON.parse(result.text);
        expect(text(back)).toBe(result.text);
        expect(back).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  it("does not depend on the order of members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.integer()), (object) => {
        expect(text(Object.fromEntries(Object.entries(object).reverse()))).toBe(text(object));
      }),
    );
  });
});
