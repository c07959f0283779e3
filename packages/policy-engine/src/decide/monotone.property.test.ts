/**
 * Grants only widen, guardrails only narrow, and nothing depends on order: on random policies and statements.
 */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { canonicalJson } from "../canonical-json.ts";
import type { Decision } from "../decision.ts";
import { bundleOf, PLAIN_CRYPTO } from "../testing/example-facts.ts";
import { bodyOf, type RandomRequest, randomGrant, randomGuardrail, randomRequest } from "../testing/random-policies.ts";
import { canonicalFacts, decide } from "./decide.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const grants = fc.array(randomGrant, { maxLength: 4 });
const guardrails = fc.array(randomGuardrail, { maxLength: 4 });
/** Something must be allowed before anything can be narrowed. */
const BROAD = "who: { groups: [agents] }, may: [read, write, delete, session, unknown], on: ['snowflake:*']";
const RANK: Readonly<Record<Decision["effect"], number>> = { allow: 0, hold: 1, deny: 2 };

function effectOf(own: readonly string[], rails: readonly string[], { facts, moment }: RandomRequest): number {
  return RANK[decide(bundleOf(bodyOf(own, rails)), facts, moment, PLAIN_CRYPTO).effect];
}

test("adding a grant never makes a decision stricter", () => {
  let widened = 0;
  fc.assert(
    fc.property(grants, guardrails, randomGrant, randomRequest, (own, rails, added, request) => {
      const before = effectOf(own, rails, request);
      const after = effectOf([...own, added], rails, request);
      expect(after).toBeLessThanOrEqual(before);
      if (after < before) widened++;
    }),
    { numRuns: 150 },
  );
  expect(widened).toBeGreaterThan(0);
});

test("adding a guardrail never makes a decision looser", () => {
  let narrowed = 0;
  fc.assert(
    fc.property(grants, guardrails, randomGuardrail, randomRequest, (own, rails, added, request) => {
      const before = effectOf([...own, BROAD], rails, request);
      const after = effectOf([...own, BROAD], [...rails, added], request);
      expect(after).toBeGreaterThanOrEqual(before);
      if (after > before) narrowed++;
    }),
    { numRuns: 150 },
  );
  expect(narrowed).toBeGreaterThan(0);
});

test("the order of rules and the files they stand in change nothing but where rules point", () => {
  const plain = (decision: Decision) =>
    JSON.stringify({ ...decision, bundleDigest: "" }, (key, value: unknown) =>
      key === "file" || key === "line" || key === "policy" ? undefined : value,
    );
  fc.assert(
    fc.property(grants, guardrails, randomRequest, (own, rails, { facts, moment }) => {
      const together = bundleOf(bodyOf(own, rails));
      const apart = bundleOf(
        ...[...bodyOf([], rails).split(/(?= {2}- )/), ...bodyOf(own, []).split(/(?= {2}- )/)]
          .flatMap((line, _i, lines) =>
            line.startsWith("  - ")
              ? [
                  (lines.find((head) => head.startsWith(line.includes("{ id: g") ? "grants" : "guardrails")) ?? "") +
                    line,
                ]
              : [],
          )
          .toReversed(),
      );
      expect(plain(decide(apart, facts, moment, PLAIN_CRYPTO))).toBe(
        plain(decide(together, facts, moment, PLAIN_CRYPTO)),
      );
    }),
    { numRuns: 100 },
  );
});

test("the hashed text of facts is their canonical JSON", () => {
  fc.assert(
    fc.property(randomRequest, fc.option(fc.nat()), ({ facts }, rows) => {
      const asked = rows === null ? facts : { ...facts, result: { rows, columns: [{ name: "A", type: "text" }] } };
      expect(canonicalFacts(asked)).toBe(canonicalJson(asked));
    }),
  );
});
