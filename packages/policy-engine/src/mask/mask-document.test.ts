/** Masking inside semi-structured values. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type DocumentPlan, maskDocument } from "./mask-document.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const KEYS = { hmac: (domain: string, text: string) => `${domain}${text.length}`.padEnd(30, "0") };
const plan = (
  paths: Readonly<Record<string, DocumentPlan["fallback"]>>,
  scan: readonly string[] = [],
): DocumentPlan => ({
  paths: Object.entries(paths).map(([path, mask]) => ({ path, mask, label: mask.method })),
  fallback: { method: "redact" },
  scan: scan.length === 0 ? null : { detectors: scan, mask: { method: "redact" } },
});
const redact = { method: "redact" } as const;

describe("maskDocument", () => {
  test.each([
    [`{"email":"a@b.c","plan":"free"}`, `{"email":"***","plan":"free"}`],
    [`{ "email" : "a@b.c" , "n" : 12345678901234567890.10 }`, `{ "email" : "***" , "n" : 12345678901234567890.10 }`],
    [`{"email":5}`, `{"email":null}`],
    [`{"email":true,"x":[1,2]}`, `{"email":null,"x":[1,2]}`],
    [`{"email":{"work":"a@b.c"}}`, `{"email":"***"}`],
    [`{"email":["a@b.c"]}`, `{"email":"***"}`],
    [`{"email":null}`, `{"email":null}`],
    [`{"\\u0065mail":"a@b.c"}`, `{"\\u0065mail":"***"}`],
    [`{"email":"first","email":"second"}`, `{"email":"***","email":"***"}`],
    [`{"Email":"a@b.c"}`, `{"Email":"a@b.c"}`],
    [`[{"email":"a"},{"email":"b"}]`, `[{"email":"***"},{"email":"***"}]`],
    [`{"e":"say \\"email\\": no"}`, `{"e":"say \\"email\\": no"}`],
    [`"a@b.c"`, `"a@b.c"`],
    [`{}`, `{}`],
    [`[]`, `[]`],
  ])("%s", (text, masked) => expect(maskDocument(text, plan({ email: redact }), KEYS)).toBe(masked));

  test("paths go down through objects and arrays", () => {
    const text = `{"home":{"phones":[{"no":"1","kind":"x"},{"no":"2"}]},"no":"3"}`;
    expect(maskDocument(text, plan({ "home.phones[0].no": redact }), KEYS)).toBe(
      `{"home":{"phones":[{"no":"***","kind":"x"},{"no":"***"}]},"no":"3"}`,
    );
    expect(maskDocument(`{"a.b":"x","a":{"b":"y"}}`, plan({ '"a.b"': redact }), KEYS)).toBe(
      `{"a.b":"***","a":{"b":"y"}}`,
    );
  });
  test("the rest is scanned, names of members and numbers too, and stays JSON", () => {
    const text = `{"note":"card 4242424242424242 ok","4242 4242 4242 4242":1,"n":4242424242424242,"plan":"free"}`;
    expect(maskDocument(text, plan({}, ["card"]), KEYS)).toBe(`{"note":"card *** ok","***":1,"n":null,"plan":"free"}`);
  });
  test.each([
    "",
    "{",
    `{"email":}`,
    `{"a":1,}`,
    `{"a" 1}`,
    `{"a":1} x`,
    `{"a":"\n"}`,
    "[1 2]",
    "nul",
    "'x'",
    `{a:1}`,
    `"open`,
    `"\\"`,
  ])("what isn't JSON takes the fallback as a whole: %s", (text) => {
    expect(maskDocument(text, plan({ email: redact }), KEYS)).toBe("***");
  });
  test("what nests too deeply takes the fallback", () => {
    expect(maskDocument("[".repeat(101) + "]".repeat(101), plan({}), KEYS)).toBe("***");
    expect(maskDocument("[".repeat(100) + "]".repeat(100), plan({}), KEYS)).toBe("[".repeat(100) + "]".repeat(100));
    expect(maskDocument("[".repeat(200_000), plan({}), KEYS)).toBe("***");
  });
  test("a long text costs no stack", () => {
    const text = JSON.stringify({ note: "x".repeat(5_000_000) });
    expect(maskDocument(text, plan({ email: redact }), KEYS)).toBe(text);
  });
  test("any JSON without a target comes back character by character", () => {
    fc.assert(fc.property(fc.json(), (text) => maskDocument(text, plan({ "\u0000": redact }), KEYS) === text));
  });
  test("no value at a tagged path survives, wherever it stands", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.string({ minLength: 8 }), (value, secret) => {
        const text = JSON.stringify({ deep: [value, { email: secret, other: value }] });
        const masked = maskDocument(text, plan({ "deep.email": redact }), KEYS) ?? "";
        const parsed: unknown = JSON.parse(masked);
        expect(parsed).toEqual({
          deep: [value, { email: "***", other: value }].map((item) => JSON.parse(JSON.stringify(item))),
        });
      }),
      { examples: [] },
    );
  });
});
