import { expect, test } from "vitest";
import { resolveIdentifiers, selectItems, splitStatements, stringValue, TokenFault, tokenize } from "./tokens.ts";

test("statements end at semicolons that stand in no string, name or comment", () => {
  expect(splitStatements("select ';' ; select \";\" -- ;\n; /* ; */ select $$;$$;;")).toEqual([
    "select ';'",
    'select ";"',
    "select $$;$$",
  ]);
  expect(splitStatements("select 'it''s; \\'; x'; select 2")).toEqual(["select 'it''s; \\'; x'", "select 2"]);
  expect(splitStatements(" ; -- nothing\n")).toEqual([]);
});

test("text that does not end is a fault", () => {
  for (const sql of ["select 'a", 'select "a', "select 1 /* a", "select $$a"])
    expect(() => tokenize(sql)).toThrow(TokenFault);
});

test("select items are cut at the commas of the outermost list", () => {
  expect(selectItems("with c as (select 1, 2) select distinct a, f(b, c) as x, [1, 2][0], 'x, y' from t")).toEqual([
    "a",
    "f(b, c) as x",
    "[1, 2][0]",
    "'x, y'",
  ]);
  expect(selectItems("select listagg(a, ',') within group (order by a), 1 union select 2, 3")).toEqual([
    "listagg(a, ',') within group (order by a)",
    "1",
  ]);
  expect(selectItems("insert into t values (1)")).toBeNull();
});

test("a string token's value has its escapes resolved", () => {
  const value = (sql: string) =>
    stringValue(tokenize(sql)[0] ?? { kind: "string", text: "''", upper: "", start: 0, end: 0 });
  expect(value("'it''s'")).toBe("it's");
  expect(value("'a\\nb\\\\c\\'d'")).toBe("a\nb\\c'd");
  expect(value("$$a'b$$")).toBe("a'b");
});

test("IDENTIFIER with a literal is the name itself", () => {
  expect(resolveIdentifiers("select * from identifier('prod.analytics.\"T\"') where x = 'identifier(1)'")).toBe(
    "select * from prod.analytics.\"T\" where x = 'identifier(1)'",
  );
});
