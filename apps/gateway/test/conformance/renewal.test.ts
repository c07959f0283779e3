/**
 * Guarantee: a driver's session outlives its token. When the gateway's session token has expired, each driver
 * renews it with its master token and repeats the statement, and the application notices nothing.
 */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { DRIVERS, readyDriver } from "./drivers.ts";
import { NEUTRAL_POLICY } from "./neutral-policy.ts";
import { runDriver, type Target } from "./run-driver.ts";
import type { Step } from "./scenario.ts";

const TOKEN_SECONDS = 2;
const STEPS: readonly Step[] = [{ step: "idle", do: "idle", seconds: TOKEN_SECONDS + 1 }];

let stack: Stack;

beforeAll(async () => {
  const environment = { SLUICE_SESSION_SECONDS: String(TOKEN_SECONDS) };
  stack = await startStack({ databaseUrl: inject("databaseUrl"), files: NEUTRAL_POLICY, environment });
}, 120_000);

afterAll(async () => {
  await stack?.stop();
});

/** How many sessions of the warehouse have run the step's statements. */
function sessionsUpstream(): number {
  const mine = stack.warehouse.log.filter(({ sqlText }) => /^select [12]$/.test(sqlText));
  return new Set(mine.map(({ session }) => session)).size;
}

describe("after the session token has expired", () => {
  it.for(DRIVERS)("$label goes on with the same session", { timeout: 180_000 }, async ({ name }, { skip }) => {
    const driver = await readyDriver(name);
    if ("missing" in driver) return skip(driver.missing);
    const { hostname, port } = new URL(stack.gateway.snowflakeUrl);
    const token = stack.tokens.devin;
    const place = { host: hostname, port: Number(port), account: "demo", warehouse: "AGENTS_XS" };
    const target: Target = { ...place, user: "agent", password: token, pat: token, oauth: token };
    const before = sessionsUpstream();
    const [report] = await runDriver(driver, target, STEPS);
    expect(report).toMatchObject({ ok: true, rows: 1 });
    // One upstream session for the caller's one: nothing was logged in again behind its back.
    expect(sessionsUpstream() - before).toBe(1);
  });
});
