/**
 * Guarantee: no text makes the analyser throw, hang or answer something else than "not complete" for what it
 * could not read to the end. Time is bounded by work done, which these texts would multiply without the limits.
 */
import { describe, expect, it } from "vitest";
import type { Catalog } from "../facts.ts";
import { analyse } from "./index.ts";

const column = (name: string) => ({ name, type: "VARCHAR" });
const catalog: Catalog = {
  defaultDatabase: "D",
  defaultSchema: "S",
  tables: [{ name: "D.S.T", columns: ["ID", "A", "SSN"].map(column) }],
};
const facts = (sql: string) => {
  const { statements } = analyse(sql, { dialect: "snowflake", catalog, session: { database: null, schema: null } });
  return statements.map((statement) => statement.facts);
};
const codes = (sql: string): string[] => facts(sql).flatMap((each) => each.reasons.map((reason) => reason.code));

const times = (count: number, text: string): string => text.repeat(count);
const nested = (count: number, open: string, close: string, inner = "1"): string =>
  times(count, open) + inner + times(count, close);
const recursion = (levels: number): string => {
  let query = "select id x from t";
  for (let i = 0; i < levels; i++)
    query = `with recursive r${i} as (${query} union all select a.x from r${i} a) select x from r${i}`;
  return query;
};

describe("nesting beyond the limit is refused with LIMIT", () => {
  const deep: readonly (readonly [string, string])[] = [
    ["parentheses", `select ${nested(10_000, "(", ")")}`],
    ["parentheses never closed", `select ${times(10_000, "(")}`],
    ["calls", `select ${nested(10_000, "f(", ")")}`],
    ["casts", `select ${nested(10_000, "cast(", " as int)")}`],
    ["CASE", `select ${nested(10_000, "case when true then ", " end")}`],
    ["NOT", `select ${times(50_000, "not ")}true`],
    ["minus", `select ${times(50_000, "- ")}1`],
    ["arrays", `select ${nested(10_000, "[", "]")}`],
    ["objects", `select ${nested(10_000, "{'a':", "}")}`],
    ["subqueries", nested(10_000, "select * from (", ") t", "select 1")],
    ["groups of joins", `select * from ${nested(10_000, "(", ")", "t")}`],
    ["common table expressions", nested(5_000, "with a as (", ") select * from a", "select 1")],
    ["a chain of comparisons", `select ${times(5_000, "1 = ")}1`],
    ["a chain of casts", `select id${times(50_000, "::text")} from t`],
    [
      "alternating set operations",
      `select id from t${times(2_000, " union all select id from t union select id from t")}`,
    ],
    ["pivots", `select * from t${times(5_000, " unpivot(v for n in (a))")}`],
    ["recursive queries inside recursive queries", recursion(16)],
    ["statements", times(2_000, "select 1;")],
  ];
  it.each(deep)("%s", (_, sql) => expect(codes(sql)).toContain("LIMIT"));
});

describe("length alone is no reason to refuse", () => {
  const long: readonly (readonly [string, string])[] = [
    ["an IN list", `select id from t where id in (${times(100_000, "12345,")}1)`],
    ["a concatenation", `select ${times(100_000, "a||")}a x from t`],
    ["an OR", `select id from t where ${times(30_000, "id = 1 or ")}a = 2`],
    ["a UNION ALL", `select id from t${times(3_000, " union all select id from t")}`],
    ["VALUES", `insert into t (id, a) values ${times(40_000, "(1, 'abcdef'),")}(1, 'a')`],
    [
      "a chain of queries",
      `with c0 as (select id from t), ${Array.from({ length: 100 }, (_, i) => `c${i + 1} as (select a.id || b.id as id from c${i} a, c${i} b)`).join(", ")} select id from c100`,
    ],
    [
      "a chain of aliases",
      `select id a0, ${Array.from({ length: 400 }, (_, i) => `a${i} || a${i} a${i + 1}`).join(", ")} from t`,
    ],
    ["100 parentheses", `select ${nested(100, "(", ")")}`],
  ];
  it.each(long)("%s", (_, sql) => expect(facts(sql).map((each) => each.reasons)).toEqual([[]]));
});

describe("exponential parsers stumble here", () => {
  const bombs: readonly (readonly [string, string])[] = [
    ["NOT with an error inside", `select ${nested(100, "not (", ")", "1 1")}`],
    ["CAST with an error inside", `select ${nested(100, "cast(", " as int)", "1 1")}`],
    ["INTERVAL with an error inside", `select ${nested(100, "interval (", ")", "1 1")}`],
    ["lambdas", `select f(${times(3_000, "(a) -> ")}1)`],
    ["parentheses of two kinds", `select * from ${times(60, "((select 1) union (")}`],
  ];
  it.each(bombs)("%s", (_, sql) => expect(facts(sql).every((each) => !each.complete)).toBe(true));
});

describe("a text without a statement", () => {
  it.each(["", ";", " ; ;\n", "-- nothing", "/* nothing */"])("%j is not complete, and is not nothing", (sql) => {
    const all = facts(sql);
    expect(all).toHaveLength(1);
    expect(all[0]?.complete).toBe(false);
    expect(all[0]?.accesses).toEqual([{ action: "unknown", kind: "other", object: "", columns: ["*"] }]);
  });
});

describe("facts hold no literal", () => {
  it("neither in names, reasons nor the fingerprint", () => {
    const secret = "hunter2hunter2";
    const sqls = [
      `select id from t where a = '${secret}'`,
      `select id from t where a = "${secret}"`,
      `select '${secret}' '${secret}' from t`,
      `set x = '${secret}'`,
      `copy into 's3://bucket/${secret}' from t`,
      `create user bob password = '${secret}'`,
      `select $$${secret}$$ from nowhere`,
    ];
    for (const sql of sqls) {
      const text = JSON.stringify(
        facts(sql).map(({ fingerprint, ...rest }) => (sql.includes(`"${secret}"`) ? rest : { fingerprint, ...rest })),
      );
      expect(text).not.toContain(secret);
    }
  });
});
