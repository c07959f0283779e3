/** Guarantee: our own UTF-8, hex and base64 agree with the platform's, and refuse what isn't the right spelling. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { base64, base64Bytes, concat, equalBytes, hex, hexBytes, utf8, utf8Text } from "./bytes.ts";

const wellFormed = fc.string({ unit: "binary", maxLength: 200 }).map((text) => text.toWellFormed());

it("utf8 is what TextEncoder says, and comes back", () => {
  fc.assert(
    fc.property(wellFormed, (text) => {
      expect(hex(utf8(text))).toBe(Buffer.from(text, "utf8").toString("hex"));
      expect(utf8Text(utf8(text))).toBe(text);
    }),
  );
});

it("utf8Text accepts exactly what a strict decoder accepts", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const nearMiss = fc.array(
    fc.constantFrom(
      0x41,
      0x7f,
      0x80,
      0xbf,
      0xc0,
      0xc2,
      0xe0,
      0xa0,
      0xed,
      0x9f,
      0xef,
      0xf0,
      0x90,
      0xf4,
      0x8f,
      0xf5,
      0xff,
    ),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(nearMiss, (list) => {
      const bytes = Uint8Array.from(list);
      let expected: string | null = null;
      try {
        expected = strict.decode(bytes);
      } catch {
        expected = null;
      }
      expect(utf8Text(bytes)).toBe(expected);
    }),
    { numRuns: 5000 },
  );
});

it("long texts survive both ways", () => {
  const ascii = "0123456789".repeat(5000);
  const wide = "Grüße 🎉 ".repeat(5000);
  expect(utf8Text(utf8(ascii))).toBe(ascii);
  expect(utf8Text(utf8(wide))).toBe(wide);
});

it("refuses a lone surrogate as a programmer error", () => {
  expect(() => utf8("a\ud800")).toThrow(TypeError);
  expect(() => utf8("\udc00a")).toThrow(TypeError);
});

it("hex and base64 come back, and base64 is RFC 4648's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
      expect(base64Bytes(base64(bytes))).toEqual(bytes);
      expect(hexBytes(hex(bytes))).toEqual(bytes);
      expect(equalBytes(concat(bytes, bytes), Buffer.concat([bytes, bytes]))).toBe(true);
    }),
  );
});

it.each(["A", "AA", "AAA", "AB==", "AAB=", "A===", "AA=A", "AAA\n", "AA-_"])("refuses the base64 %j", (text) => {
  expect(base64Bytes(text)).toBeNull();
});

it.each(["0", "0G", "AB", " 00"])("refuses the hex %j", (text) => {
  expect(hexBytes(text)).toBeNull();
});
