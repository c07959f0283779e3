/**
 * The index never loses a rule: on random policies and statements, the indexed search finds exactly the rules
 * that asking every one of them finds.
 */
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { bundleOf } from "../testing/example-facts.ts";
import { bodyOf, randomGrant, randomGuardrail, randomRequest } from "../testing/random-policies.ts";
import { findGrants } from "./grants.ts";
import { findGuardrails } from "./guardrails.ts";
import { grantCovers, guardrailMatches } from "./match.ts";
import { newSituation } from "./situation.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

test("the index finds exactly the rules that match", () => {
  const reached = { granted: 0, guarded: 0, unknown: 0 };
  fc.assert(
    fc.property(
      fc.array(randomGrant, { maxLength: 6 }),
      fc.array(randomGuardrail, { maxLength: 6 }),
      randomRequest,
      (grants, guardrails, { facts, moment }) => {
        const bundle = bundleOf(bodyOf(grants, guardrails));
        const situation = newSituation(bundle.compiled, facts, moment);
        const covering = bundle.compiled.grants.filter((each) =>
          situation.accesses.some((view) => grantCovers(each, view, situation)),
        );
        expect(findGrants(situation).because.map((ref) => ref.rule)).toEqual(covering.map((each) => each.rule.id));
        const matching = bundle.compiled.guardrails.filter(
          (each) => (each.rule.at === "statement" || moment === "result") && guardrailMatches(each, situation),
        );
        expect(findGuardrails(situation).matched.map((each) => each.rule.id)).toEqual(
          matching.map((each) => each.rule.id),
        );
        if (covering.length > 0) reached.granted++;
        if (matching.length > 0) reached.guarded++;
        if (!facts.statement.complete) reached.unknown++;
      },
    ),
    { numRuns: 200 },
  );
  expect(Math.min(reached.granted, reached.guarded, reached.unknown)).toBeGreaterThan(15);
});
