/**
 * Guarantee: with the demo's documents, every attempt in this folder is decided as its row says. Rows are never deleted.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import {
  analyse,
  type Crypto,
  type Decision,
  type DecisionFacts,
  decide,
  joinDecisions,
  mergeCatalog,
  parseBundle,
} from "../../src/index.ts";

interface Row {
  readonly sql: string;
  readonly expect: "denied" | "held" | "masked" | "clean";
  readonly why: string;
}

/** Raised with every row that is added; a smaller corpus is a failure. */
const ROWS_MIN = 950;
const CRYPTO: Crypto = { sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex") };
const demo = new URL("../../../../demo/config/", import.meta.url);
const files = readdirSync(demo)
  .filter((name) => /\.(policy|catalog)?\.?yaml$/.test(name) && !name.includes(".test."))
  .map((path) => ({ path, text: readFileSync(new URL(path, demo), "utf8") }))
  .filter(({ text }) => /^kind: (Policy|Catalog)$/m.test(text));
const { bundle } = parseBundle(files, CRYPTO);
const catalog = bundle === null ? null : mergeCatalog([], bundle, CRYPTO);
const session = { database: "PROD", schema: "ANALYTICS" };

function decisionsOf(sql: string): readonly Decision[] {
  if (bundle === null || catalog === null) throw new Error("the demo's documents don't load");
  const { statements } = analyse(sql, { dialect: "snowflake", catalog, session });
  return statements.map(({ facts }, index) => {
    const asked: DecisionFacts = {
      principal: {
        id: "devin",
        kind: "agent",
        agent: "devin",
        groups: ["agents"],
        delegator: { id: "ana", groups: ["analysts"] },
      },
      connection: "demo",
      dialect: "snowflake",
      session: { ...session, role: null, warehouse: "AGENTS_XS", inTransaction: false },
      at: "2026-11-20T10:00:00Z",
      statement: facts,
      literals: [],
      batch: { index, count: statements.length },
    };
    return decide(bundle, asked, "statement", CRYPTO);
  });
}

function outcomeOf(decisions: readonly Decision[]): Row["expect"] {
  const { effect } = joinDecisions(decisions, CRYPTO);
  if (effect !== "allow") return effect === "deny" ? "denied" : "held";
  const masked = decisions.some(
    ({ masks }) =>
      masks.columns.length > 0 ||
      masks.scans.some((scan) => scan.because.some(({ rule }) => rule === "scan-free-text")),
  );
  return masked ? "masked" : "clean";
}

const folder = new URL("./", import.meta.url);
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ name, rows: parse(readFileSync(new URL(name, folder), "utf8")) as readonly Row[] }));

test("no row was deleted", () => {
  expect(corpus.reduce((sum, { rows }) => sum + rows.length, 0)).toBeGreaterThanOrEqual(ROWS_MIN);
});

describe.each(corpus)("bypass/$name", ({ rows }) => {
  test.each(rows.map((row) => [row.sql, row] as const))("%s", (_sql, row) => {
    const decisions = decisionsOf(row.sql);
    expect(outcomeOf(decisions), decisions.map(({ sentence }) => sentence).join(" ")).toBe(row.expect);
  });
});
