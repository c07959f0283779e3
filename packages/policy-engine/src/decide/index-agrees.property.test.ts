/**
 * The index never loses a rule: on random policies and statements, the indexed search finds exactly the rules
 * that asking every one of them finds.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Action } from "../facts.ts";
import { access, bundleOf, DEVIN, facts, statement } from "../testing/example-facts.ts";
import { findGrants } from "./grants.ts";
import { findGuardrails } from "./guardrails.ts";
import { grantCovers, guardrailMatches } from "./match.ts";
import { newSituation } from "./situation.ts";

const part = fc.constantFrom("A", "B", "AB");
const pattern = fc.oneof(
  fc.constant("*"),
  fc.tuple(part).map(([a]) => `${a}.*`),
  fc.tuple(part, part).map(([a, b]) => `${a}.${b}.*`),
  fc.tuple(part, part, part).map(([a, b, c]) => `${a}.${b}.${c}`),
  fc.tuple(part, part, part).map(([a, b, c]) => `${a}.*${b}.${c}`),
  fc.tuple(part, part).map(([a, b]) => `table/A.${a}.*${b}`),
);
const verbs = fc.uniqueArray(fc.constantFrom<Action>("read", "delete", "unknown", "session", "insert"), { minLength: 1, maxLength: 3 });
const tags = fc.uniqueArray(fc.constantFrom("pii", "ssn", "free-text"), { minLength: 1, maxLength: 2 });
const grant = fc.record({ group: fc.constantFrom("agents", "others"), verbs, on: fc.array(pattern, { minLength: 1, maxLength: 2 }) });
const guardrail = fc.record({
  verbs: fc.option(verbs), on: fc.option(fc.array(pattern, { minLength: 1, maxLength: 2 })), tags: fc.option(tags),
  at: fc.constantFrom("statement", "result"), used: fc.boolean(),
});
const oneAccess = fc.record({ action: fc.constantFrom<Action>("read", "delete", "session", "insert"), name: fc.array(part, { maxLength: 3 }), column: fc.constantFrom("X", "Y", "*") });
const request = fc.record({ accesses: fc.array(oneAccess, { maxLength: 3 }), complete: fc.boolean(), tagged: fc.boolean(), moment: fc.constantFrom("statement", "result") });

const list = (items: readonly string[]) => `[${items.map((item) => `'${item}'`).join(", ")}]`;

test("the index finds exactly the rules that match", () => {
  const reached = { granted: 0, guarded: 0, unknown: 0 };
  fc.assert(fc.property(fc.array(grant, { maxLength: 6 }), fc.array(guardrail, { maxLength: 6 }), request, (grants, guardrails, asked) => {
    const body = [
      ...(grants.length === 0 ? [] : ["grants:", ...grants.map((one, i) => `  - { id: g${i}, who: { groups: [${one.group}] }, may: ${list(one.verbs)}, on: ${list(one.on.map((on) => `snowflake:${on}`))} }`)]),
      ...(guardrails.length === 0 ? [] : ["guardrails:", ...guardrails.map((one, i) => {
        const parts = [
          ...(one.verbs === null ? [] : [`to: ${list(one.verbs)}`]),
          ...(one.on === null ? [] : [`on: ${list(one.on.map((on) => `snowflake:${on}`))}`]),
          ...(one.tags === null ? [] : [`columns: { tagged: ${list(one.tags)} }`]),
          ...(one.used && one.tags !== null ? ["used: [predicate]"] : []),
        ];
        return `  - { id: r${i}, ${[...parts, `at: ${one.at}`, "deny: no"].join(", ")} }`;
      })]),
    ].join("\n");
    const bundle = bundleOf(`${body}\n`);
    const accesses = asked.accesses.map((one) => access(one.action, one.name.join("."), [one.column]));
    const columnTags = asked.tagged ? Object.fromEntries(accesses.map((one) => [`${one.object}.X`, ["pii"]])) : {};
    const indirect = Object.keys(columnTags).map((column) => ({ column, used: ["predicate" as const] }));
    const one = facts(statement({ accesses, complete: asked.complete, tags: columnTags, indirect }), { principal: DEVIN });
    const situation = newSituation(bundle.compiled, one, asked.moment);

    const covering = bundle.compiled.grants.filter((each) => situation.accesses.some((view) => grantCovers(each, view, situation)));
    expect(findGrants(situation).because.map((ref) => ref.rule)).toEqual(covering.map((each) => each.rule.id));
    const matching = bundle.compiled.guardrails.filter((each) => (each.rule.at === "statement" || asked.moment === "result") && guardrailMatches(each, situation));
    expect(findGuardrails(situation).matched.map((each) => each.rule.id)).toEqual(matching.map((each) => each.rule.id));
    if (covering.length > 0) reached.granted++;
    if (matching.length > 0) reached.guarded++;
    if (!asked.complete) reached.unknown++;
  }), { numRuns: 600 });
  expect(Math.min(reached.granted, reached.guarded, reached.unknown)).toBeGreaterThan(50);
});
