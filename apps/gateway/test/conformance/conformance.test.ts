/**
 * Guarantee: an unmodified driver sees through the gateway what it sees without it, step by step, where policy
 * has nothing to say. Real drivers of pinned versions, against the demo warehouse, directly and through a gateway.
 */
import { startWarehouse, type Warehouse } from "@sluice/demo-warehouse";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { comparable, differencesOf, partOf } from "./differences.ts";
import { DRIVERS, readyDriver } from "./drivers.ts";
import { NEUTRAL_POLICY } from "./neutral-policy.ts";
import { runDriver, type StepReport, type Target } from "./run-driver.ts";
import { type DriverName, EXPECTATIONS, MARKS, PYTHON_SAMPLE, SAMPLE_STEPS, type Step, stepsOf } from "./scenario.ts";

const DIRECT = { name: "DIRECT", password: "password-of-the-warehouse", token: "token-of-the-warehouse" };
const RUN_MS = 120_000;

let warehouse: Warehouse;
let stack: Stack;

beforeAll(async () => {
  warehouse = await startWarehouse({ users: [DIRECT] });
  stack = await startStack({ databaseUrl: inject("databaseUrl"), files: NEUTRAL_POLICY });
}, RUN_MS);

afterAll(async () => {
  await stack?.stop();
  await warehouse?.close();
});

/** Lets the marked statements of one run strike. */
function setSwitches(of: Warehouse): void {
  of.switches.clear();
  of.switches.add({ kind: "expireToken", match: MARKS.expire });
  of.switches.add({ kind: "delay", match: MARKS.slow, delayMs: 60_000, times: 10 });
}

function targetAt(url: string, user: string, secrets: { readonly password: string; readonly token: string }): Target {
  const { hostname, port } = new URL(url);
  const place = { host: hostname, port: Number(port), account: "demo", warehouse: "AGENTS_XS" };
  return { ...place, user, password: secrets.password, pat: secrets.token, oauth: secrets.token };
}

interface Runs {
  readonly direct: ReadonlyMap<string, StepReport>;
  readonly through: ReadonlyMap<string, StepReport>;
}

async function bothRuns(name: DriverName, steps: readonly Step[]): Promise<Runs | { readonly missing: string }> {
  const driver = await readyDriver(name);
  if ("missing" in driver) return driver;
  setSwitches(warehouse);
  const direct = await runDriver(driver, targetAt(warehouse.url, DIRECT.name, DIRECT), steps);
  setSwitches(stack.warehouse);
  const token = stack.tokens.devin;
  const through = await runDriver(
    driver,
    targetAt(stack.gateway.snowflakeUrl, "agent", { password: token, token }),
    steps,
  );
  const byStep = (reports: readonly StepReport[]) => new Map(reports.map((report) => [report.step, report]));
  return { direct: byStep(direct), through: byStep(through) };
}

describe.each(DRIVERS)("$label", ({ name }) => {
  const all = stepsOf(name);
  const steps = all.filter((step) => step.without?.[name] === undefined);
  let runs: Runs | { readonly missing: string } = { missing: "not run" };

  beforeAll(async () => {
    runs = await bothRuns(name, all);
  }, 3 * RUN_MS);

  it.for(steps.map(({ step }) => step))("directly: %s", (step, { skip }) => {
    if ("missing" in runs) return skip(runs.missing);
    const report = runs.direct.get(step);
    expect(report, JSON.stringify(report?.error)).toMatchObject(expectedOf(step));
  });

  if (name !== "node") {
    it.for(SAMPLE_STEPS)("reads the sample's values as they were written: %s", (step, { skip }) => {
      if ("missing" in runs) return skip(runs.missing);
      const [row] = (runs.direct.get(step)?.["first"] ?? []) as readonly (readonly string[])[];
      // Connector 4 gives bytes from JSON and bytearrays from Arrow.
      const values = row?.map((value) => value.replace(/^bytearray:/, "bytes:"));
      expect(values?.slice(0, PYTHON_SAMPLE.length)).toEqual(PYTHON_SAMPLE);
    });
  }

  it.for(steps.map(({ step }) => step))("through the gateway as directly: %s", (step, { skip }) => {
    if ("missing" in runs) return skip(runs.missing);
    const [direct, through] = [runs.direct.get(step), runs.through.get(step)];
    if (direct === undefined || through === undefined) throw new Error("a step was not run");
    const known = differencesOf(name, step);
    expect(comparable(through, known)).toEqual(comparable(direct, known));
    for (const { part } of known)
      expect(partOf(through, part), `${part} is the same after all`).not.toEqual(partOf(direct, part));
  });
});

/** The expectation in the form of a report. */
function expectedOf(step: string): object {
  const { code, sqlState, ...rest } = EXPECTATIONS[step] ?? {};
  const error = { ...(code === undefined ? {} : { code }), ...(sqlState === undefined ? {} : { sqlState }) };
  return Object.keys(error).length === 0 ? rest : { ...rest, error };
}
