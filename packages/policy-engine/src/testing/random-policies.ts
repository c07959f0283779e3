/**
 * Random policies and statements for property tests, over few names so that rules and statements meet often.
 * Never used by the engine itself.
 */
import fc from "fast-check";
import type { DecisionFacts, Moment } from "../decision.ts";
import type { Action } from "../facts.ts";
import { access, DEVIN, facts, statement } from "./example-facts.ts";

const part = fc.constantFrom("A", "B", "AB");
const pattern = fc.oneof(
  { weight: 4, arbitrary: fc.constant("*") },
  fc.tuple(part).map(([a]) => `${a}.*`),
  fc.tuple(part, part).map(([a, b]) => `${a}.${b}.*`),
  fc.tuple(part, part, part).map(([a, b, c]) => `${a}.${b}.${c}`),
  fc.tuple(part, part, part).map(([a, b, c]) => `${a}.*${b}.${c}`),
  fc.tuple(part, part).map(([a, b]) => `table/A.${a}.*${b}`),
);
const patterns = fc.array(pattern, { minLength: 1, maxLength: 2 });
const verbs = fc.uniqueArray(fc.constantFrom<Action>("read", "delete", "unknown", "session", "insert"), {
  minLength: 1,
  maxLength: 3,
});
const tags = fc.uniqueArray(fc.constantFrom("pii", "ssn", "free-text"), { minLength: 1, maxLength: 2 });
const condition = fc.constantFrom(
  "stmt.hasWhere",
  "!stmt.hasWhere",
  "stmt.limit > 5",
  "principal.kind == 'agent'",
  "stmt.complete",
);
const effect = fc.constantFrom(
  "deny: no",
  "require: { from: [stewards] }",
  "mask: redact",
  "limit: { rows: 5 }",
  "columns: { tagged: [pii] }, onUncertain: hold, require: { from: [dba] }",
);

const list = (items: readonly string[]) => `[${items.map((item) => `'${item}'`).join(", ")}]`;
const objects = (on: readonly string[]) => list(on.map((one) => `snowflake:${one}`));
const optional = <T>(value: T | null, write: (value: T) => string): readonly string[] =>
  value === null ? [] : [write(value)];

/** The body of a grant, without its id. */
export const randomGrant: fc.Arbitrary<string> = fc
  .record({
    group: fc.constantFrom("agents", "others"),
    verbs,
    on: patterns,
    when: fc.option(condition, { freq: 2 }),
    role: fc.nat(4).map((n) => n === 0),
  })
  .map((one) =>
    [
      `who: { groups: [${one.group}] }`,
      `may: ${list(one.verbs)}`,
      `on: ${objects(one.on)}`,
      ...optional(one.when, (when) => `when: "${when}"`),
      ...(one.role ? ["with: { roles: [R] }"] : []),
    ].join(", "),
  );

/** The body of a guardrail, without its id. */
export const randomGuardrail: fc.Arbitrary<string> = fc
  .record({
    verbs: fc.option(verbs),
    on: fc.option(patterns),
    tags: fc.option(tags),
    at: fc.constantFrom("statement", "result"),
    used: fc.boolean(),
    when: fc.option(condition, { freq: 2 }),
    except: fc.option(fc.constantFrom("agents", "others")),
    effect,
  })
  .map((one) => {
    const hasColumns = one.effect.startsWith("columns");
    const columns =
      one.tags === null || hasColumns
        ? []
        : [`columns: { tagged: ${list(one.tags)} }`, ...(one.used ? ["used: [predicate]"] : [])];
    return [
      ...optional(one.verbs, (to) => `to: ${list(to)}`),
      ...optional(one.on, (on) => `on: ${objects(on)}`),
      ...columns,
      ...optional(one.when, (when) => `when: "${when}"`),
      ...optional(one.except, (group) => `except: { groups: [${group}] }`),
      `at: ${one.at}`,
      one.effect,
    ].join(", ");
  });

/** The body of a policy; ids are `g0`, `g1` … and `r0`, `r1` …. */
export function bodyOf(grants: readonly string[], guardrails: readonly string[]): string {
  const section = (name: string, letter: string, rules: readonly string[]) =>
    rules.length === 0 ? "" : `${name}:\n${rules.map((rule, i) => `  - { id: ${letter}${i}, ${rule} }\n`).join("")}`;
  return section("grants", "g", grants) + section("guardrails", "r", guardrails);
}

const oneAccess = fc.record({
  action: fc.constantFrom<Action>("read", "delete", "session", "insert"),
  name: fc.array(part, { maxLength: 3 }),
  column: fc.constantFrom("X", "Y", "*"),
});

export interface RandomRequest {
  readonly facts: DecisionFacts;
  readonly moment: Moment;
}

export const randomRequest: fc.Arbitrary<RandomRequest> = fc
  .record({
    accesses: fc.array(oneAccess, { maxLength: 3 }),
    complete: fc.boolean(),
    tagged: fc.boolean(),
    hasWhere: fc.option(fc.boolean()),
    role: fc.option(fc.constantFrom("R", "Q")),
    moment: fc.constantFrom<Moment>("statement", "result"),
  })
  .map((asked) => {
    const accesses = asked.accesses.map((one) => access(one.action, one.name.join("."), [one.column]));
    const columnTags = asked.tagged ? Object.fromEntries(accesses.map((one) => [`${one.object}.X`, ["pii"]])) : {};
    const indirect = Object.keys(columnTags).map((column) => ({ column, used: ["predicate" as const] }));
    const one = statement({ accesses, complete: asked.complete, tags: columnTags, indirect, hasWhere: asked.hasWhere });
    return {
      facts: facts(one, { principal: DEVIN, session: { ...facts().session, role: asked.role } }),
      moment: asked.moment,
    };
  });
