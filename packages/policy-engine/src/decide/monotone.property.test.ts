/**
 * Grants only widen, guardrails only narrow, and nothing depends on order: on random policies and statements.
 */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { Decision } from "../decision.ts";
import { bundleOf, PLAIN_CRYPTO } from "../testing/example-facts.ts";
import { bodyOf, randomGrant, randomGuardrail, type RandomRequest, randomRequest } from "../testing/random-policies.ts";
import { canonicalJson } from "../canonical-json.ts";
import { canonicalFacts, decide } from "./decide.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const grants = fc.array(randomGrant, { maxLength: 4 });
const guardrails = fc.array(randomGuardrail, { maxLength: 4 });
const RANK: Readonly<Record<Decision["effect"], number>> = { allow: 0, hold: 1, deny: 2 };

function effectOf(own: readonly string[], rails: readonly string[], { facts, moment }: RandomRequest): number {
  return RANK[decide(bundleOf(bodyOf(own, rails)), facts, moment, PLAIN_CRYPTO).effect];
}

test("adding a grant never makes a decision stricter", () => {
  const reached = [0, 0, 0];
  fc.assert(fc.property(grants, guardrails, randomGrant, randomRequest, (own, rails, added, request) => {
    const before = effectOf(own, rails, request);
    const after = effectOf([...own, added], rails, request);
    expect(after).toBeLessThanOrEqual(before);
    reached[after] = (reached[after] ?? 0) + 1;
  }), { numRuns: 150 });
  expect(Math.min(...reached)).toBeGreaterThan(0);
});

test("adding a guardrail never makes a decision looser", () => {
  fc.assert(fc.property(grants, guardrails, randomGuardrail, randomRequest, (own, rails, added, request) => {
    expect(effectOf(own, [...rails, added], request)).toBeGreaterThanOrEqual(effectOf(own, rails, request));
  }), { numRuns: 150 });
});

test("the order of rules and the files they stand in change nothing but where rules point", () => {
  const plain = (decision: Decision) => JSON.stringify({ ...decision, bundleDigest: "" }, (key, value: unknown) => (key === "file" || key === "line" || key === "policy" ? undefined : value));
  fc.assert(fc.property(grants, guardrails, randomRequest, (own, rails, { facts, moment }) => {
    const together = bundleOf(bodyOf(own, rails));
    const apart = bundleOf(...[...bodyOf([], rails).split(/(?=  - )/), ...bodyOf(own, []).split(/(?=  - )/)].flatMap((line, _i, lines) => (line.startsWith("  - ") ? [(lines.find((head) => head.startsWith(line.includes("{ id: g") ? "grants" : "guardrails")) ?? "") + line] : [])).toReversed());
    expect(plain(decide(apart, facts, moment, PLAIN_CRYPTO))).toBe(plain(decide(together, facts, moment, PLAIN_CRYPTO)));
  }), { numRuns: 100 });
});

test("the hashed text of facts is their canonical JSON", () => {
  fc.assert(fc.property(randomRequest, fc.option(fc.nat()), ({ facts }, rows) => {
    const asked = rows === null ? facts : { ...facts, result: { rows, columns: [{ name: "A", type: "text" }] } };
    expect(canonicalFacts(asked)).toBe(canonicalJson(asked));
  }));
});
