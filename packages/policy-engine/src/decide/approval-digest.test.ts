/** §2.9: what voids an approval, and what doesn't. */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Crypto } from "../crypto.ts";
import type { DecisionFacts, Moment } from "../decision.ts";
import { type Bundle, parseBundle } from "../policy/bundle.ts";
import { CUSTOMERS, facts, policyText, selectOf } from "../testing/example-facts.ts";
import { type ApprovalInput, approvalDigest } from "./approval-digest.ts";
import { decide } from "./decide.ts";

const CRYPTO: Crypto = { sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex") };
const RULES = `define:
  masks: { pseudonym: { method: hmac, keepJoin: true } }
grants:
  - { id: read, who: { groups: [agents] }, may: [read], on: ["snowflake:PROD.*"] }
guardrails:
  - { id: ask, to: [read], require: { from: [data-stewards], expires: 30m } }
  - { id: mask, columns: { tagged: [pii] }, mask: pseudonym }
  - { id: elsewhere, on: ["snowflake:OTHER.*"], deny: "No." }
`;

function bundleFrom(...texts: readonly string[]): Bundle {
  const { bundle, diagnostics } = parseBundle(
    texts.map((text, i) => ({ path: `${i}.yaml`, text })),
    CRYPTO,
  );
  if (bundle === null) throw new Error(diagnostics.map((one) => one.message).join("\n"));
  return bundle;
}

const BASE = facts(selectOf("ID", "EMAIL"), { session: { ...facts().session, role: "READER", warehouse: "XS" } });

function digest(
  bundle: Bundle,
  one: DecisionFacts = BASE,
  parts: { sqlDigest?: string; bindsDigest?: string; sessionParameters?: ApprovalInput["sessionParameters"] } = {},
): string {
  const moment: Moment = "statement";
  const decision = decide(bundle, one, moment, CRYPTO);
  return approvalDigest(
    {
      bundle,
      sessionParameters: parts.sessionParameters ?? { TIMEZONE: "UTC" },
      statements: [
        { sqlDigest: parts.sqlDigest ?? "aa", bindsDigest: parts.bindsDigest ?? null, facts: one, decision },
      ],
    },
    CRYPTO,
  );
}

const BUNDLE = bundleFrom(policyText(RULES));
const APPROVED = digest(BUNDLE);

describe("an approval stays when what it binds to stays", () => {
  test("the same request at another time", () =>
    expect(digest(BUNDLE, { ...BASE, at: "2026-01-07T09:00:00Z" })).toBe(APPROVED));
  test("an unrelated rule saved, and the rules moved to other lines", () => {
    expect(digest(bundleFrom(policyText(RULES.replace('deny: "No."', 'deny: "Never."'))))).toBe(APPROVED);
    expect(digest(bundleFrom(policyText(`# a line more\n${RULES}`)))).toBe(APPROVED);
  });
  test("another rule that speaks of something else", () => {
    expect(
      digest(bundleFrom(policyText(RULES), policyText(`guardrails:\n  - { id: new, to: [dcl], deny: no }\n`, "other"))),
    ).toBe(APPROVED);
  });
});

describe("any drift voids it", () => {
  const { session, principal } = BASE;
  test.each<[string, string]>([
    ["the text", digest(BUNDLE, BASE, { sqlDigest: "ab" })],
    ["the binds", digest(BUNDLE, BASE, { bindsDigest: "cc" })],
    ["a session parameter", digest(BUNDLE, BASE, { sessionParameters: { TIMEZONE: "Europe/Madrid" } })],
    ["the principal", digest(BUNDLE, { ...BASE, principal: { ...principal, id: "devin-2" } })],
    ["the delegator", digest(BUNDLE, { ...BASE, principal: { ...principal, delegator: { id: "bob", groups: [] } } })],
    ["the connection", digest(BUNDLE, { ...BASE, connection: "other" })],
    ["the role", digest(BUNDLE, { ...BASE, session: { ...session, role: "ADMIN" } })],
    ["the warehouse", digest(BUNDLE, { ...BASE, session: { ...session, warehouse: "XL" } })],
    [
      "the accesses",
      digest(BUNDLE, {
        ...BASE,
        statement: {
          ...BASE.statement,
          accesses: [{ action: "read", kind: "table", object: CUSTOMERS, columns: ["ID"] }],
        },
      }),
    ],
    ["the masks", digest(BUNDLE, { ...BASE, statement: { ...BASE.statement, tags: {} } })],
    [
      "the masks alone",
      digest(BUNDLE, { ...BASE, statement: { ...BASE.statement, outputs: BASE.statement.outputs.toReversed() } }),
    ],
    ["a rule that determined it", digest(bundleFrom(policyText(RULES.replace("expires: 30m", "expires: 31m"))))],
    [
      "a definition that such a rule uses",
      digest(bundleFrom(policyText(RULES.replace("keepJoin: true", "keepJoin: false")))),
    ],
    ["a grant that covered it", digest(bundleFrom(policyText(RULES.replace("PROD.*", "PROD.ANALYTICS.*"))))],
  ])("%s", (_what, other) => expect(other).not.toBe(APPROVED));
  test("the order of a request's statements", () => {
    const decision = decide(BUNDLE, BASE, "statement", CRYPTO);
    const one = { sqlDigest: "aa", bindsDigest: null, facts: BASE, decision };
    const two = { ...one, sqlDigest: "bb" };
    const both = (statements: ApprovalInput["statements"]) =>
      approvalDigest({ bundle: BUNDLE, sessionParameters: {}, statements }, CRYPTO);
    expect(both([one, two])).not.toBe(both([two, one]));
  });
});
