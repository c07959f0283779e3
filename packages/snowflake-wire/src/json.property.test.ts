/**
 * Properties of the JSON reader and writer, against `JSON.parse` as the plain model and on damaged text.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Json, parseJson, RawJson, renderJson } from "./json.ts";

/** Texts with the characters that break scanners: quotes, escapes, controls, halves of pairs. */
const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: "binary" }) },
  { weight: 1, arbitrary: fc.constantFrom('"', "\\", "\u0000", "\ud800", "\udc00x", "\u2028", "a\tb", "__proto__") },
);

const json: fc.Arbitrary<Json> = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.integer(),
    fc.array(tie("json"), { maxLength: 5 }),
    fc.dictionary(text, tie("json"), { maxKeys: 5 }),
  ),
})).json;

describe("the JSON codec", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(json, (value) => {
        const result = parseJson(renderJson(value));
        expect(result.ok && renderJson(result.value)).toBe(renderJson(value));
      }),
    );
  });

  it("agrees with JSON.parse on what it writes", () => {
    fc.assert(
      fc.property(json, (value) => {
        // Through the plain writer, so that the reader meets its spelling (escapes) as well.
        const plain = JSON.stringify(value);
        const result = parseJson(plain);
        expect(result.ok && JSON.parse(renderJson(result.value))).toEqual(JSON.parse(plain));
      }),
    );
  });

  it("keeps any well-formed value verbatim, between anything else", () => {
    fc.assert(
      fc.property(json, json, fc.nat(3), (value, other, indent) => {
        const raw = JSON.stringify(value, null, indent);
        const result = parseJson(`{"o":${renderJson(other)},"data":{"rowset": ${raw} ,"z":1}}`, {
          rawAt: ["data.rowset"],
        });
        expect(result.ok && result.value).toMatchObject({ data: { rowset: new RawJson(raw), z: 1 } });
      }),
    );
  });

  it("accepts damaged text exactly when JSON.parse does, up to duplicate keys", () => {
    let refusals = 0;
    let acceptances = 0;
    fc.assert(
      fc.property(
        json,
        fc.nat(),
        fc.constantFrom("", '"', "\\", ",", "]", "}", "{", "[", ":", "0", "\u0001", "e", "-", " "),
        (value, where, put) => {
          const whole = JSON.stringify(value);
          const at = where % (whole.length + 1);
          const damaged = whole.slice(0, at) + put + whole.slice(at + 1);
          const result = parseJson(damaged);
          const kept = parseJson(`{"r":${damaged}}`, { rawAt: ["r"] });
          if (result.ok) acceptances++;
          else refusals++;
          if (!result.ok && result.error.code === "JSON_DUPLICATE_KEY") return;
          expect(result.ok).toBe(isPlainJson(damaged));
          if (!kept.ok && kept.error.code === "JSON_DUPLICATE_KEY") return;
          // A closing brace in the damage may end the outer object early: then the reader sees text after it.
          expect(kept.ok).toBe(isPlainJson(`{"r":${damaged}}`));
        },
      ),
      { numRuns: 2_000 },
    );
    expect(refusals).toBeGreaterThan(200);
    expect(acceptances).toBeGreaterThan(50);
  });

  it("never throws on any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        expect(() => parseJson(any, { rawAt: ["a", "data.rowset"] })).not.toThrow();
      }),
    );
  });
});

function isPlainJson(candidate: string): boolean {
  try {
    JSON.parse(candidate);
    return true;
  } catch {
    return false;
  }
}
