/** Guarantees when time runs out, the record is full, a rule can't be worked out, or somebody is killed. */

import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterEach, describe, expect, inject, it } from "vitest";
import { readDemoConfig, type Stack, type StackOptions, startStack } from "../harness/index.ts";
import { type RawSession, rawLogin, rawSend } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack | undefined;
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
});

interface Approval {
  readonly id: string;
  readonly state: string;
}

async function start(more: Partial<StackOptions> = {}): Promise<{ readonly up: Stack; readonly devin: RawSession }> {
  const up = await startStack({ databaseUrl: inject("databaseUrl"), ...more });
  stack = up;
  return { up, devin: await rawLogin(up.gateway.snowflakeUrl, up.tokens.devin) };
}

const approvals = async (up: Stack, state: string): Promise<readonly Approval[]> =>
  (await up.api<{ approvals: readonly Approval[] }>("sam", "GET", `/v1/approvals?state=${state}`)).body.approvals;
const executed = (up: Stack, text: string): number =>
  up.reached().filter((entry) => entry.executed && entry.sqlText.includes(text)).length;

describe("an approval that nobody gives", () => {
  it("expires: the caller is told, nothing runs, and it can't be given afterwards", async () => {
    const files = (await readDemoConfig("")).flatMap((file) =>
      file.text.includes("expires: 30m")
        ? [{ ...file, text: file.text.replaceAll("expires: 30m", "expires: 1s") }]
        : [],
    );
    expect(files).not.toEqual([]);
    const { up, devin } = await start({ files });
    const answer = await devin.query("delete from orders /* expired */");
    expect(answer).toMatchObject({ success: false, data: { sqlState: "57014" } });
    expect(answer.message).toMatch(/in time/);
    const [one] = await approvals(up, "all");
    expect(one?.state).toBe("expired");
    expect((await up.api("sam", "POST", `/v1/approvals/${one?.id}/vote`, { verdict: "grant" })).status).toBe(409);
    expect(executed(up, "/* expired */")).toBe(0);
  });
});

describe("a journal that can't be shipped", () => {
  it("turns readiness red before it is full, and then refuses statements before they are sent", async () => {
    const environment = { SLUICE_JOURNAL_MAX_MB: "0.3", SLUICE_BLOBS: "file:/dev/null/nowhere" };
    const { up, devin } = await start({ environment });
    const ready = async (): Promise<number> => (await fetch(`${up.gateway.adminUrl}/readyz`)).status;
    expect(await ready()).toBe(200);
    let last = 0;
    let redAt = 0;
    for (let n = 1; last === 0 && n < 2000; n += 1) {
      if (redAt === 0 && (await ready()) === 503) redAt = n;
      const answer = await devin.query(`select ${n} as n_${n}`);
      if (!answer.success) {
        expect(answer).toMatchObject({ code: "099020" });
        last = n;
      }
    }
    expect(last).toBeGreaterThan(0);
    expect(redAt).toBeGreaterThan(0);
    expect(redAt).toBeLessThan(last);
    expect(up.reached().some((entry) => entry.sqlText.includes(`n_${last}`))).toBe(false);
  });
});

describe("a rule that can't be worked out", () => {
  it("matches when it is a guardrail: a bound that is not known is no bound", async () => {
    const policy = `apiVersion: sluice/v1
kind: Policy
name: unproved
owner: test@demo.example
summary: Denies what may be large.
guardrails:
  - id: no-unproved-size
    who: { groups: [agents] }
    to: [read]
    when: stmt.rowsMax > 100
    deny: "Say how many rows."
`;
    const { up, devin } = await start({ files: [{ path: "unproved.policy.yaml", text: policy }] });
    expect(await devin.query("select id from orders limit 5")).toMatchObject({ success: true });
    const answer = await devin.query("select o.id from orders o join events e on e.customer_id = o.customer_id");
    expect(answer).toMatchObject({ success: false, message: expect.stringContaining("no-unproved-size") });
    expect(executed(up, "join events")).toBe(0);
  });
});

describe("a driver that is killed while it waits", () => {
  it("never has its DELETE run, even when it is approved a moment later", async () => {
    const { up } = await start({ environment: { SLUICE_CALLER_GRACE_SECONDS: "2" } });
    const script = `
      import { connectNode } from ${JSON.stringify(join(import.meta.dirname, "../harness/node-driver.ts"))};
      const connection = await connectNode(process.argv[1], process.argv[2]);
      await connection.run("delete from orders /* killed */");`;
    const args = ["--input-type=module", "-e", script, up.gateway.snowflakeUrl, up.tokens.devin];
    const driver = spawn(process.execPath, args, { stdio: "ignore" });
    const [waiting] = await waitFor(
      () => approvals(up, "pending"),
      (found) => found.length === 1,
      30_000,
    );
    const gone = new Promise((resolve) => driver.once("exit", resolve));
    driver.kill("SIGKILL");
    await gone;
    await up.api("sam", "POST", `/v1/approvals/${waiting?.id}/vote`, { verdict: "grant" });
    await waitFor(
      () => approvals(up, "all"),
      ([one]) => one?.state === "withdrawn",
    );
    expect(executed(up, "/* killed */")).toBe(0);
  });
});

describe("a gateway that is down", () => {
  it("lets nothing reach the warehouse, and its sessions go on when it is back", async () => {
    const { up, devin } = await start();
    await up.gateway.stop();
    await expect(devin.query("select 1 as down")).rejects.toThrow();
    expect(executed(up, "as down")).toBe(0);
    await up.restart();
    const target = `/queries/v1/query-request?requestId=${randomUUID()}`;
    const authorization = `Snowflake Token="${devin.token}"`;
    const body = JSON.stringify({ sqlText: "select current_schema() as s" });
    const answer = await rawSend(up.gateway.snowflakeUrl, "POST", target, body, { authorization });
    expect(answer).toMatchObject({ success: true, data: { rowset: [["ANALYTICS"]] } });
  });
});
