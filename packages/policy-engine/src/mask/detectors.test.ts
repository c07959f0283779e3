/** What is found in a text, and what isn't. Numbers are test numbers; keys are the ones that documentation shows. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { DETECTOR_NAMES, detect, detectLiterals, mayHold } from "./detectors.ts";
import { scanText } from "./scan-text.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const KEYS = { hmac: (domain: string, text: string) => `${domain}${text.length}`.padEnd(30, "0") };
const REDACT = { method: "redact" } as const;
/** `detector:text` of every finding. */
const found = (text: string) =>
  detect(text, DETECTOR_NAMES).map(({ detector, start, end }) => `${detector}:${text.slice(start, end)}`);

const VALID: Readonly<Record<string, readonly string[]>> = {
  card: [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "4012888888881881",
    "4222222222222",
    "5555555555554444",
    "5105105105105100",
    "2223003122003222",
    "378282246310005",
    "3782 822463 10005",
    "371449635398431",
    "6011111111111117",
    "6011000990139424",
    "3530111333300000",
    "30569309025904",
    "36227206271667",
    "6759649826438453",
    "6200000000000005",
  ],
  ssn: ["123-45-6789", "123 45 6789", "665-01-0001", "899-99-9999"],
  email: ["ana@example.com", "ana.lopez+tag@mail.example.co.uk", "o'neil_x-1@example.org", "ünï@exämple.de", "a@b.co"],
  phone: [
    "+34 600 123 456",
    "+1-415-555-2671",
    "+1 (415) 555-2671",
    "+442071838750",
    "(415) 555-2671",
    "415-555-2671",
    "415.555.2671",
    "1 415 555 2671",
  ],
  iban: [
    "GB82 WEST 1234 5698 7654 32",
    "GB82WEST12345698765432",
    "DE89370400440532013000",
    "ES9121000418450200051332",
    "FR1420041010050500013M02606",
    "NO9386011117947",
  ],
  secret: [
    "AKIAIOSFODNN7EXAMPLE",
    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "ghp_1234567890abcdefghijklmnopqrstuvwxyz",
    "github_pat_11AAAAAAA0abcdefghijklmnopqrstuvwxyz",
    "glpat-abcdefghijklmnopqrst",
    "xoxb-123456789012-abcdefghijkl",
    "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "slu_abcdefghijklmnopqrstuvwxyz",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZkdISUpLTE1OT1BR",
    "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
  ],
};
const INVALID: readonly string[] = [
  "4111111111111112",
  "1234567890123456",
  "41111111111111111111111",
  "0.4111111111111111",
  "9999999999999999",
  "411111111111",
  "1700000000000",
  "2026-11-20 10:20:30",
  "2026-11-20T10:20:30.123456Z",
  "000-12-3456",
  "666-12-3456",
  "900-12-3456",
  "999-12-3456",
  "123-00-4567",
  "123-45-0000",
  "123-456-789",
  "123-45.6789",
  "123456789",
  "ana@",
  "@example.com",
  "ana@example",
  "ana@example..com",
  "a @ b.com",
  "ana@example.c",
  "ana@10.0.0.1",
  "+34",
  "+1234567",
  "155-155-1234",
  "115-555-2671",
  "415-155-2671",
  "192.168.100.200",
  "10.20.30.40:8080",
  "v1.2.3-20260101",
  "GB82WEST12345698765433",
  "XX82WEST12345698765432",
  "GB82WEST123456987654",
  "XGB82WEST12345698765432",
  "AKIAIOSFODNN7EXAMPL",
  "550e8400-e29b-41d4-a716-446655440000",
  "01b2c3d4-0000-1234-0000-000100020003",
  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  "getCustomerByIdAndCountryCodeFromCache",
  "https://example.com/some/long/path-with-words/and/more",
  "the secret: nothing at all",
  "password: forgotten",
  "-----BEGIN CERTIFICATE-----",
  "PROD.ANALYTICS.CUSTOMER_CONTACTS",
  "a perfectly ordinary sentence about nothing",
  "",
  " ",
  "12,345,678.90",
  "1e10",
  "tok_abc",
];

describe("found", () => {
  for (const [detector, examples] of Object.entries(VALID)) {
    test.each(examples)(`${detector}: %s`, (example) => {
      expect(found(example)).toEqual([`${detector}:${example}`]);
      expect(found(`before ${example} after`)).toEqual([`${detector}:${example}`]);
      expect(found(`{"k":"${example}"}`)).toEqual([`${detector}:${example}`]);
    });
  }
});

describe("not found", () => {
  test.each(INVALID)("%s", (example) => {
    expect(found(example)).toEqual([]);
    expect(found(`x ${example}, y`)).toEqual([]);
  });
});

describe("beside a word that says what it is", () => {
  test.each([
    ["SSN: 123456789", "ssn:123456789"],
    ["her social security number is 123456789", "ssn:123456789"],
    ["tel. 600123456", "phone:600123456"],
    ["mobile 600 12 34 56", "phone:600 12 34 56"],
    ["password=hunter2!", "secret:hunter2!"],
    ['{"api_key": "abc123def456"}', "secret:abc123def456"],
    ["postgres://user:hunter2@db/x", "secret:hunter2"],
  ])("%s", (text, finding) => expect(found(text)).toContain(finding));
});

describe("inside a text", () => {
  test("a number after another number", () =>
    expect(found("order 12 4111 1111 1111 1111 exp 12/26")).toEqual(["card:4111 1111 1111 1111"]));
  test("several of several kinds, each masked in place, the rest as it came", () => {
    const text = "Write to ana@example.com, card 4111-1111-1111-1111, SSN 123-45-6789; thanks.";
    expect(scanText(text, DETECTOR_NAMES, REDACT, KEYS)).toBe("Write to ***, card ***, SSN ***; thanks.");
    expect(scanText(text, ["email"], { method: "partial", keep: "domain" }, KEYS)).toBe(
      "Write to ***@example.com, card 4111-1111-1111-1111, SSN 123-45-6789; thanks.",
    );
    expect(scanText(text, ["card"], { method: "null" }, KEYS)).toContain("card ***,");
  });
  test("of findings that overlap, what sticks out is masked too", () => {
    const two = [
      { name: "a", re2: "abcd", words: [] },
      { name: "b", re2: "cdef", words: [] },
    ];
    expect(scanText("x abcdef y", ["custom:a", "custom:b"], REDACT, KEYS, two)).toBe("x *** y");
  });
  test("only the detectors asked for", () =>
    expect(detect("ana@example.com 4111111111111111", ["card"]).map((one) => one.detector)).toEqual(["card"]));
  test("a text without a finding is the same text", () =>
    expect(scanText("nothing here 42", DETECTOR_NAMES, REDACT, KEYS)).toBe("nothing here 42"));
});

describe("custom patterns", () => {
  const employee = [{ name: "employee-id", re2: "E[0-9]{6}", words: ["employee", "staff"] }];
  const ask = (text: string) => detect(text, ["custom:employee-id"], employee).length;
  test("count beside one of their words, or as the whole text", () => {
    expect([ask("Employee E123456 left"), ask("E123456"), ask("order E123456 left"), ask("staff")]).toEqual([
      1, 1, 0, 0,
    ]);
  });
  test("are linear, whatever the text", () => {
    const slow = [{ name: "slow", re2: "(a+)+$", words: [] }];
    expect(detect(`${"a".repeat(50_000)}b`, ["custom:slow"], slow)).toEqual([]);
  });
});

describe("literals of a statement", () => {
  test("every detector that fires is named, masks always", () => {
    expect(detectLiterals(["4111111111111111", "x tok_0123456789abcdef"], ["secret", "card"])).toEqual([
      "card",
      "mask-token",
    ]);
    expect(detectLiterals(["plain"], ["secret"])).toEqual([]);
    expect(detectLiterals(["TOK_0123456789ABCDEF"], [])).toEqual(["mask-token"]);
  });
  test("an overlap hides nothing", () =>
    expect(detectLiterals(["tok_4111111111111111"], ["card"])).toEqual(["card", "mask-token"]));
});

describe("on any text", () => {
  const noise = fc.stringMatching(/^[ -~]{0,40}$/);
  const planted = fc.constantFrom(
    ...Object.entries(VALID).flatMap(([detector, examples]) => examples.map((example) => ({ detector, example }))),
  );
  test("findings are in order, inside the text and don't overlap", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            noise,
            planted.map((one) => one.example),
            fc.string({ unit: "binary" }),
          ),
        ),
        (parts) => {
          const text = parts.join(" ");
          let from = 0;
          for (const { start, end } of detect(text, [...DETECTOR_NAMES, "mask-token"])) {
            expect(start).toBeGreaterThanOrEqual(from);
            expect(end).toBeGreaterThan(start);
            expect(end).toBeLessThanOrEqual(text.length);
            from = end;
          }
        },
      ),
    );
  });
  test("what is planted between words doesn't come out", () => {
    const words = fc.stringMatching(/^[a-z]{0,12}( [a-z]{1,12}){0,4}$/);
    fc.assert(
      fc.property(words, planted, words, (before, { example }, after) => {
        expect(scanText(`${before} ${example} ${after}`, DETECTOR_NAMES, REDACT, KEYS)).not.toContain(example);
      }),
    );
  });
  test("the quick look at bytes never misses what the close look finds", () => {
    fc.assert(
      fc.property(noise, planted, noise, (before, { example }, after) => {
        const text = `${before} ${example} ${after}`;
        const bytes = new TextEncoder().encode(text);
        if (found(text).length > 0) expect(mayHold(bytes, 0, bytes.length)).toBe(true);
      }),
    );
  });
});
