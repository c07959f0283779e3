/**
 * Guarantee: the gateway is no part of a pair with our own warehouse: a driver sees through it what it sees
 * directly with a server that we did not write as well.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack, WAREHOUSE_PASSWORD } from "../harness/index.ts";
import { comparable } from "./differences.ts";
import { noted, readyDriver } from "./drivers.ts";
import { type Fakesnow, startFakesnow } from "./fakesnow.ts";
import { NEUTRAL_POLICY } from "./neutral-policy.ts";
import { type Driver, runDriver, type StepReport, type Target } from "./run-driver.ts";
import { EXPECTATIONS, type Step, stepsOf } from "./scenario.ts";

const STEPS: ReadonlySet<string> = new Set([
  "connect by password",
  "select 1",
  "binds of plain types",
  "create",
  "insert",
  "update",
  "delete",
  "merge",
  "what the changes left",
  "array bind of 3 rows",
  "begin",
  "delete in a transaction",
  "rollback",
  "what the rollback left",
  "syntax error",
  "no such table",
  "drop",
]);

const PREPARE: readonly Step[] = [
  { step: "a database", do: "query", sql: "create database if not exists PROD" },
  { step: "a schema", do: "query", sql: "create schema if not exists PROD.ANALYTICS" },
];

let fakesnow: Fakesnow | { readonly missing: string };
let driver: Driver | { readonly missing: string };
let stack: Stack | undefined;

beforeAll(async () => {
  fakesnow = await startFakesnow();
  if ("missing" in fakesnow) {
    noted("fakesnow 0.12.1", fakesnow);
    return;
  }
  driver = await readyDriver("python-4");
  if ("missing" in driver) return;
  await runDriver(driver, targetAt(fakesnow.url, WAREHOUSE_PASSWORD), PREPARE);
  stack = await startStack({ databaseUrl: inject("databaseUrl"), files: NEUTRAL_POLICY, upstreamUrl: fakesnow.url });
}, 180_000);

afterAll(async () => {
  await stack?.stop();
  if (fakesnow !== undefined && "stop" in fakesnow) await fakesnow.stop();
});

function targetAt(url: string, password: string): Target {
  const { hostname, port } = new URL(url);
  return {
    host: hostname,
    port: Number(port),
    account: "demo",
    warehouse: "AGENTS_XS",
    user: "agent",
    password,
    pat: password,
    oauth: password,
  };
}

describe("fakesnow behind the gateway", () => {
  it("gives Python connector 4.8.1 the same answers as directly", { timeout: 120_000 }, async ({ skip }) => {
    if ("missing" in fakesnow) return skip(fakesnow.missing);
    if ("missing" in driver || stack === undefined) return skip("no driver");
    // fakesnow makes all results Arrow and knows no parameter for that.
    const steps = stepsOf("fakesnow").filter(({ step }) => STEPS.has(step));
    const direct = await runDriver(driver, targetAt(fakesnow.url, WAREHOUSE_PASSWORD), steps);
    const through = await runDriver(driver, targetAt(stack.gateway.snowflakeUrl, stack.tokens.devin), steps);
    expect(direct).toHaveLength(STEPS.size);
    for (const [index, report] of direct.entries()) {
      const other: StepReport | undefined = through[index];
      expect.soft(report.ok, `${report.step}, directly`).toBe(EXPECTATIONS[report.step]?.ok);
      expect.soft(other === undefined ? null : comparable(other, []), report.step).toEqual(comparable(report, []));
    }
  });
});
