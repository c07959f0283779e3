/**
 * Guarantee: a result with masked columns is one that drivers can read, in JSON and in Arrow, for every column type
 * and every mask, with odd and even numbers of rows; and what they read holds nothing of the protected values.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack, WAREHOUSE_PASSWORD } from "../harness/index.ts";
import { rawSend } from "../harness/raw-client.ts";
import { DRIVERS, readyDriver } from "./drivers.ts";
import { runDriver, type StepReport, type Target } from "./run-driver.ts";
import type { DriverName, Step } from "./scenario.ts";

const MASKS = {
  nothing: "'null'",
  redact: "redact",
  token: "{ method: hmac }",
  last4: "{ method: partial, keep: last4 }",
  year: "{ method: generalise, to: year }",
  shifted: "{ method: date-shift, days: 30 }",
} as const;
type MaskName = keyof typeof MASKS;
const MASK_NAMES = Object.keys(MASKS) as readonly MaskName[];

/** All columns but ID, which stays open: the sample's own names and types. */
const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ["N_INT", "NUMBER(38,0)"],
  ["N_SMALL", "NUMBER(4,0)"],
  ["N_DEC", "NUMBER(12,2)"],
  ["N_WIDE", "NUMBER(38,10)"],
  ["F", "FLOAT"],
  ["T", "VARCHAR"],
  ["B", "BINARY"],
  ["BO", "BOOLEAN"],
  ["D", "DATE"],
  ["TI", "TIME"],
  ["TS_NTZ", "TIMESTAMP_NTZ"],
  ["TS_LTZ", "TIMESTAMP_LTZ"],
  ["TS_TZ", "TIMESTAMP_TZ"],
  ["V", "VARIANT"],
  ["O", "OBJECT"],
  ["A", "ARRAY"],
];

const tableOf = (mask: MaskName): string => `PROD.ANALYTICS.MASKED_${mask.toUpperCase()}`;

function policy(): string {
  const rules = MASK_NAMES.map((mask) => `  - { id: mask-${mask}, columns: { tagged: [${mask}] }, mask: m-${mask} }`);
  const masks = MASK_NAMES.map(
    (mask) => `    m-${mask}: ${mask === "nothing" || mask === "redact" ? `{ method: ${MASKS[mask]} }` : MASKS[mask]}`,
  );
  return [
    "apiVersion: sluice/v1",
    "kind: Policy",
    "name: masked-types",
    "owner: tests@demo.example",
    "summary: Every mask on every type.",
    "define:",
    "  masks:",
    ...masks,
    "grants:",
    '  - { id: everything, who: { kinds: [agent] }, may: [read, session, metadata], on: ["snowflake:*"] }',
    "guardrails:",
    ...rules,
    "",
  ].join("\n");
}

function catalog(): string {
  const tables = MASK_NAMES.flatMap((mask) => [
    `  - name: ${tableOf(mask)}`,
    "    columns:",
    '      - { name: ID, type: "NUMBER(38,0)" }',
    ...COLUMNS.map(([name, type]) => `      - { name: ${name}, type: "${type}", tags: [${mask}] }`),
  ]);
  return ["apiVersion: sluice/v1", "kind: Catalog", "name: masked-types", "tables:", ...tables, ""].join("\n");
}

let stack: Stack;

beforeAll(async () => {
  const files = [
    { path: "baseline.policy.yaml", text: "" },
    { path: "demo.policy.yaml", text: policy() },
    { path: "masked-types.catalog.yaml", text: catalog() },
  ];
  stack = await startStack({ databaseUrl: inject("databaseUrl"), files });
  for (const mask of MASK_NAMES) {
    await runDirectly(`create table ${tableOf(mask)} as select * from PROD.ANALYTICS.TYPES_SAMPLE`);
  }
}, 120_000);

afterAll(async () => {
  await stack?.stop();
});

async function runDirectly(sqlText: string): Promise<void> {
  const url = stack.warehouse.url;
  const data = { ACCOUNT_NAME: "demo", LOGIN_NAME: "DIRECT", PASSWORD: WAREHOUSE_PASSWORD };
  const login = await rawSend(url, "POST", "/session/v1/login-request?databaseName=PROD", JSON.stringify({ data }));
  const authorization = `Snowflake Token="${String(login.data?.["token"])}"`;
  const target = `/queries/v1/query-request?requestId=${crypto.randomUUID()}`;
  const answer = await rawSend(url, "POST", target, JSON.stringify({ sqlText }), { authorization });
  if (!answer.success) throw new Error(`${sqlText}: ${answer.message}`);
}

function targetAt(url: string, user: string, password: string): Target {
  const { hostname, port } = new URL(url);
  const place = { host: hostname, port: Number(port), account: "demo", warehouse: "AGENTS_XS" };
  return { ...place, user, password, pat: password, oauth: password };
}

/** One, two and three rows: Arrow's buffers are padded differently for odd and even numbers. */
const ROWS = ["1", "1, 4", "1, 4, 5"] as const;
const FORMATS = ["JSON", "ARROW"] as const;
type Format = (typeof FORMATS)[number];

const formatsOf = (name: DriverName): readonly Format[] => (name === "node" ? ["JSON"] : FORMATS);
const stepName = (table: string, format: Format, ids: string): string => `${table} ${format} ${ids}`;

function stepsOn(name: DriverName, tables: readonly string[]): readonly Step[] {
  return tables.flatMap((table) =>
    formatsOf(name).flatMap((format) =>
      ROWS.map((ids) => ({
        step: stepName(table, format, ids),
        do: "query" as const,
        sql: `select * from ${table} where id in (${ids}) order by id`,
        format,
      })),
    ),
  );
}

type Cells = readonly (readonly (string | null)[])[];

/** The cells without what is a driver's own: Python's two kinds of bytes, and the text NULL for a NULL time in Node. */
const cellsOf = (report: StepReport | undefined): Cells =>
  ((report?.["first"] ?? []) as Cells).map((row) =>
    row.map((cell) => (cell === null || cell === "string:NULL" ? null : cell.replace(/^bytearray:/, "bytes:"))),
  );

interface Runs {
  readonly open: ReadonlyMap<string, StepReport>;
  readonly masked: ReadonlyMap<string, StepReport>;
}

describe.each(DRIVERS)("$label", ({ name }) => {
  let runs: Runs | { readonly missing: string } = { missing: "not run" };

  beforeAll(async () => {
    const driver = await readyDriver(name);
    if ("missing" in driver) {
      runs = driver;
      return;
    }
    const byStep = (reports: readonly StepReport[]) => new Map(reports.map((report) => [report.step, report]));
    const direct = targetAt(stack.warehouse.url, "DIRECT", WAREHOUSE_PASSWORD);
    const gateway = targetAt(stack.gateway.snowflakeUrl, "agent", stack.tokens.devin);
    const open = byStep(await runDriver(driver, direct, stepsOn(name, ["PROD.ANALYTICS.TYPES_SAMPLE"])));
    const masked = byStep(await runDriver(driver, gateway, stepsOn(name, MASK_NAMES.map(tableOf))));
    runs = { open, masked };
  }, 240_000);

  it.for(MASK_NAMES)("reads every type masked by: %s", (mask, { skip }) => {
    if ("missing" in runs) return skip(runs.missing);
    for (const format of formatsOf(name)) {
      for (const [index, ids] of ROWS.entries()) {
        const step = stepName(tableOf(mask), format, ids);
        const report = runs.masked.get(step);
        expect(report?.error, step).toBeUndefined();
        expect(report, step).toMatchObject({ ok: true, rows: index + 1 });
        const openCells = cellsOf(runs.open.get(stepName("PROD.ANALYTICS.TYPES_SAMPLE", format, ids)));
        assertProtected(mask, openCells, cellsOf(report), step);
      }
    }
  });

  if (name !== "node") {
    it.for(MASK_NAMES)("reads the same values in JSON and in Arrow, masked by: %s", (mask, { skip }) => {
      if ("missing" in runs) return skip(runs.missing);
      for (const ids of ROWS) {
        const [json, arrow] = FORMATS.map((format) =>
          cellsOf((runs as Runs).masked.get(stepName(tableOf(mask), format, ids))),
        );
        expect(arrow).toEqual(json);
      }
    });
  }
});

/** Columns whose values say something by themselves, as opposed to a number or a flag that a mask may hit by chance. */
const TELLING: ReadonlySet<string> = new Set(["N_WIDE", "T", "V", "O", "A"]);

function assertProtected(mask: MaskName, open: Cells, masked: Cells, step: string): void {
  for (const [row, cells] of masked.entries()) {
    expect(cells[0], `${step}: ID stays open`).toBe(open[row]?.[0]);
    for (const [index, [column]] of COLUMNS.entries()) {
      const [before, after] = [open[row]?.[index + 1] ?? null, cells[index + 1] ?? null];
      // Node reads the JSON value null, which is a value, as null too.
      if (before === null && column !== "V") expect(after, `${step} ${column}: NULL stays NULL`).toBeNull();
      if (mask === "nothing") expect(after, `${step} ${column}`).toBeNull();
      // A number of zero may stay zero; everything else of these must have become something else.
      if (before !== null && TELLING.has(column) && !before.endsWith(":0") && after !== null) {
        expect(after, `${step} ${column}`).not.toBe(before);
      }
    }
  }
}
