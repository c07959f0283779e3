/**
 * Guarantee: a cancel stops the statement at the warehouse, however early it comes: also when it overtakes the
 * statement on its way there.
 */
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { type RawSession, rawLogin } from "../harness/raw-client.ts";
import { NEUTRAL_POLICY } from "./neutral-policy.ts";
import { MARKS } from "./scenario.ts";

const DELAY_MS = 20_000;
const TRIES = 16;

let stack: Stack;
let session: RawSession;

beforeAll(async () => {
  stack = await startStack({ databaseUrl: inject("databaseUrl"), files: NEUTRAL_POLICY });
  stack.warehouse.switches.add({ kind: "delay", match: MARKS.slow, delayMs: DELAY_MS, times: TRIES });
  session = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
}, 120_000);

afterAll(async () => {
  await stack?.stop();
});

describe("a cancel right after an asynchronous statement", () => {
  it("ends it long before it would have ended by itself, every time", { timeout: DELAY_MS * 3 }, async () => {
    const started = performance.now();
    for (let n = 0; n < TRIES; n++) {
      const submitted = await session.query(`select ${n} ${MARKS.slow}`, { body: { asyncExec: true } });
      const queryId = String(submitted.data?.["queryId"]);
      // From "not yet decided" over "on its way" to "running": each a quarter of a millisecond later.
      await pause(n / 4);
      const canceled = await session.send("POST", `/queries/${queryId}/abort-request`, "{}");
      expect(canceled.success).toBe(true);
      expect(await session.result(queryId)).toMatchObject({
        success: false,
        code: "000604",
        data: { sqlState: "57014" },
      });
    }
    expect(performance.now() - started).toBeLessThan(DELAY_MS);
  });
});
