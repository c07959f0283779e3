/**
 * Guarantee: one line in, one line out, whatever the line is; and the report says what the facts say.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { analyseJsonLine } from "./index.ts";

const catalog = {
  defaultDatabase: "D",
  defaultSchema: "S",
  tables: [
    {
      name: "D.S.T",
      columns: [
        { name: "ID", type: "NUMBER" },
        { name: "SSN", type: "VARCHAR" },
      ],
    },
  ],
  views: [{ name: "D.S.V", sql: "select id, ssn as s from t" }],
};
const ask = (input: unknown): Record<string, unknown> =>
  JSON.parse(analyseJsonLine(JSON.stringify(input))) as Record<string, unknown>;

describe("one line", () => {
  it("reports classes, lineage and objects by name", () => {
    expect(ask({ id: 7, sql: "create or replace table x as select s from v where id = 1", catalog })).toEqual({
      id: 7,
      class: "CTAS",
      complete: true,
      reasons: [],
      outputs: [{ name: "S", from: ["D.S.T.SSN"] }],
      indirect: ["D.S.T.ID"],
      objects: [
        { name: "D.S.X", access: "create" },
        { name: "D.S.V", access: "read" },
        { name: "D.S.T", access: "read" },
      ],
      functions: [],
      actions: ["create", "drop", "read"],
    });
  });

  it("names stages as they are written", () => {
    expect(ask({ id: "s", sql: "copy into @files/out from (select id from t)", catalog })["objects"]).toEqual([
      { name: "@FILES/OUT", access: "write" },
      { name: "D.S.T", access: "read" },
    ]);
  });

  it("several statements are complete only together", () => {
    expect(ask({ id: 1, sql: "select id from t; select nope from t", catalog })).toMatchObject({
      class: "MULTIPLE",
      complete: false,
    });
  });

  it.each([
    ["{", "BAD_JSON", null],
    ["[]", "NOT_AN_OBJECT", null],
    ["null", "NOT_AN_OBJECT", null],
    ['{"id":3}', "NO_SQL", 3],
    ['{"id":3,"sql":5}', "NO_SQL", 3],
    ['{"id":{},"sql":"select 1","catalog":5}', "BAD_CATALOG", null],
    ['{"id":"x","sql":"select 1","catalog":{"tables":[{"columns":[]}]}}', "BAD_CATALOG", "x"],
    ['{"id":"x","sql":"select 1","catalog":{"views":[{"name":"D.S.V"}]}}', "BAD_CATALOG", "x"],
  ])("%s is answered with a code", (line, code, id) => {
    expect(JSON.parse(analyseJsonLine(line))).toMatchObject({ id, error: { code } });
  });
});

const folder = process.env["SLUICE_CASES"];
const cases = folder === undefined ? undefined : `${folder}/lineage.json`;

describe("a folder of cases, where one is given", () => {
  if (cases === undefined || !existsSync(cases)) {
    it.skip("SLUICE_CASES names no folder with lineage.json", () => undefined);
    return;
  }
  interface Case {
    id: number;
    sql: string;
    class: string;
    opaque: boolean;
    expected: {
      outputs: { name: string; from: string[] }[] | null;
      indirect: string[];
      objects: { name: string; access: string }[];
    };
  }
  const { schema, cases: all } = JSON.parse(readFileSync(cases, "utf8")) as { schema: unknown; cases: Case[] };
  it.each(all.map((each) => [each.id, each.sql, each] as const))("%i %s leaks nothing", (_id, sql, each) => {
    const out = ask({ id: each.id, sql, catalog: schema }) as unknown as {
      complete: boolean;
      class: string;
      outputs: { name: string; from: string[] }[];
      indirect: string[];
    };
    expect(out.class).toBe(each.class);
    expect(out.complete).toBe(!each.opaque);
    if (each.opaque) return;
    expect(out.indirect).toEqual(expect.arrayContaining(each.expected.indirect));
    if (each.expected.outputs === null) return;
    expect(out.outputs.map((output) => output.name)).toEqual(each.expected.outputs.map((output) => output.name));
    each.expected.outputs.forEach((output, i) =>
      expect(out.outputs[i]?.from).toEqual(expect.arrayContaining(output.from)),
    );
  });
});
