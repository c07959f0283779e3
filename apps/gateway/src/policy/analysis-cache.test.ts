/** Guarantee: what is kept is what would be read now; nothing that analysis depends on is left out of the key. */
import type { Catalog } from "@sluice/policy-engine";
import { describe, expect, it } from "vitest";
import { AnalysisCache } from "./analysis-cache.ts";

const table = (name: string, column: string) => ({ name, columns: [{ name: column, type: "TEXT" }] });
const catalog = (digest: string, column: string): Catalog => ({
  digest,
  tables: [table("D.S.T", column), table("D.R.T", "OTHER")],
});
const S = { database: "D", schema: "S" };
const SQL = "select * from t";

describe("the analysis cache", () => {
  const outputs = (cache: AnalysisCache, sql: string, from: Catalog, session = S) =>
    cache.read(sql, from, session).analysis.statements[0]?.facts.outputs.map((output) => output.name);

  it("gives back the same facts for the same text", () => {
    const cache = new AnalysisCache();
    const one = catalog("c1", "A");
    expect(cache.read(SQL, one, S)).toBe(cache.read(SQL, one, S));
  });

  it("reads again when the catalog, the current schema or the text is another", () => {
    const cache = new AnalysisCache();
    expect(outputs(cache, SQL, catalog("c1", "A"))).toEqual(["A"]);
    expect(outputs(cache, SQL, catalog("c2", "B"))).toEqual(["B"]);
    expect(outputs(cache, SQL, catalog("c1", "A"), { database: "D", schema: "R" })).toEqual(["OTHER"]);
    expect(outputs(cache, "select a as x from t", catalog("c1", "A"))).toEqual(["X"]);
  });

  it("keeps nothing of a catalog that has no name", () => {
    const cache = new AnalysisCache();
    const { digest: _, ...nameless } = catalog("", "A");
    expect(cache.read(SQL, nameless, S)).not.toBe(cache.read(SQL, nameless, S));
  });

  it("is bounded: the least recently used is forgotten first", () => {
    const cache = new AnalysisCache();
    const one = catalog("c1", "A");
    const first = cache.read(SQL, one, S);
    const long = (n: number): string => `select '${"x".repeat(60_000)}' as c${n}`;
    for (let n = 0; n < 40; n += 1) cache.read(long(n), one, S);
    expect(cache.read(SQL, one, S)).toBe(first);
    for (let n = 40; n < 120; n += 1) cache.read(long(n), one, S);
    expect(cache.read(SQL, one, S)).not.toBe(first);
  });
});
