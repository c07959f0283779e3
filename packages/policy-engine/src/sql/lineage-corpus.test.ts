/**
 * Guarantee: every row of `corpus/lineage` means what a person wrote down for it. No row may be deleted;
 * a statement that was misread once becomes one.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Catalog, StatementFacts } from "../facts.ts";
import { analyse } from "./index.ts";

interface Row {
  sql: string;
  class?: string;
  complete?: string;
  access?: string[];
  out?: string[];
  uses?: (string | Record<string, string>)[];
  tags?: Record<string, string[]>;
  where?: [boolean, boolean];
  limit?: number | null;
  rowsMax?: number;
  sets?: string[];
  absolute?: boolean;
  skip?: string[];
}

const folder = fileURLToPath(new URL("../../corpus/lineage/", import.meta.url));
const catalog = parse(readFileSync(`${folder}catalog.yaml`, "utf8")) as Catalog;
const short = (text: string, row: Row): string =>
  row.absolute === true ? text : text.replaceAll("PROD.ANALYTICS.", "");

function described(facts: StatementFacts, row: Row): Record<string, unknown> {
  return {
    class: facts.class,
    access: facts.accesses
      .map((access) => short(`${access.action} ${access.object}(${access.columns.join(",")})`, row))
      .sort(),
    out: facts.outputs.map((output) => {
      const edges = output.from.map((edge) => short(`${edge.via} ${edge.column}`, row));
      return `${output.name ?? "?"} = ${edges.join(", ") || "-"}`;
    }),
    uses: facts.indirect.map((use) => short(`${use.column} ${use.used.join(",")}`, row)).sort(),
    tags: Object.fromEntries(Object.entries(facts.tags).map(([column, tags]) => [short(column, row), tags])),
    where: [facts.hasWhere, facts.whereIsAlwaysTrue],
    limit: facts.limit,
    rowsMax: facts.rowsMax,
    sets: facts.sets.map((set) => `${set.what} ${set.name}`),
  };
}

function wanted(row: Row): Record<string, unknown> {
  const rest: Record<string, unknown> = {};
  for (const key of ["class", "access", "out", "uses", "tags", "where", "limit", "rowsMax", "sets"] as const) {
    const value = row[key];
    if (value === undefined || row.skip?.includes(key) === true) continue;
    if (key === "uses") rest[key] = (row.uses ?? []).map((use) => String(use).replaceAll('"', "")).sort();
    else rest[key] = key === "access" ? [...(row.access ?? [])].sort() : value;
  }
  return rest;
}

for (const file of ["queries.yaml", "statements.yaml"]) {
  describe(`lineage corpus: ${file}`, () => {
    const rows = parse(readFileSync(folder + file, "utf8")) as Row[];
    it.each(rows.map((row) => [row.sql, row] as const))("%s", (_, row) => {
      const { statements } = analyse(row.sql, {
        dialect: "snowflake",
        catalog,
        session: { database: null, schema: null },
      });
      expect(statements).toHaveLength(1);
      const facts = statements[0]?.facts;
      if (facts === undefined) throw new Error("no statement");
      expect(
        facts.reasons
          .map((reason) => reason.code)
          .filter((code) => code === row.complete)
          .slice(0, 1),
      ).toEqual(row.complete === undefined ? [] : [row.complete]);
      expect(facts.complete).toBe(row.complete === undefined);
      expect(described(facts, row)).toMatchObject(wanted(row));
    });
  });
}
