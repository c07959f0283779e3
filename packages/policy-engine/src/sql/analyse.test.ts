/**
 * Guarantees about whole texts: where statements end, what one may assume of another, and what the
 * fingerprint keeps.
 */
import { describe, expect, it } from "vitest";
import type { Catalog, SessionContext } from "../facts.ts";
import { analyse, literalsOf } from "./index.ts";

const catalog: Catalog = {
  defaultDatabase: "D",
  defaultSchema: "S",
  tables: [
    {
      name: "D.S.T",
      columns: [
        { name: "ID", type: "NUMBER" },
        { name: "SSN", type: "VARCHAR", tags: ["pii"] },
      ],
    },
    { name: "D.OTHER.T", columns: [{ name: "X", type: "NUMBER" }] },
    { name: "D.S.V", kind: "view", viewText: "select ssn as v from t", columns: [{ name: "V", type: "VARCHAR" }] },
  ],
};
const run = (sql: string, session: SessionContext = { database: null, schema: null }) =>
  analyse(sql, { dialect: "snowflake", catalog, session }).statements;

describe("statements end where the grammar says", () => {
  it("and not at a semicolon inside quotes or comments", () => {
    const sql = `select ';' as "a;b" from t /* ; */ -- ;\n; select $$;$$`;
    expect(run(sql).map((each) => each.sql)).toEqual([`select ';' as "a;b" from t`, "select $$;$$"]);
    expect(run(sql).map((each) => sql.slice(each.start, each.end))).toEqual(run(sql).map((each) => each.sql));
  });

  it("a block takes everything behind it", () => {
    const [first, second, third] = run("select 1; begin delete from t; end; drop table t");
    expect([first?.facts.class, second?.facts.class, third]).toEqual(["select", "scripting", undefined]);
    expect(second?.facts.complete).toBe(false);
  });

  it.each([
    "create task x as begin delete from t; end; select 1",
    "create procedure p() returns int as begin return 1; end; select 1",
    "explain begin delete from t; end",
  ])("a body without quotes is never cut: %s", (sql) => {
    expect(run(sql)).toHaveLength(1);
    expect(run(sql)[0]?.facts.complete).toBe(false);
  });

  it("BEGIN alone, with a name or with TRANSACTION is a transaction", () => {
    for (const sql of ["begin", "begin;", "begin work", "begin transaction name x", "start transaction"])
      expect(run(sql)[0]?.facts.class).toBe("transaction");
  });

  it("text behind a statement makes it unreadable", () => {
    for (const sql of [
      "select 1 select 2",
      "delete from t where id = 1 drop table t",
      "commit drop table t",
      "select 1)",
    ])
      expect(run(sql)[0]?.facts.complete).toBe(false);
  });
});

describe("a statement doesn't assume what an earlier one may have changed", () => {
  it("follows USE", () => {
    expect(run("use schema other; select x from t")[1]?.facts.accesses[0]?.object).toBe("D.OTHER.T");
    expect(run("use schema other; select ssn from t")[1]?.facts.complete).toBe(false);
  });

  it.each([
    "create or replace view v as select 'x' v; select v from v",
    "alter table t rename column ssn to note; select id from t",
    "alter table t rename to t2; select v from v",
    "drop schema s; select id from t",
    "create schema fresh; select id from t",
    "call p(); select id from t",
    "execute immediate 'use schema other'; select id from t",
    "alter session set search_path = 'x'; select id from t",
    "this is no statement; select id from t",
  ])("%s", (sql) => expect(run(sql)[1]?.facts.complete).toBe(false));

  it("keeps a full name", () => expect(run("call p(); select id from d.s.t")[1]?.facts.complete).toBe(true));

  it("a variable carries the labels of the query that set it", () => {
    const [, read] = run("set x = (select max(ssn) from t); select $x, upper($x)");
    expect(read?.facts.outputs.map((output) => output.from)).toEqual([
      [{ column: "D.S.T.SSN", via: "derived" }],
      [{ column: "D.S.T.SSN", via: "derived" }],
    ]);
    expect(read?.facts.tags).toEqual({ "D.S.T.SSN": ["pii"] });
    expect(run("select $x", { database: null, schema: null, variables: { X: [] } })[0]?.facts.complete).toBe(true);
    expect(run("select $x")[0]?.facts.complete).toBe(false);
  });
});

describe("names are filled from the session, then from the catalog", () => {
  it("one and two parts", () => {
    const object = (sql: string, session?: SessionContext) => run(sql, session)[0]?.facts.accesses[0]?.object;
    expect(object("select id from t")).toBe("D.S.T");
    expect(object("select id from other.t")).toBe("D.OTHER.T");
    expect(object("select id from t", { database: "D", schema: "OTHER" })).toBe("D.OTHER.T");
    expect(object("select id from t", { database: "E", schema: "S" })).toBe("E.S.T");
    expect(object("select id from e..t")).toBe("E.PUBLIC.T");
  });
});

describe("the fingerprint", () => {
  const fingerprint = (sql: string) => run(sql)[0]?.facts.fingerprint;
  it("is the same for other values, other spelling and other lists", () => {
    expect(fingerprint("SELECT id FROM t WHERE id IN (1, 2, 3) AND ssn = 'x'")).toBe(
      fingerprint('select "ID"\nfrom T -- c\nwhere id in (?) and ssn=$$y$$'),
    );
    expect(fingerprint("insert into t values (1, 'a')")).toBe(
      fingerprint("insert into t values (2, 'b'), (3, 'c'), (4, 'd')"),
    );
  });
  it("differs for another column, table or operator", () => {
    const all = [
      "select id from t",
      "select ssn from t",
      "select id from u",
      "select id from t where id = 1",
      "select id from t where id <> 1",
      'select "id" from t',
    ];
    expect(new Set(all.map(fingerprint)).size).toBe(all.length);
  });
  it("is bounded", () => expect(fingerprint(`select ${"id, ".repeat(50_000)}id from t`)?.length).toBeLessThan(17_000));
});

it("literals come with escapes undone, so that detectors see what the warehouse sees", () => {
  expect(literalsOf("select 'it''s', $$x$$, 12 /* 'no' */ from \"t\" -- 'no'")).toEqual(["it's", "x", "12"]);
  expect(literalsOf("select 'unclosed")).toEqual([]);
});

it("spans point at each name in the text", () => {
  const sql = "select t.id from d.s.t join v on v.v = t.ssn";
  expect(run(sql)[0]?.facts.spans.map((span) => [span.object, sql.slice(span.start, span.end)])).toEqual([
    ["D.S.T", "d.s.t"],
    ["D.S.V", "v"],
  ]);
});
