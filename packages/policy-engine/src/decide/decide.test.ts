/**
 * The sentences of the language's semantics (docs/reference/policy-language.md), one test or more for each,
 * with the sentence as its name.
 */
import { describe, expect, test } from "vitest";
import type { Decision, DecisionFacts, Moment } from "../decision.ts";
import type { Bundle } from "../policy/bundle.ts";
import {
  access,
  bundleOf,
  CUSTOMERS,
  DEVIN,
  facts,
  output,
  PLAIN_CRYPTO,
  selectOf,
  statement,
} from "../testing/example-facts.ts";
import { decide } from "./decide.ts";

const GRANT = `
grants:
  - { id: read-analytics, who: { groups: [agents] }, may: [read], on: ["snowflake:PROD.ANALYTICS.*"] }
`;
const WRITES = `
grants:
  - { id: write-analytics, who: { groups: [agents] }, may: [read, write, delete], on: ["snowflake:PROD.ANALYTICS.*"] }
`;
const DEFINE = `
define:
  approvals:
    steward: { from: [data-stewards], expires: 30m, uses: 5 }
    stewards: { from: [data-stewards], count: 2, never: [requester], expires: 1h, uses: 1 }
    dba: { from: [dba] }
  masks:
    pseudonym: { method: hmac, keepJoin: true }
    other: { method: hmac }
    tail: { method: partial, keep: last4 }
`;
const guard = (rule: string) => `${DEFINE}guardrails:\n  - { id: guard, ${rule} }\n`;

function ask(bundle: Bundle, asked: DecisionFacts, moment: Moment = "statement"): Decision {
  return decide(bundle, asked, moment, PLAIN_CRYPTO);
}
const ids = (refs: readonly { readonly rule: string }[]) => refs.map((ref) => ref.rule);
const del = (hasWhere: boolean | null) =>
  statement({
    class: "delete",
    accesses: [access("delete", CUSTOMERS)],
    hasWhere,
    whereIsAlwaysTrue: hasWhere === null ? null : false,
  });

describe("1. Two kinds of rule, no order, no priority", () => {
  const rules = [
    GRANT,
    guard("columns: { tagged: [pii] }, mask: redact"),
    `guardrails:\n  - { id: small, limit: { rows: 10 } }\n`,
  ];
  test("files reordered decide the same, but for where rules point", () => {
    const plain = (decision: Decision) =>
      JSON.stringify({ ...decision, bundleDigest: "" }).replace(/"(policy|file)":"[^"]*"/g, "");
    const asked = facts(selectOf("ID", "EMAIL"));
    expect(plain(ask(bundleOf(...rules), asked))).toBe(plain(ask(bundleOf(...rules.toReversed()), asked)));
  });
  test("grants only widen: adding one turns no allow into a denial", () => {
    const narrow = `grants:\n  - { id: other, who: { groups: [agents] }, may: [read], on: ["snowflake:PROD.*"], with: { roles: [R] } }\n`;
    const asked = facts(selectOf("ID"));
    expect(ask(bundleOf(GRANT), asked).effect).toBe("allow");
    const both = ask(bundleOf(GRANT, narrow), asked);
    expect(both.effect).toBe("allow");
    expect(both.roles).toBeNull();
  });
  test("guardrails only narrow: one alone allows nothing", () => {
    expect(ask(bundleOf(guard("limit: { rows: 10 }")), facts()).effect).toBe("deny");
  });
});

describe("2. Every access needs a grant; all guardrails that match any access are joined", () => {
  const two = statement({ accesses: [access("read", CUSTOMERS), access("read", "PROD.RAW.IMPORT")] });
  test("one access without a grant is enough to deny", () => {
    expect(ask(bundleOf(GRANT), facts(two)).effect).toBe("deny");
  });
  test("a guardrail on any access counts for the statement", () => {
    const all = `grants:\n  - { id: all, who: { groups: [agents] }, may: [read], on: ["snowflake:PROD.*"] }\n`;
    expect(ids(ask(bundleOf(all, guard(`on: ["snowflake:PROD.RAW.*"], deny: no`)), facts(two)).because)).toEqual([
      "guard",
    ]);
  });
  test("a grant limited to columns covers only them, predicates included", () => {
    const columns = `grants:\n  - { id: two, who: { groups: [agents] }, may: [read], on: ["snowflake:PROD.ANALYTICS.CUSTOMERS(ID, COUNTRY)"] }\n`;
    const bundle = bundleOf(columns);
    expect(ask(bundle, facts(selectOf("ID", "COUNTRY"))).effect).toBe("allow");
    const denied = ask(bundle, facts(selectOf("ID", "SSN")));
    expect(denied.effect).toBe("deny");
    expect(denied.near[0]?.missing).toBe("only columns ID, COUNTRY");
    expect(ask(bundle, facts(statement({ accesses: [access("read", CUSTOMERS, ["*"])] }))).effect).toBe("deny");
  });
  test.each([
    ["snowflake:PROD.ANALYTICS.CUSTOMERS", "allow"],
    ["snowflake:PROD.ANALYTICS.*", "allow"],
    ["snowflake:PROD.*", "allow"],
    ["snowflake:*", "allow"],
    ["demo:PROD.*", "allow"],
    ["snowflake:PROD.ANALYTICS.CUST*", "allow"],
    ["snowflake:PROD.A*S.C*M*S", "allow"],
    ["snowflake:table/PROD.*", "allow"],
    ["snowflake:view/PROD.*", "deny"],
    ["other:PROD.*", "deny"],
    ["snowflake:PROD.ANALYTICS", "deny"],
    ["snowflake:PROD", "deny"],
    ["snowflake:PROD.ANALYTICS.CUST", "deny"],
    ["snowflake:PROD.A*.CUSTOMERS.*", "deny"],
    ['snowflake:"prod".*', "deny"],
    ['snowflake:PROD.ANALYTICS."CUST*"', "deny"],
  ])("a grant on %s: %s", (on, effect) => {
    const bundle = bundleOf(`grants:\n  - { id: one, who: { groups: [agents] }, may: [read], on: ['${on}'] }\n`);
    expect(ask(bundle, facts()).effect).toBe(effect);
  });
});

describe("3. deny > hold > allow. No grant for some access: deny", () => {
  const hold = guard("to: [read], require: steward");
  const deny = `guardrails:\n  - { id: never, to: [read], deny: "Never." }\n`;
  test("a hold beats an allow", () => expect(ask(bundleOf(GRANT, hold), facts()).effect).toBe("hold"));
  test("a denial beats a hold", () => expect(ask(bundleOf(GRANT, hold, deny), facts()).effect).toBe("deny"));
  test("a hold can't stand in for a grant", () => expect(ask(bundleOf(hold), facts()).effect).toBe("deny"));
  test("the empty bundle denies", () => expect(ask(bundleOf(""), facts()).effect).toBe("deny"));
});

describe("4. Joins, strictest wins", () => {
  test("all denying rules are reported", () => {
    const more = `guardrails:\n  - { id: a, deny: "A." }\n  - { id: b, deny: "B." }\n`;
    expect(ids(ask(bundleOf(GRANT, more), facts()).because)).toEqual(["a", "b"]);
  });
  test("approvals of one group: larger count, shorter expiry, fewer uses, union of never; others stand beside", () => {
    const rules = `${DEFINE}guardrails:\n  - { id: a, require: steward }\n  - { id: b, require: stewards }\n  - { id: c, require: dba }\n`;
    const { approvals } = ask(bundleOf(GRANT, rules), facts());
    expect(
      approvals.map(({ from, count, expiresSeconds, uses, never }) => ({ from, count, expiresSeconds, uses, never })),
    ).toEqual([
      { from: ["data-stewards"], count: 2, expiresSeconds: 1800, uses: 1, never: ["delegator", "requester"] },
      { from: ["dba"], count: 1, expiresSeconds: 1800, uses: 1, never: ["delegator", "requester"] },
    ]);
  });
  test("limits: the minimum of each", () => {
    const rules = `guardrails:\n  - { id: a, limit: { rows: 10, seconds: 60, bytes: 1GiB } }\n  - { id: b, limit: { rows: 20, seconds: 30, statements: 5/h } }\n`;
    expect(ask(bundleOf(GRANT, rules), facts()).limits).toEqual({
      rows: 10,
      seconds: 30,
      bytes: 1024 ** 3,
      statementsPerHour: 5,
    });
  });
  test("roles and warehouses: intersection over the accesses of a statement, and nothing in common denies", () => {
    const grant = (id: string, object: string, roles: string) =>
      `  - { id: ${id}, who: { groups: [agents] }, may: [read], on: ["snowflake:${object}"], with: { roles: [${roles}] } }\n`;
    const two = statement({ accesses: [access("read", "A.B.C"), access("read", "D.E.F")] });
    const some = bundleOf(`grants:\n${grant("one", "A.B.C", "R1, R2")}${grant("two", "D.E.F", "R2, R3")}`);
    expect(ask(some, facts(two)).roles).toEqual(["R2"]);
    const none = bundleOf(`grants:\n${grant("one", "A.B.C", "R1")}${grant("two", "D.E.F", "R3")}`);
    expect(ask(none, facts(two)).effect).toBe("deny");
  });
  test("a grant that allows certain roles doesn't cover a session in another", () => {
    const bundle = bundleOf(
      `grants:\n  - { id: r, who: { groups: [agents] }, may: [read], on: ["snowflake:*"], with: { roles: [READER] } }\n`,
    );
    const session = { ...facts().session, role: "ACCOUNTADMIN" };
    expect(ask(bundle, facts(statement(), { session })).effect).toBe("deny");
    expect(ask(bundle, facts(statement(), { session: { ...session, role: "READER" } })).effect).toBe("allow");
  });
});

describe("5. Exceptions stand only inside a guardrail", () => {
  const bundle = bundleOf(GRANT, guard(`deny: no, except: { groups: [dpo] }`));
  test("it binds everyone else", () => expect(ask(bundle, facts()).effect).toBe("deny"));
  test("it spares the excepted", () =>
    expect(ask(bundle, facts(statement(), { principal: { ...DEVIN, groups: ["agents", "dpo"] } })).effect).toBe(
      "allow",
    ));
  test("an exception that can't be known doesn't stand", () => {
    const byIssuer = bundleOf(GRANT, guard(`deny: no, except: { issuer: "https://idp" }`));
    expect(ask(byIssuer, facts()).effect).toBe("deny");
    expect(ask(byIssuer, facts(statement(), { principal: { ...DEVIN, issuer: "https://idp" } })).effect).toBe("allow");
  });
});

describe("6. A missing fact or an error in `when` counts as a match for a guardrail and as no match for a grant", () => {
  const granted = (when: string) =>
    bundleOf(
      `grants:\n  - { id: g, who: { groups: [agents] }, may: [read, delete], on: ["snowflake:*"], when: "${when}" }\n`,
    );
  const guarded = (when: string) =>
    bundleOf(
      `grants:\n  - { id: g, who: { groups: [agents] }, may: [read, delete], on: ["snowflake:*"] }\n`,
      guard(`when: "${when}", deny: no`),
    );
  test.each([
    ["stmt.hasWhere", true, "allow", "deny"],
    ["stmt.hasWhere", false, "deny", "allow"],
    ["stmt.hasWhere", null, "deny", "deny"],
    ["!stmt.hasWhere", null, "deny", "deny"],
    ["stmt.hasWhere || true", null, "allow", "deny"],
    ["stmt.hasWhere && false", null, "deny", "allow"],
    ["stmt.limit > 5", null, "deny", "deny"],
    ["session.role == 'X'", null, "deny", "deny"],
    ["stmt.hasWhere ? true : false", null, "deny", "deny"],
    ["has(stmt.limit)", null, "deny", "allow"],
  ])("%s with hasWhere %s: a grant %s, a guardrail %s", (when, hasWhere, withGrant, withGuardrail) => {
    expect(ask(granted(when), facts(del(hasWhere))).effect).toBe(withGrant);
    expect(ask(guarded(when), facts(del(hasWhere))).effect).toBe(withGuardrail);
  });
  test("a moment that can't be read closes a grant's window and opens a guardrail's", () => {
    const windows = `define:\n  windows: { day: { from: "00:00", to: "24:00", zone: UTC } }\n`;
    const grant = bundleOf(
      `${windows}grants:\n  - { id: g, who: { groups: [agents] }, may: [read], on: ["snowflake:*"], during: day }\n`,
    );
    const rail = bundleOf(GRANT, `${windows}guardrails:\n  - { id: night, during: day, deny: no }\n`);
    const asked = facts(statement(), { at: "soon" });
    expect(ask(grant, asked).effect).toBe("deny");
    expect(ask(rail, asked).effect).toBe("deny");
  });
  test("claims that nobody recorded: no grant, but the guardrail", () => {
    const claimed = `who: { claims: { env: prod } }`;
    expect(
      ask(bundleOf(`grants:\n  - { id: g, ${claimed}, may: [read], on: ["snowflake:*"] }\n`), facts()).effect,
    ).toBe("deny");
    expect(ask(bundleOf(GRANT, guard(`${claimed}, deny: no`)), facts()).effect).toBe("deny");
    const other = { ...DEVIN, claims: { env: "dev" } };
    expect(ask(bundleOf(GRANT, guard(`${claimed}, deny: no`)), facts(statement(), { principal: other })).effect).toBe(
      "allow",
    );
  });
});

describe("7. SQL that is not fully understood is the action `unknown`; no grant names it by default", () => {
  const unclear = statement({
    accesses: [access("read", CUSTOMERS)],
    complete: false,
    reasons: [{ code: "UNPARSED", text: "An odd clause", at: 7 }],
  });
  test("it is denied although everything it names is granted, and says so", () => {
    const denied = ask(
      bundleOf(
        `grants:\n  - { id: all, who: { groups: [agents] }, may: [read, write, delete, ddl, session], on: ["snowflake:*"] }\n`,
      ),
      facts(unclear),
    );
    expect(denied.effect).toBe("deny");
    expect(denied.complete).toBe(false);
    expect(denied.reasons).toHaveLength(1);
    expect(denied.sentence).toContain("An odd clause");
  });
  const trusted = `grants:\n  - { id: u, who: { groups: [agents] }, may: [read, unknown], on: ["snowflake:*"] }\n`;
  test("a grant may name it", () => expect(ask(bundleOf(trusted), facts(unclear)).effect).toBe("allow"));
  test("what might need masking stays denied even so", () => {
    expect(
      ids(ask(bundleOf(trusted, guard("columns: { tagged: [pii] }, mask: redact")), facts(unclear)).because),
    ).toEqual(["guard"]);
  });
  test("a guardrail over objects can't know that it isn't meant", () => {
    expect(
      ask(
        bundleOf(trusted, guard(`on: ["snowflake:PROD.RAW.*"], deny: no`)),
        facts(statement({ accesses: [], complete: false })),
      ).effect,
    ).toBe("deny");
  });
  test("`onUncertain: hold` holds it", () => {
    expect(
      ask(bundleOf(trusted, guard("columns: { tagged: [pii] }, onUncertain: hold, require: steward")), facts(unclear))
        .effect,
    ).toBe("hold");
  });
});

describe("8. `when` is CEL over a typed, closed list of factors", () => {
  test.each([
    ["stmt.class == 'select'", true],
    ["stmt.class in ['insert', 'select']", true],
    ["'read' in stmt.actions", true],
    ["stmt.objects == ['PROD.ANALYTICS.CUSTOMERS']", true],
    ["size(stmt.actions) == 1 && stmt.columns == 1", true],
    ["principal.kind == 'agent' && principal.agent.startsWith('dev')", true],
    ["principal.delegator != 'ana'", false],
    ["re2(principal.id, '^devin-[0-9]+$')", true],
    ["re2(principal.id, '^vic')", false],
    ["batch.count * 2 - 1 == 1", true],
    ["-batch.count < 0", true],
    ["session.inTransaction", false],
    ["connection == 'demo' ? stmt.complete : false", true],
  ])("%s is %s", (when, expected) => {
    const bundle = bundleOf(
      `grants:\n  - id: g\n    who: { groups: [agents] }\n    may: [read]\n    on: ["snowflake:*"]\n    when: "${when}"\n`,
    );
    expect(ask(bundle, facts(selectOf("ID"))).effect).toBe(expected ? "allow" : "deny");
  });
});

describe("10. `decide` is pure and total", () => {
  test("it changes neither bundle nor facts, and gives the same answer twice", () => {
    const bundle = bundleOf(GRANT, guard("columns: { tagged: [pii] }, mask: pseudonym"));
    const asked = facts(selectOf("ID", "EMAIL"));
    const before = JSON.stringify(asked);
    const first = ask(bundle, asked);
    expect(ask(bundle, asked)).toEqual(first);
    expect(JSON.stringify(asked)).toBe(before);
  });
  test("each decision carries the digests of facts, bundle and engine", () => {
    const bundle = bundleOf(GRANT);
    const decision = ask(bundle, facts());
    expect(decision.bundleDigest).toBe(bundle.digest);
    expect(decision.factsDigest).not.toBe(ask(bundle, facts(statement(), { connection: "other" })).factsDigest);
    expect(decision.engine).toMatch(/^@sluice\/policy-engine@/);
  });
});

describe("11. A decision explains itself", () => {
  test("because names the grant and the guardrail that masked, with policy, file and line", () => {
    const decision = ask(
      bundleOf(GRANT, guard("columns: { tagged: [pii] }, mask: pseudonym")),
      facts(selectOf("ID", "EMAIL")),
    );
    expect(decision.because).toEqual([
      { rule: "read-analytics", policy: "example1", file: "policy1.yaml", line: 6 },
      { rule: "guard", policy: "example2", file: "policy2.yaml", line: 15 },
    ]);
    expect(decision.masks.columns[0]).toMatchObject({
      ordinal: 1,
      name: "EMAIL",
      label: "pseudonym",
      edge: `${CUSTOMERS}.EMAIL`,
    });
  });
  test("near names the grant and the one thing that was missing", () => {
    const windows = `define:\n  windows: { hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00", zone: Europe/Madrid } }\n`;
    const bundle = bundleOf(
      `${windows}grants:\n  - { id: day, who: { groups: [agents] }, may: [read], on: ["snowflake:PROD.*"], during: hours }\n  - { id: far, who: { groups: [other] }, may: [write], on: ["snowflake:X.*"] }\n`,
    );
    const night = ask(bundle, facts(statement(), { at: "2026-01-06T22:00:00Z" }));
    expect(night.near.map(({ rule, missing }) => [rule, missing])).toEqual([["day", "only during `hours`"]]);
    expect(night.sentence).toContain("only during `hours`");
  });
  test("a denial over columns says which to leave out", () => {
    const { sentence } = ask(
      bundleOf(GRANT, guard(`columns: { tagged: [ssn] }, deny: "No."`)),
      facts(selectOf("ID", "SSN")),
    );
    expect(sentence).toBe("Denied: read PROD.ANALYTICS.CUSTOMERS, by rule `guard`. No. Leave out column `SSN`.");
  });
  test("a hold for want of a WHERE says to add one", () => {
    const { sentence } = ask(
      bundleOf(WRITES, guard(`to: [delete], when: "!stmt.hasWhere", require: steward`)),
      facts(del(false)),
    );
    expect(sentence).toBe(
      "Held: delete from PROD.ANALYTICS.CUSTOMERS needs approval by 1 of data-stewards, by rule `guard`. Add a WHERE that doesn't hold for every row.",
    );
  });
});

describe("12. A statement without accesses counts as one access `session` on its connection", () => {
  const bare = facts(statement({ accesses: [] }));
  test("it needs a grant like any other", () => expect(ask(bundleOf(GRANT), bare).effect).toBe("deny"));
  test("a grant of `session` covers it", () => {
    expect(
      ask(
        bundleOf(`grants:\n  - { id: s, who: { groups: [agents] }, may: [session], on: ["snowflake:session/*"] }\n`),
        bare,
      ).effect,
    ).toBe("allow");
  });
});

describe("13. Rules speak at three moments", () => {
  const rules = bundleOf(
    GRANT,
    `${DEFINE}guardrails:\n  - { id: big, to: [read], at: result, when: result.rows > 100, require: steward }\n  - { id: slow, who: { groups: [others] }, at: result, deny: no }\n`,
  );
  const result = (rows: number) => facts(statement(), { result: { rows, columns: [] } });
  test("at the statement a rule of the result is silent, but is announced", () => {
    const decision = ask(rules, facts());
    expect([decision.effect, decision.asksAtResult]).toEqual(["allow", true]);
  });
  test("at the result it decides", () => {
    expect(ask(rules, result(100), "result").effect).toBe("allow");
    expect(ask(rules, result(101), "result").effect).toBe("hold");
    expect(ask(rules, facts(), "result").effect).toBe("hold");
  });
  test("what can't speak for this caller doesn't delay the result", () => {
    expect(
      ask(bundleOf(GRANT, `guardrails:\n  - { id: slow, who: { groups: [others] }, at: result, deny: no }\n`), facts())
        .asksAtResult,
    ).toBe(false);
  });
  test("an approval of the statement isn't asked for again at the result, a denial is", () => {
    const held = bundleOf(GRANT, guard("to: [read], require: steward"));
    expect(ask(held, result(1), "result").effect).toBe("allow");
    expect(ask(bundleOf(GRANT, guard("to: [read], deny: no")), result(1), "result").effect).toBe("deny");
  });
  const secrets = bundleOf(GRANT, `guardrails:\n  - { id: secrets, literals: [secret], deny: no }\n`);
  test("`literals` speaks on the way in and with the statement", () => {
    const carrying = facts(statement(), { literals: ["secret"] });
    expect(ask(secrets, carrying, "literals").effect).toBe("deny");
    expect(ask(secrets, carrying).effect).toBe("deny");
    expect(ask(secrets, facts(), "literals").effect).toBe("allow");
    expect(ask(secrets, facts(statement(), { literals: ["card"] })).effect).toBe("allow");
  });
  test("a mask that comes back in a statement is refused whatever the bundle says", () => {
    const denied = ask(bundleOf(GRANT), facts(statement(), { literals: ["mask-token"] }));
    expect([denied.effect, ids(denied.because)]).toEqual(["deny", ["mask-written-back"]]);
  });
});

describe("the rest of the language", () => {
  test("`used` sees columns that steer, not columns that are shown", () => {
    const bundle = bundleOf(GRANT, guard(`columns: { tagged: [pii] }, used: [predicate, join], deny: "No."`));
    const where = (used: "predicate" | "order") =>
      statement({
        accesses: [access("read", CUSTOMERS, ["EMAIL", "ID"])],
        outputs: [output("ID", [[`${CUSTOMERS}.ID`, "bare"]])],
        indirect: [{ column: `${CUSTOMERS}.EMAIL`, used: [used] }],
      });
    expect(ask(bundle, facts(selectOf("EMAIL"))).effect).toBe("allow");
    expect(ask(bundle, facts(where("order"))).effect).toBe("allow");
    const denied = ask(bundle, facts(where("predicate")));
    expect(denied.effect).toBe("deny");
    expect(denied.sentence).toContain("Use column `EMAIL` only in the output list.");
  });
  test("`write` covers insert, update and merge, `ddl` its seven, and neither covers delete", () => {
    const bundle = bundleOf(
      `grants:\n  - { id: w, who: { groups: [agents] }, may: [write, ddl], on: ["snowflake:*"] }\n`,
    );
    for (const action of [
      "insert",
      "update",
      "merge",
      "create",
      "alter",
      "drop",
      "drop-database",
      "drop-schema",
      "undrop",
      "clone",
    ] as const) {
      expect(ask(bundle, facts(statement({ accesses: [access(action, CUSTOMERS)] }))).effect).toBe("allow");
    }
    for (const action of ["delete", "truncate", "dcl", "unknown"] as const)
      expect(ask(bundle, facts(statement({ accesses: [access(action, CUSTOMERS)] }))).effect).toBe("deny");
  });
  test("`who` parts must all hold", () => {
    const grant = (who: string) => bundleOf(`grants:\n  - { id: g, who: ${who}, may: [read], on: ["snowflake:*"] }\n`);
    expect(ask(grant("{ agents: [devin], delegators: { groups: [analysts] } }"), facts()).effect).toBe("allow");
    expect(ask(grant("{ agents: [devin], delegators: { groups: [others] } }"), facts()).effect).toBe("deny");
    expect(ask(grant("{ kinds: [human], groups: [agents] }"), facts()).effect).toBe("deny");
    expect(
      ask(
        grant(`{ issuer: "https://i", claims: { ref: main } }`),
        facts(statement(), { principal: { ...DEVIN, issuer: "https://i", claims: { ref: "main" } } }),
      ).effect,
    ).toBe("allow");
  });
  test("`record` keeps the fewest rows that any rule says", () => {
    expect(ask(bundleOf(GRANT), facts()).recordRowsMax).toBe(10_000);
    expect(
      ask(
        bundleOf(GRANT, `guardrails:\n  - { id: a, record: { rows: 50 } }\n  - { id: b, record: { rows: 1000 } }\n`),
        facts(),
      ).recordRowsMax,
    ).toBe(50);
  });
  test("columns.except spares what it names, visibly at the rule", () => {
    const bundle = bundleOf(GRANT, guard("columns: { tagged: [pii], except: [email] }, mask: redact"));
    expect(ask(bundle, facts(selectOf("EMAIL", "SSN"))).masks.columns.map((column) => column.name)).toEqual(["SSN"]);
  });
});
