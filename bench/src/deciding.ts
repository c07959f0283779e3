/**
 * What it costs to read a statement and decide it: the real analyser and the real decision under the demo's policy,
 * in this process. A new statement differs from every one before it; a repeated one is the same text again.
 */
import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import {
  analyse,
  type Bundle,
  type Catalog,
  type CatalogTable,
  type Crypto,
  type Decision,
  type DecisionFacts,
  decide,
  mergeCatalog,
  parseBundle,
} from "@sluice/policy-engine";
import { budgeted, type Figure, figure, type Section, time } from "./report.ts";
import { median, summarise } from "./statistics.ts";

const crypto: Crypto = { sha256Hex: (text) => hash("sha256", text, "hex") };
const CONFIG = join(import.meta.dirname, "..", "..", "demo/config");
const FILES = ["baseline.policy.yaml", "demo.policy.yaml", "catalog.yaml"] as const;
const BUDGETS_MS = { "300 B": 0.05, "2 kB": 0.2, "50 kB": 5 } as const;
const REPEATED_MS = 0.005;
const RULES = 1000;

const columns = (...names: readonly string[]) => names.map((name) => ({ name, type: "TEXT" }));
const TABLES: readonly CatalogTable[] = [
  {
    name: "PROD.ANALYTICS.CUSTOMERS",
    kind: "table",
    columns: columns("ID", "NAME", "EMAIL", "PHONE", "SSN", "CARD_NUMBER", "COUNTRY", "CREATED_AT", "NOTES", "PROFILE"),
  },
  {
    name: "PROD.ANALYTICS.ORDERS",
    kind: "table",
    columns: columns("ID", "CUSTOMER_ID", "AMOUNT", "STATUS", "CREATED_AT"),
  },
  { name: "PROD.ANALYTICS.EVENTS", kind: "table", columns: columns("ID", "CUSTOMER_ID", "KIND", "AT", "PAYLOAD") },
];

/** About 300 bytes: a join, a filter, an order. `seed` makes it a text never seen before. */
const small = (seed: number): string =>
  `select c.id, c.name, c.email as contact, c.country, o.amount, o.status, o.created_at
from prod.analytics.customers c join prod.analytics.orders o on o.customer_id = c.id
where o.amount > ${seed} and o.status in ('paid', 'shipped') and c.country = 'DE' and o.created_at >= '2026-01-01'
order by o.created_at desc limit 100`;

const block = (seed: number, n: number): string =>
  `select ${n} as block, c.country, o.status, count(*) as orders, count(distinct c.id) as customers, sum(o.amount) as revenue,
  avg(case when o.status = 'paid' then o.amount else ${seed} end) as paid, max(o.created_at) as newest,
  sum(iff(o.amount between ${n} and ${seed + n}, 1, 0)) as medium, coalesce(min(e.at), current_timestamp()) as first_event,
  min(o.created_at) as oldest, max(o.amount) as largest, sum(iff(o.status = 'shipped', o.amount, 0)) as shipped_amount, count(distinct o.status) as states
from prod.analytics.customers c
  left join prod.analytics.orders o on o.customer_id = c.id and o.amount > ${n}
  left join (select customer_id, min(at) as at, count(*) as n from prod.analytics.events where kind <> 'logout' group by customer_id) e on e.customer_id = c.id
where c.country in ('US', 'DE', 'FR', 'GB') and (o.status is null or o.status not in ('cancelled', 'open'))
group by c.country, o.status having count(*) > ${n}`;

const blocks = (seed: number, count: number): string =>
  Array.from({ length: count }, (_, n) => block(seed, n)).join("\nunion all\n");
const STATEMENTS = {
  "300 B": small,
  "2 kB": (seed: number) =>
    `with totals as (\n${blocks(seed, 2)}\n) select t.country, t.status, t.orders, t.revenue, t.paid, t.newest from totals t where t.orders > ${seed} order by t.revenue desc limit 50`,
  "50 kB": (seed: number) => blocks(seed, 54),
} as const;

interface Prepared {
  readonly bundle: Bundle;
  readonly catalog: Catalog;
}

function prepare(files: readonly { readonly path: string; readonly text: string }[]): Prepared {
  const { bundle, diagnostics } = parseBundle(files, crypto);
  if (bundle === null) throw new Error(`the policy is not valid: ${JSON.stringify(diagnostics.slice(0, 3))}`);
  return { bundle, catalog: mergeCatalog(TABLES, bundle, crypto) };
}

const session = { database: "PROD", schema: "ANALYTICS", role: null, warehouse: "AGENTS_XS", inTransaction: false };

function factsOf(sql: string, catalog: Catalog): DecisionFacts {
  const statement = analyse(sql, { dialect: "snowflake", catalog, session }).statements[0]?.facts;
  if (statement === undefined) throw new Error("no statement");
  return {
    principal: {
      id: "devin",
      kind: "agent",
      groups: ["agents"],
      agent: "devin",
      delegator: { id: "ana", groups: ["analysts"] },
    },
    connection: "demo",
    dialect: "snowflake",
    session,
    at: "2026-11-20T10:00:00Z",
    statement,
    literals: [],
    batch: { index: 0, count: 1 },
  };
}

const analyseAndDecide = (sql: string, { bundle, catalog }: Prepared): Decision =>
  decide(bundle, factsOf(sql, catalog), "statement", crypto);

/** Times one call after another until there are enough, after as many to warm up. */
function timesOf(rounds: number, run: (round: number) => unknown): readonly number[] {
  for (let round = 0; round < rounds; round += 1) run(round);
  return Array.from({ length: rounds }, (_, round) => {
    const started = performance.now();
    run(rounds + round);
    return performance.now() - started;
  });
}

function measureSize(size: keyof typeof STATEMENTS, prepared: Prepared): readonly Figure[] {
  const statement = STATEMENTS[size];
  const sample = statement(5);
  const decided = analyseAndDecide(sample, prepared);
  if (decided.effect !== "allow" || !decided.complete)
    throw new Error(`${size}: the statement is not the one to measure: ${decided.sentence}`);
  const rounds = size === "50 kB" ? 60 : 1500;
  const fresh = summarise(timesOf(rounds, (round) => analyseAndDecide(statement(1_000_000 + round), prepared)));
  const split = median(timesOf(rounds, (round) => factsOf(statement(3_000_000 + round), prepared.catalog)));
  const repeated = summarise(timesOf(rounds, () => analyseAndDecide(sample, prepared)));
  const budget = BUDGETS_MS[size];
  return [
    budgeted(
      `new statement of ${size} (${sample.length} characters)`,
      `p50 ${time(fresh.p50)}, p99 ${time(fresh.p99)}, of which analyse ${time(split)}`,
      `p50 ≤ ${time(budget)}`,
      fresh.p50 <= budget,
      { p50Ms: fresh.p50, p99Ms: fresh.p99, analyseMs: split },
    ),
    budgeted(
      `the same statement again, ${size}`,
      `p50 ${time(repeated.p50)}`,
      `≤ ${time(REPEATED_MS)}`,
      repeated.p50 <= REPEATED_MS,
      { p50Ms: repeated.p50, p99Ms: repeated.p99 },
    ),
  ];
}

/** A policy of many rules of which few concern the statement, as in a large company. */
function manyRules(count: number): string {
  const half = count / 2;
  const grants = Array.from(
    { length: half },
    (_, n) =>
      `  - id: grant-${n}\n    who: { groups: [${n === 0 ? "agents" : `team-${n}`}] }\n    may: [read]\n    on: [snowflake:PROD.${n === 0 ? "ANALYTICS" : `AREA_${n}`}.*]`,
  );
  const guardrails = Array.from(
    { length: half },
    (_, n) =>
      `  - id: guard-${n}\n    who: { groups: [${n < 5 ? "agents" : `team-${n}`}] }\n    to: [delete]\n    on: [snowflake:PROD.${n < 5 ? "ANALYTICS" : `AREA_${n}`}.*]\n    deny: "No."`,
  );
  return `apiVersion: sluice/v1\nkind: Policy\nname: many\nowner: bench@demo.example\nsummary: Many rules.\ngrants:\n${grants.join("\n")}\nguardrails:\n${guardrails.join("\n")}\n`;
}

function measureRules(): Figure {
  const prepared = prepare([{ path: "many.yaml", text: manyRules(RULES) }]);
  const facts = factsOf(small(5), prepared.catalog);
  const decided = decide(prepared.bundle, facts, "statement", crypto);
  if (decided.effect !== "allow") throw new Error(`many rules: ${decided.sentence}`);
  const { p50, p99 } = summarise(timesOf(5000, () => decide(prepared.bundle, facts, "statement", crypto)));
  return budgeted(
    `decide alone, ${RULES.toLocaleString("en")} rules`,
    `p50 ${time(p50)}, p99 ${time(p99)}`,
    "≤ 10 µs",
    p50 <= 0.01,
    { p50Ms: p50, p99Ms: p99 },
  );
}

export function measureDeciding(): Section {
  const prepared = prepare(FILES.map((path) => ({ path, text: readFileSync(join(CONFIG, path), "utf8") })));
  const facts = factsOf(small(5), prepared.catalog);
  const demo = median(timesOf(5000, () => decide(prepared.bundle, facts, "statement", crypto)));
  const sizes = Object.keys(STATEMENTS) as (keyof typeof STATEMENTS)[];
  return {
    title: "Analyse and decide, one core",
    figures: [
      ...sizes.flatMap((size) => measureSize(size, prepared)),
      figure(`decide alone, the demo's ${prepared.bundle.policies.length} policies`, `p50 ${time(demo)}`, {
        p50Ms: demo,
      }),
      measureRules(),
    ],
    notes: [],
  };
}
