import { detect } from "@sluice/policy-engine";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { columnMask, columnScan, KEYS, resultMask, typed } from "../../test/masking/samples.ts";
import { byteLook, wordsOf } from "./byte-look.ts";
import { maskRowset } from "./json-masker.ts";
import { createDocumentScanner } from "./scanner.ts";

const DETECTORS = ["card", "ssn", "email", "phone", "iban", "secret"];
const SCANNER = createDocumentScanner({ detectors: DETECTORS, mask: { method: "redact" }, patterns: [] }, KEYS);

describe("scanning JSON text", () => {
  it.each([
    ["a string", '{"a": "write x@y.org"}', '{"a": "write ***"}'],
    ["a key", '{"x@y.org": 1}', '{"***": 1}'],
    ["a number", '{"card": 4111111111111111}', '{"card": null}'],
    ["a value behind escapes", '{"a": "x\\u0040y.org"}', '{"a": "***"}'],
    ["an array with undefined in it", '[undefined, "x@y.org"]', '[undefined, "***"]'],
    ["text that isn't JSON, which is redacted whole", "see x@y.org {", '"***"'],
    ["text with an open string, likewise", '{"a": "x@y.org', '"***"'],
  ])("finds %s", (_name, text, expected) => {
    expect(SCANNER.scan(text)).toBe(expected);
  });

  it("keeps every character where it finds nothing, numbers to the last digit included", () => {
    const text = '{\n  "n": 12345678901234567890.10e+2,\n "t": "a\\u0041\\/", "b": [true, null, NaN, -Infinity] }';
    expect(SCANNER.scan(text)).toBe(text);
  });

  it("leaves valid JSON valid", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom("x@y.org", "4111111111111111", "AKIAIOSFODNN7EXAMPLE"),
        (value, secret) => {
          const text = JSON.stringify({ value, secret, [secret]: [secret, 4111111111111111] }, null, 2);
          const scanned = SCANNER.scan(text);
          expect(() => JSON.parse(scanned)).not.toThrow();
          expect(scanned).not.toContain(secret);
        },
      ),
    );
  });
});

describe("the look at bytes", () => {
  const PART = fc.oneof(
    fc.constantFrom(
      "x@y.org",
      "4111 1111 1111 1111",
      "4111-1111-1111-1111",
      "123-45-6789",
      "ssn 123456789",
      "+34 600 000 000",
      "(415) 555-2671",
      "415.555.2671",
      "tel 600000000",
    ),
    fc.constantFrom(
      "DE89 3702 0044 0532 0130 00",
      "GB82WEST12345698765432",
      "MT84MALT011000012345MTLCAST001S",
      "AKIAIOSFODNN7EXAMPLE",
      "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
      "password=hunter2x",
      '"api_key": "a1b2c3d4"',
    ),
    fc.constantFrom(
      "-----BEGIN PRIVATE KEY-----",
      "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
      "https://u:p4ssw@h/",
      "\u00a0",
      "ü",
      "PASSWORD : x1234567",
      "pwd:'aaaa bbb1'",
      "secret = zzzzzzz1",
    ),
    fc.stringMatching(/^[ -~]{0,8}$/),
    fc.string({ unit: "grapheme", maxLength: 4 }),
  );

  it("never turns away text in which a detector finds something", () => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(PART, { maxLength: 5 }),
        fc.constantFrom("", " ", "\n"),
        fc.subarray(DETECTORS, { minLength: 1 }),
        fc.nat(7),
        (parts, separator, detectors, shift) => {
          const text = parts.join(separator);
          const bytes = Buffer.from(text);
          if (detect(text, detectors).length === 0) return;
          found++;
          const mayFind = byteLook(detectors);
          expect(mayFind(bytes, 0, bytes.length)).toBe(true);
          // The same text anywhere in memory, by words.
          const shifted = Buffer.concat([Buffer.alloc(shift), bytes, Buffer.alloc(3)]);
          expect(mayFind(shifted, shift, shift + bytes.length, wordsOf(shifted))).toBe(true);
        },
      ),
      { numRuns: 3000 },
    );
    expect(found).toBeGreaterThan(500);
  });
});

describe("a scanned column", () => {
  const mask = resultMask(
    [typed("NOTE", "text"), typed("DOC", "variant"), typed("N", "fixed")],
    [],
    [columnScan(0, ["email"]), columnScan(1, ["email", "card"]), columnScan(2, ["card"])],
  );
  const cells = (rowset: string) => {
    const result = maskRowset(rowset, mask);
    return result.ok ? JSON.parse(result.value.rowset) : result.error.code;
  };

  it("is masked inside text and inside JSON text, and numbers stay numbers", () => {
    const doc = JSON.stringify({ mail: "x@y.org", card: 4111111111111111, n: 1 });
    expect(cells(JSON.stringify([["to x@y.org", doc, "4111111111111111"]]))).toEqual([
      ["to ***", '{"mail":"***","card":null,"n":1}', "4111111111111111"],
    ]);
  });

  it("is found behind the escapes of the rowset", () => {
    expect(cells('[["x\\u0040y.org","{\\"a\\":\\"x\\\\u0040y.org\\"}","1"]]')).toEqual([["***", '{"a":"***"}', "1"]]);
  });

  it("leaves as it was written when nothing is found", () => {
    const rowset = '[["a\\u0041\\/b","{\\n \\"a\\" : 1.10 }","1"]]';
    expect(maskRowset(rowset, mask)).toMatchObject({ ok: true, value: { rowset } });
  });
});

describe("a column with tagged paths", () => {
  const rowtype = [typed("DOC", "variant"), typed("TEXT", "text")];
  const paths = [
    { path: "email", mask: { method: "hmac", domain: "email", keepJoin: true }, label: "pseudonym" },
  ] as const;
  const byPath = (ordinal: number) => ({ ...columnMask(ordinal, { method: "redact" }), paths });

  it("is masked there and scanned elsewhere, in a value that stays JSON", () => {
    const mask = resultMask(rowtype, [byPath(0)], [columnScan(0, ["card"])]);
    const doc = '{"email": "a@b.co", "note": "card 4111 1111 1111 1111", "other": "c@d.co", "n": 1.10}';
    const result = maskRowset(JSON.stringify([[doc, "x"]]), mask);
    const [[cell]] = result.ok ? JSON.parse(result.value.rowset) : [[result.error.code]];
    expect(cell).toBe(
      `{"email": "tok_${KEYS.hmac("email", "a@b.co")}", "note": "card ***", "other": "c@d.co", "n": 1.10}`,
    );
  });

  it("is redacted whole where the value isn't JSON, or where the column is no document", () => {
    const mask = resultMask(rowtype, [byPath(0), byPath(1)]);
    const result = maskRowset(JSON.stringify([["{email: a@b.co}", '{"email": "a@b.co"}']]), mask);
    expect(result).toMatchObject({ ok: true, value: { rowset: '[["\\"***\\"","***"]]' } });
  });
});
