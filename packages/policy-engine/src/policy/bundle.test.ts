/** What loads, what doesn't, and where the diagnostic points. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Crypto } from "../crypto.ts";
import { policyText } from "../testing/example-facts.ts";
import { parseBundle } from "./bundle.ts";
import { didYouMean } from "./diagnostic.ts";

const CRYPTO: Crypto = { sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex") };
const parse = (...texts: readonly string[]) =>
  parseBundle(
    texts.map((text, i) => ({ path: `f${i + 1}.yaml`, text })),
    CRYPTO,
  );

/** `line:column CODE` of every diagnostic. */
function found(text: string): readonly string[] {
  return parse(text).diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}
/** The first six lines of every policy below are the header's three and these. */
const rule = (text: string) => policyText(`guardrails:\n  - id: one\n${text}`);

describe("a diagnostic points at the place and says what would be accepted", () => {
  test.each<[string, string, string, string]>([
    ["an unknown key", rule("    denny: No.\n"), "6:5 UNKNOWN_KEY", "Did you mean `deny`?"],
    ["an unknown kind", "apiVersion: sluice/v1\nkind: Polcy\nname: x\n", "2:7 UNKNOWN_KIND", "Did you mean `Policy`?"],
    ["a newer version", "apiVersion: sluice/v2\nkind: Policy\nname: x\n", "1:13 UNKNOWN_VERSION", "it reads sluice/v1"],
    ["not a document", "- a\n", "1:1 NOT_A_DOCUMENT", "mapping"],
    ["no kind", "apiVersion: sluice/v1\nname: x\n", "1:1 NOT_A_DOCUMENT", "`kind`"],
    [
      "a missing key",
      policyText("grants:\n  - id: one\n    who: { groups: [a] }\n    may: [read]\n"),
      "5:5 MISSING_KEY",
      "needs `on`",
    ],
    ["an unknown action", rule("    to: [delte]\n    deny: No.\n"), "6:10 WRONG_VALUE", "Did you mean `delete`?"],
    [
      "an object without a connection",
      rule("    on: [PROD.RAW]\n    deny: No.\n"),
      "6:10 WRONG_VALUE",
      "CONNECTION:NAME",
    ],
    [
      "an unknown kind of object",
      rule('    on: ["snowflake:tabel/PROD.*"]\n    deny: No.\n'),
      "6:10 WRONG_VALUE",
      "kind of object",
    ],
    [
      "an approval that isn't defined",
      policyText("define:\n  approvals:\n    steward: { from: [s] }\nguardrails:\n  - id: one\n    require: stewart\n"),
      "9:14 UNKNOWN_NAME",
      "Did you mean `steward`?",
    ],
    ["a mask that isn't defined", rule("    mask: pseudonim\n"), "6:11 UNKNOWN_NAME", "not a mask"],
    [
      "a parameter of another method",
      policyText("define:\n  masks:\n    m: { method: redact, keep: last4 }\n"),
      "6:32 UNKNOWN_KEY",
      "`redact`",
    ],
    ["a window that isn't defined", rule("    during: night\n    deny: No.\n"), "6:13 UNKNOWN_NAME", "window"],
    [
      "an unknown zone",
      policyText('define:\n  windows:\n    w: { from: "09:00", to: "10:00", zone: Europe/Madird }\n'),
      "6:44 WRONG_VALUE",
      "time zone",
    ],
    ["an unknown detector", rule("    scan: [cart]\n"), "6:12 WRONG_VALUE", "Did you mean `card`?"],
    ["a guardrail without an effect", rule("    to: [read]\n"), "5:5 NO_EFFECT", "must do something"],
    ["a bad duration", rule("    require: { from: [s], expires: 30 minutes }\n"), "6:36 WRONG_VALUE", "`30m`"],
    ["a bad size", rule("    limit: { bytes: 1 gib }\n"), "6:21 WRONG_VALUE", "`1GiB`"],
    ["a bad rate", rule("    limit: { statements: 500/day }\n"), "6:26 WRONG_VALUE", "`500/h`"],
    [
      "a condition that doesn't parse",
      rule("    when: stmt.limit >\n    deny: No.\n"),
      "6:23 WRONG_WHEN",
      "can't be read",
    ],
    [
      "an unknown fact",
      rule("    when: stmt.limits > 5\n    deny: No.\n"),
      "6:11 WRONG_WHEN",
      "Did you mean `stmt.limit`?",
    ],
    [
      "a condition of the wrong type",
      rule('    when: "stmt.limit > true"\n    deny: No.\n'),
      "6:12 WRONG_WHEN",
      "can't be read",
    ],
    ["a condition that isn't one", rule("    when: stmt.limit\n    deny: No.\n"), "6:11 WRONG_WHEN", "true or false"],
    ["a backtracking pattern", rule("    when: stmt.class.matches('a')\n    deny: No.\n"), "6:11 WRONG_WHEN", "re2"],
    ["a macro", rule("    when: stmt.functions.exists(f, f == 'X')\n    deny: No.\n"), "6:11 WRONG_WHEN", "exists"],
    [
      "a result's fact at the statement",
      rule("    when: result.rows > 5\n    deny: No.\n"),
      "6:11 WRONG_MOMENT",
      "at: result",
    ],
    [
      "a grant that asks for the result",
      policyText(
        "grants:\n  - { id: g, who: { groups: [a] }, may: [read], on: ['snowflake:*'], when: result.rows > 5 }\n",
      ),
      "5:76 WRONG_MOMENT",
      "not known then",
    ],
    [
      "literals at another moment",
      rule("    literals: [card]\n    at: result\n    deny: No.\n"),
      "7:9 WRONG_MOMENT",
      "on the way in",
    ],
    ["`used` without columns", rule("    used: [join]\n    deny: No.\n"), "6:11 WRONG_VALUE", "`columns`"],
    ["an alias", policyText("owner: &x me\nsummary: *x\n"), "4:11 YAML", "Anchors"],
    ["a tag", policyText("owner: !!str me\n"), "4:14 YAML", "tags"],
    ["a key given twice", policyText("owner: a\nowner: b\n"), "5:1 DUPLICATE", ""],
    ["YAML that doesn't parse", policyText("owner: [a\n"), "5:1 YAML", ""],
    ["a number where text belongs", policyText("owner: 5\n"), "4:8 WRONG_TYPE", "Quote it"],
    ["an empty list", rule("    to: []\n    deny: No.\n"), "6:9 WRONG_VALUE", "empty list"],
    ["a `who` that names nobody", rule("    who: {}\n    deny: No.\n"), "6:10 WRONG_VALUE", "names nobody"],
    [
      "a pattern that matches nothing and everything",
      policyText("patterns:\n  p: { re2: 'x*' }\n"),
      "5:13 WRONG_VALUE",
      "everywhere",
    ],
  ])("%s", (_what, text, place, says) => {
    const { bundle, diagnostics } = parse(text);
    expect(bundle).toBeNull();
    expect(found(text)[0]).toBe(place);
    expect(diagnostics[0]?.message).toContain(says);
    expect(diagnostics[0]?.path).toBe("f1.yaml");
  });

  test("every mistake of a file is reported, not only the first", () => {
    expect(found(rule("    to: [raed]\n    denny: No.\n    when: stmt.nope\n")).length).toBeGreaterThanOrEqual(3);
  });
  test("rules and policies have one name each in a bundle", () => {
    const { bundle, diagnostics } = parse(
      rule("    deny: No.\n"),
      policyText("guardrails:\n  - { id: one, deny: No. }\n", "other"),
    );
    expect(bundle).toBeNull();
    expect(diagnostics[0]).toMatchObject({ path: "f2.yaml", line: 5, code: "DUPLICATE" });
    expect(diagnostics[0]?.message).toContain("f1.yaml:5");
  });
});

describe("what loads", () => {
  test("kinds that other programs read are passed over", () => {
    const { bundle, diagnostics } = parse("apiVersion: sluice/v1\nkind: Connection\nname: demo\nanything: goes\n");
    expect([bundle?.policies, diagnostics]).toEqual([[], []]);
  });
  test("several documents in one file, and an empty one", () => {
    expect(
      parse(`${policyText("", "a")}---\n---\n${policyText("", "b")}`).bundle?.policies.map((policy) => policy.name),
    ).toEqual(["a", "b"]);
  });
  test("one error anywhere keeps the whole bundle from loading", () => {
    expect(parse(policyText("", "a"), "apiVersion: sluice/v9\nkind: Policy\n").bundle).toBeNull();
  });
  test("warnings don't", () => {
    const { bundle, diagnostics } = parse(
      policyText(
        "define: { masks: { m: { method: hmac } } }\nguardrails:\n  - { id: g, columns: { tagged: [ssn] }, mask: m }\n",
      ),
    );
    expect(bundle).not.toBeNull();
    expect(diagnostics.map(({ severity, code, line }) => [severity, code, line])).toEqual([
      ["warning", "SMALL_DOMAIN", 6],
    ]);
  });
});

describe("the bundle's digest", () => {
  const one = policyText("guardrails:\n  - { id: a, deny: No. }\n", "a");
  const two = policyText("guardrails:\n  - { id: b, deny: No. }\n", "b");
  const digest = (...texts: readonly string[]) => parse(...texts).bundle?.digest;
  test("doesn't depend on files, their order, comments or layout", () => {
    expect(digest(one, two)).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(two, one)).toBe(digest(one, two));
    expect(digest(`${one}---\n${two}`)).toBe(digest(one, two));
    expect(digest(`# said again\n${one.replace("{ id: a, deny: No. }", '{ deny: "No.", "id": a }')}`, two)).toBe(
      digest(one, two),
    );
  });
  test("changes with any rule, and with a tag of the catalog", () => {
    const catalog = (tag: string) =>
      `apiVersion: sluice/v1\nkind: Catalog\ntables:\n  - { name: a.b.c, columns: [{ name: x, type: TEXT, tags: [${tag}] }] }\n`;
    expect(digest(one)).not.toBe(digest(one.replace("No.", "Never.")));
    expect(digest(one, catalog("pii"))).not.toBe(digest(one, catalog("ssn")));
  });
  test("is the SHA-256 of the canonical documents", () => {
    const canonical = '[{"apiVersion":"sluice/v1","guardrails":[{"deny":"No.","id":"a"}],"kind":"Policy","name":"a"}]';
    expect(digest(one)).toBe(CRYPTO.sha256Hex(canonical));
  });
});

describe("did you mean", () => {
  test.each([
    ["delte", "delete"],
    ["raed", "read"],
    ["DENY", "deny"],
    ["xyzzy", null],
  ])("%s → %s", (typed, near) => expect(didYouMean(typed, ["read", "delete", "deny"])).toBe(near));
});
