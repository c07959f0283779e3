/** Translations that the library alone gets wrong, and what the statement is known by afterwards. */
import { beforeAll, expect, test } from "vitest";
import { loadTranslator } from "./ast.ts";
import { translate } from "./translate.ts";

beforeAll(() => loadTranslator());

const sql = (text: string, binds: string[] = []) => translate(text, binds).sql;

test("unquoted names are folded to upper case, quoted ones kept", () => {
  expect(sql('select id as x, "Mixed" from prod.analytics.t')).toBe(
    'SELECT "ID" AS "X", "Mixed" FROM "PROD"."ANALYTICS"."T"',
  );
});

test("columns without a name are named by their text", () => {
  expect(sql("select count(*), a+1, v:b.c::string, max(a) as m from t")).toMatch(
    /AS "COUNT\(\*\)".* AS "A\+1".* AS "V:B\.C::STRING".* AS "M"/,
  );
});

test("placeholders are numbered in order of appearance, whatever the tree's order is", () => {
  const text = sql("with c as (select ? as a) select ? from c where a = ? limit ?", [
    "CAST($1 AS VARCHAR)",
    "CAST($2 AS DOUBLE)",
    "CAST($3 AS DATE)",
    "CAST($4 AS SLUICE_BIGINT)",
  ]);
  expect(text).toMatch(
    /SELECT CAST\(\$1 AS TEXT\) AS "A"\) SELECT CAST\(\$2 AS DOUBLE\).*= CAST\(\$3 AS DATE\) LIMIT CAST\(\$4 AS SLUICE_BIGINT\)/,
  );
});

test("types without a counterpart become the ones they are stored as", () => {
  expect(
    sql(
      "create table t (a number, b int, c variant, d object, e array, f timestamp_tz, g timestamp_ltz, h timestamp_ntz(9), i binary)",
    ),
  ).toBe(
    'CREATE TABLE "T" ("A" DECIMAL(38, 0), "B" DECIMAL(38, 0), "C" JSON, "D" SLUICE_MAP, "E" SLUICE_LIST, "F" SLUICE_TZ, "G" TIMESTAMPTZ, "H" TIMESTAMP_NS, "I" VARBINARY)',
  );
});

test("INFORMATION_SCHEMA is read from its stand-in", () => {
  expect(sql("select * from prod.information_schema.tables")).toBe(
    'SELECT * FROM "PROD"."SLUICE_INFORMATION_SCHEMA"."TABLES"',
  );
});

test("SYSTEM$WAIT is a wait before the statement, not a function of it", () => {
  const { waitMs, sql: text } = translate("select system$wait(2), system$wait(500, 'MILLISECONDS')", []);
  expect(waitMs).toBe(2500);
  expect(text).toMatch(/^SELECT 'waited 2 seconds' AS "[^"]+", 'waited 500 milliseconds' AS "[^"]+"$/);
});

test("an INSERT of one row of binds has a form for many rows", () => {
  expect(
    translate("insert into t (a, b) values (?, parse_json(?))", ["CAST($1 AS DOUBLE)", "CAST($2 AS VARCHAR)"]).bulkSql,
  ).toBe('INSERT INTO "T" ("A", "B") SELECT "P1", JSON("P2") FROM "SLUICE_BIND_ROWS"');
  expect(translate("insert into t values (?), (?)", ["CAST($1 AS DOUBLE)", "CAST($2 AS DOUBLE)"]).bulkSql).toBeNull();
});

test("functions that open the engine's own catalog or files are unknown", () => {
  for (const text of [
    "select * from duckdb_settings()",
    "select * from read_csv('x')",
    "select getvariable('x')",
    "select * from table(duckdb_tables())",
  ]) {
    expect(() => sql(text)).toThrow(/Unknown user-defined function/);
  }
});
