import { createHmac, hkdfSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createMaskKeys, TOKEN_LENGTH } from "./mask-keys.ts";

const KEY = new Uint8Array(32).fill(7);

describe("keys of hmac masks", () => {
  it.each(["", "a", "ann@example.com", "ü€😀", "x".repeat(1000), "y".repeat(100_000)])(
    "are HMAC-SHA-256 under a key of the domain's own: %#",
    (text) => {
      const domainKey = Buffer.from(hkdfSync("sha256", KEY, "", "sluice/mask/hmac/v1/=email", 32));
      const expected = createHmac("sha256", domainKey).update(text, "utf8").digest("hex").slice(0, TOKEN_LENGTH);
      expect(createMaskKeys(KEY).hmac("email", text)).toBe(expected);
    },
  );

  it("give the same value other tokens in another domain and under another key", () => {
    const keys = createMaskKeys(KEY);
    const tokens = [
      keys.hmac("a", "v"),
      keys.hmac("b", "v"),
      keys.hmac("", "v"),
      keys.hmac("a".repeat(5000), "v"),
      createMaskKeys(new Uint8Array(32)).hmac("a", "v"),
    ];
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it("don't depend on what was computed before", () => {
    const keys = createMaskKeys(KEY);
    const first = keys.hmac("a", "value");
    keys.hmac("a", "z".repeat(5000));
    keys.hmac("a", "v");
    expect(keys.hmac("a", "value")).toBe(first);
  });

  it("refuse a masking key of another length", () => {
    expect(() => createMaskKeys(new Uint8Array(31))).toThrow(RangeError);
  });
});
