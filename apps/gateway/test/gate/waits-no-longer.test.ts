/** Guarantees of what waits: an approval is good until it expires, and nothing runs for a caller that has left. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { type RawSession, rawLogin } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack;
let devin: RawSession;
let skewMs = 0;

interface Approval {
  readonly id: string;
  readonly state: string;
}
const approvals = async (state: string): Promise<readonly Approval[]> =>
  (await stack.api<{ approvals: readonly Approval[] }>("sam", "GET", `/v1/approvals?state=${state}`)).body.approvals;
const oneWaiting = async (): Promise<string> =>
  (
    await waitFor(
      () => approvals("pending"),
      (found) => found.length === 1,
    )
  )[0]?.id ?? "";
const grant = (id: string) => stack.api("sam", "POST", `/v1/approvals/${id}/vote`, { verdict: "grant" });
const reached = (text: string): number => stack.reached().filter((entry) => entry.sqlText.includes(text)).length;

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    environment: { SLUICE_FIRST_WAIT_SECONDS: "0.2", SLUICE_POLL_WAIT_SECONDS: "1", SLUICE_CALLER_GRACE_SECONDS: "2" },
    overrides: { now: () => Date.now() + skewMs },
  });
});
beforeEach(async () => {
  devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
});
afterAll(async () => stack?.stop());

describe("an approval", () => {
  it("that was given in time runs nothing once it has expired", async () => {
    const requestId = randomUUID();
    const text = "delete from orders /* granted long ago */";
    await devin.query(text, { requestId });
    const id = await oneWaiting();
    await grant(id);
    skewMs += 31 * 60_000;
    await stack.gateway.tick();
    expect(await devin.query(text, { requestId })).toMatchObject({ success: false, code: "003001" });
    expect(reached("granted long ago")).toBe(0);
  });

  it("is not needed for an asynchronous statement's caller to be there", async () => {
    const text = "delete from orders /* nobody polls */";
    expect(await devin.query(text, { body: { asyncExec: true } })).toMatchObject({ code: "333334" });
    await grant(await oneWaiting());
    await waitFor(
      () => stack.reached().filter((entry) => entry.executed && entry.sqlText === text).length,
      (count) => count === 1,
    );
  });
});

describe("a statement behind one that waits", () => {
  it("is not run when its own caller has left", async () => {
    const ahead = await devin.query("delete from orders /* ahead */", { requestId: randomUUID() });
    const id = await oneWaiting();
    const polls = { are: true };
    const polling = (async () => {
      while (polls.are) await devin.result(String(ahead.data?.["queryId"]));
    })();
    const behind = await devin.query("update orders set status = 'left behind' where id = 1");
    expect(behind.code).toBe("333333");
    const ended = await waitFor(
      () => devin.send("GET", `/monitoring/queries/${String(behind.data?.["queryId"])}`),
      (answer) => JSON.stringify(answer).includes("ABORTED"),
    );
    expect(ended.success).toBe(true);
    polls.are = false;
    await grant(id);
    await polling;
    expect(reached("left behind")).toBe(0);
  });
});
