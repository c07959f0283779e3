/**
 * Masking by lineage: what each shape of output takes.
 */
import { describe, expect, test } from "vitest";
import type { MaskPlan } from "../decision.ts";
import type { LineageVia, StatementFacts } from "../facts.ts";
import {
  access,
  bundleOf,
  CUSTOMERS,
  facts,
  output,
  PLAIN_CRYPTO,
  selectOf,
  statement,
} from "../testing/example-facts.ts";
import { decide } from "./decide.ts";

const BUNDLE = bundleOf(`
define:
  masks:
    pseudonym: { method: hmac, keepJoin: true }
    apart: { method: hmac }
    tail: { method: partial, keep: last4 }
grants:
  - { id: read, who: { groups: [agents] }, may: [read, write, create, unload, session], on: ["snowflake:*"] }
guardrails:
  - { id: emails, columns: { tagged: [email, name] }, mask: pseudonym }
  - { id: phones, columns: { tagged: [phone] }, mask: tail }
  - { id: numbers, columns: { tagged: [ssn] }, mask: null }
  - { id: notes, columns: { tagged: [free-text] }, scan: [card, ssn] }
  - { id: everything, scan: [secret] }
`);

function planFor(one: StatementFacts, bundle = BUNDLE): MaskPlan {
  return decide(bundle, facts(one), "statement", PLAIN_CRYPTO).masks;
}
const shape = (...edges: readonly (readonly [string, LineageVia])[]) =>
  statement({
    outputs: [
      output(
        "X",
        edges.map(([column, via]): [string, LineageVia] => [`${CUSTOMERS}.${column}`, via]),
      ),
    ],
  });
const labelOf = (one: StatementFacts) => planFor(one).columns[0]?.label ?? "none";

describe("the column's own method only where it arrives bare", () => {
  test.each<[string, readonly (readonly [string, LineageVia])[], string]>([
    ["bare", [["EMAIL", "bare"]], "pseudonym"],
    ["through a function", [["EMAIL", "derived"]], "redact"],
    [
      "bare and derived together",
      [
        ["EMAIL", "bare"],
        ["EMAIL", "derived"],
      ],
      "redact",
    ],
    [
      "concatenated with an open column",
      [
        ["EMAIL", "derived"],
        ["ID", "derived"],
      ],
      "redact",
    ],
    ["counted", [["EMAIL", "count"]], "none"],
    [
      "counted beside an open column",
      [
        ["EMAIL", "count"],
        ["ID", "derived"],
      ],
      "none",
    ],
    [
      "counted beside itself derived",
      [
        ["EMAIL", "count"],
        ["EMAIL", "derived"],
      ],
      "redact",
    ],
    ["an open column", [["ID", "derived"]], "none"],
    [
      "two bare columns that agree",
      [
        ["EMAIL", "bare"],
        ["NAME", "bare"],
      ],
      "pseudonym",
    ],
    [
      "two bare columns that don't",
      [
        ["EMAIL", "bare"],
        ["PHONE", "bare"],
      ],
      "redact",
    ],
    [
      "a protected and an open column, both bare",
      [
        ["EMAIL", "bare"],
        ["ID", "bare"],
      ],
      "redact",
    ],
    ["null, derived", [["SSN", "derived"]], "null"],
    [
      "null joined with a token",
      [
        ["SSN", "bare"],
        ["EMAIL", "bare"],
      ],
      "null",
    ],
    ["partial, bare", [["PHONE", "bare"]], "tail"],
    ["free text inside an expression", [["NOTES", "derived"]], "redact"],
  ])("%s", (_name, edges, label) => expect(labelOf(shape(...edges))).toBe(label));

  test("an unresolved output takes the strictest of everything in scope", () => {
    const unresolved = (...columns: readonly string[]) =>
      statement({
        outputs: [
          output(
            "X",
            columns.map((column) => [`${CUSTOMERS}.${column}`, "bare"]),
            false,
          ),
        ],
      });
    expect(labelOf(unresolved("ID", "EMAIL"))).toBe("redact");
    expect(labelOf(unresolved("EMAIL", "SSN"))).toBe("null");
    expect(labelOf(unresolved("ID"))).toBe("none");
    expect(labelOf(statement({ outputs: [output("X", [[`${CUSTOMERS}.EMAIL`, "count"]], false)] }))).toBe("redact");
  });
  test("without keepJoin the column is part of the token's domain; with it, it isn't", () => {
    const [mask] = planFor(selectOf("EMAIL")).columns;
    expect(mask?.mask).toEqual({ method: "hmac", domain: "pseudonym", keepJoin: true });
    const apart = bundleOf(
      `define: { masks: { apart: { method: hmac } } }\nguardrails:\n  - { id: e, columns: { tagged: [pii] }, mask: apart }\n`,
    );
    expect(planFor(selectOf("EMAIL"), apart).columns[0]?.mask).toEqual({
      method: "hmac",
      domain: `apart/${CUSTOMERS}.EMAIL`,
      keepJoin: false,
    });
    const both = statement({
      outputs: [
        output("X", [
          [`${CUSTOMERS}.EMAIL`, "bare"],
          [`${CUSTOMERS}.NAME`, "bare"],
        ]),
      ],
    });
    expect(planFor(both, apart).columns[0]?.label).toBe("redact");
  });
  test("the plan predicts the result's shape", () => {
    expect(planFor(selectOf("ID", "EMAIL")).outputs).toEqual(["ID", "EMAIL"]);
  });
});

describe("a view is expanded: what is masked is the base column", () => {
  const view = statement({
    accesses: [access("read", "PROD.ANALYTICS.CONTACTS", ["CONTACT"], "view")],
    outputs: [output("CONTACT", [[`${CUSTOMERS}.EMAIL`, "bare"]])],
  });
  const maskOn = (on: string) =>
    bundleOf(`guardrails:\n  - { id: e, on: ["${on}"], columns: { tagged: [pii] }, mask: redact }\n`);
  test("a rule on the base table follows its columns through the view", () =>
    expect(planFor(view, maskOn("snowflake:PROD.ANALYTICS.CUSTOMERS")).columns).toHaveLength(1));
  test("a rule on the view masks what it shows", () =>
    expect(planFor(view, maskOn("snowflake:PROD.ANALYTICS.CONTACTS")).columns).toHaveLength(1));
  test("so does a rule that names the column instead of a tag, whether it masks or denies", () => {
    const byName = (effect: string) =>
      bundleOf(
        `grants:\n  - { id: g, who: { groups: [agents] }, may: [read], on: ["snowflake:*"] }\nguardrails:\n  - { id: e, on: ["snowflake:PROD.ANALYTICS.CUSTOMERS(EMAIL)"], ${effect} }\n`,
      );
    expect(planFor(view, byName("mask: redact")).columns).toHaveLength(1);
    expect(decide(byName("deny: no"), facts(view), "statement", PLAIN_CRYPTO).effect).toBe("deny");
    expect(decide(byName("deny: no"), facts(selectOf("ID")), "statement", PLAIN_CRYPTO).effect).toBe("allow");
  });
  test("a rule on another object doesn't", () =>
    expect(planFor(view, maskOn("snowflake:PROD.REPORTING.*")).columns).toHaveLength(0));
});

describe("semi-structured columns are masked at their tagged paths", () => {
  const tags = {
    [`${CUSTOMERS}.PROFILE`]: ["free-text"],
    [`${CUSTOMERS}.PROFILE:email`]: ["email", "pii"],
    [`${CUSTOMERS}.PROFILE:home.phone`]: ["phone"],
  };
  const profile = (ref: string, via: LineageVia) =>
    statement({ tags, outputs: [output("P", [[`${CUSTOMERS}.${ref}`, via]])] });
  test("a bare column: at its paths, and scanned elsewhere", () => {
    const plan = planFor(profile("PROFILE", "bare"));
    expect(plan.columns[0]).toMatchObject({
      label: "paths",
      mask: { method: "redact" },
      paths: [
        { path: "email", label: "pseudonym" },
        { path: "home.phone", label: "tail" },
      ],
    });
    expect(plan.scans[0]?.detectors).toEqual(["card", "secret", "ssn"]);
  });
  test("a constant path reads what it names", () => {
    expect(labelOf(profile("PROFILE:email", "bare"))).toBe("pseudonym");
    expect(labelOf(profile("PROFILE:plan", "bare"))).toBe("none");
  });
  test("a path inside a tagged one, and one above it", () => {
    expect(labelOf(profile("PROFILE:email.domain", "bare"))).toBe("pseudonym");
    expect(planFor(profile("PROFILE:home", "bare")).columns[0]).toMatchObject({
      label: "paths",
      paths: [{ path: "phone", label: "tail" }],
    });
  });
  test("any other expression takes the strictest of all its paths", () =>
    expect(labelOf(profile("PROFILE", "derived"))).toBe("redact"));
});

describe("content", () => {
  test("free text is scanned where it stands bare, and every other output as a second net", () => {
    const { scans, columns } = planFor(selectOf("ID", "NOTES", "EMAIL"));
    expect(scans.map(({ ordinal, detectors }) => [ordinal, detectors])).toEqual([
      [0, ["secret"]],
      [1, ["card", "secret", "ssn"]],
    ]);
    expect(columns.map((column) => column.name)).toEqual(["EMAIL"]);
  });
  test("a result that isn't predicted is scanned by what the warehouse announces", () => {
    const show = statement({ class: "show", accesses: [access("read", "PROD")] });
    const early = decide(BUNDLE, facts(show), "statement", PLAIN_CRYPTO);
    expect([early.asksAtResult, early.masks.outputs]).toEqual([true, null]);
    const result = {
      rows: 1,
      columns: [
        { name: "name", type: "text" },
        { name: "comment", type: "text" },
      ],
    };
    expect(decide(BUNDLE, facts(show, { result }), "result", PLAIN_CRYPTO).masks).toMatchObject({
      outputs: ["name", "comment"],
      scans: [{ ordinal: 0 }, { ordinal: 1 }],
    });
  });
});

describe("errors", () => {
  test("are hidden when a masked column is touched, be it only in a predicate", () => {
    expect(planFor(selectOf("ID")).hideErrors).toBe(false);
    expect(planFor(selectOf("SSN")).hideErrors).toBe(true);
    expect(planFor(statement({ indirect: [{ column: `${CUSTOMERS}.SSN`, used: ["predicate"] }] })).hideErrors).toBe(
      true,
    );
    expect(planFor(statement({ outputs: [output("N", [[`${CUSTOMERS}.EMAIL`, "count"]])] })).hideErrors).toBe(true);
    expect(planFor(statement({ complete: false })).hideErrors).toBe(true);
  });
  test("are hidden for a column that a rule names without a tag", () => {
    const bundle = bundleOf(
      `guardrails:\n  - { id: ids, on: ["snowflake:PROD.ANALYTICS.CUSTOMERS(ID)"], mask: redact }\n`,
    );
    const used = (column: string) =>
      statement({
        accesses: [access("read", CUSTOMERS, ["X"])],
        indirect: [{ column: `${CUSTOMERS}.${column}`, used: ["predicate"] }],
      });
    expect(planFor(used("ID"), bundle).hideErrors).toBe(true);
    expect(planFor(used("COUNTRY"), bundle).hideErrors).toBe(false);
  });
});

describe("values that are written instead of returned can't be masked, so protected ones are refused", () => {
  const copy = (of: StatementFacts["class"], column: string, kind: "table" | "view" = "table") =>
    decide(
      BUNDLE,
      facts(
        statement({
          class: of,
          accesses: [
            access("read", CUSTOMERS, [column]),
            access(of === "create" ? "create" : "insert", "PROD.ANALYTICS.COPY", ["X"], kind),
          ],
          outputs: [output("X", [[`${CUSTOMERS}.${column}`, "derived"]])],
        }),
      ),
      "statement",
      PLAIN_CRYPTO,
    );
  test("INSERT … SELECT of a masked column", () => {
    const denied = copy("insert", "EMAIL");
    expect(denied.effect).toBe("deny");
    expect(denied.because.map((ref) => ref.rule)).toEqual(["emails"]);
    expect(denied.sentence).toContain("`EMAIL`");
  });
  test("CREATE TABLE AS, UPDATE, COPY INTO a location, SET", () => {
    for (const of of ["create", "update", "copy-unload", "set"] as const) expect(copy(of, "NOTES").effect).toBe("deny");
  });
  test("open columns may be copied, and a view is no copy", () => {
    expect(copy("insert", "ID").effect).toBe("allow");
    expect(copy("create", "EMAIL", "view").effect).toBe("allow");
  });
  test("the plan of a write predicts no result columns", () => expect(copy("insert", "ID").masks.outputs).toBeNull());
});
