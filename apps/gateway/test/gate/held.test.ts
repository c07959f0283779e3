/** Guarantees of a statement that waits: one approval, one execution, only for a caller that is there. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { connectNode } from "../harness/node-driver.ts";
import { type Envelope, type RawSession, rawLogin } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack;
let devin: RawSession;

interface Approval {
  readonly id: string;
  readonly state: string;
}
const approvals = async (state: string): Promise<readonly Approval[]> =>
  (await stack.api<{ approvals: readonly Approval[] }>("sam", "GET", `/v1/approvals?state=${state}`)).body.approvals;
const oneWaiting = async (): Promise<Approval> =>
  (
    await waitFor(
      () => approvals("pending"),
      (found) => found.length === 1,
    )
  )[0] as Approval;
const vote = (who: "sam" | "max" | "ana" | "devin" | "vic", id: string, verdict: "grant" | "deny", reason = "no") =>
  stack.api<{ error?: { code: string } }>(
    who,
    "POST",
    `/v1/approvals/${id}/vote`,
    verdict === "grant" ? { verdict } : { verdict, reason },
  );
const executions = (text: string): number =>
  stack.reached().filter((entry) => entry.executed && entry.sqlText === text).length;
/** Polls as a driver does, until there is an end. */
async function toTheEnd(first: Envelope): Promise<Envelope> {
  let answer = first;
  while (answer.code === "333333") answer = await devin.result(String(answer.data?.["queryId"]));
  return answer;
}

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    environment: { SLUICE_FIRST_WAIT_SECONDS: "0.2", SLUICE_POLL_WAIT_SECONDS: "1", SLUICE_CALLER_GRACE_SECONDS: "2" },
  });
});
beforeEach(async () => {
  devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
});
afterAll(async () => stack?.stop());

describe("a statement that waits", () => {
  it("answers in progress with a stable address until somebody decides", async () => {
    const first = await devin.query("delete from orders where 1 = 1");
    expect(first).toMatchObject({
      success: true,
      code: "333333",
      data: { getResultUrl: `/queries/${first.data?.["queryId"]}/result` },
    });
    expect(first.data).not.toHaveProperty("rowset");
    const second = await devin.result(String(first.data?.["queryId"]));
    expect(second.data?.["getResultUrl"]).toBe(first.data?.["getResultUrl"]);
    await vote("sam", (await oneWaiting()).id, "deny");
    expect(await toTheEnd(second)).toMatchObject({ success: false, code: "003001", data: { sqlState: "42501" } });
    expect(executions("delete from orders where 1 = 1")).toBe(0);
  });

  it("takes a retry of the same request as the same statement: one approval, one execution", async () => {
    const text = "delete from orders /* retried */";
    const requestId = randomUUID();
    const answers = await Promise.all([
      devin.query(text, { requestId }),
      devin.query(text, { requestId }),
      devin.query(text, { requestId }),
    ]);
    expect(new Set(answers.map((answer) => answer.data?.["queryId"])).size).toBe(1);
    const waiting = await oneWaiting();
    const polling = toTheEnd(answers[0] as Envelope);
    expect((await vote("sam", waiting.id, "grant")).status).toBe(200);
    const done = await polling;
    expect(done).toMatchObject({ success: true });
    const again = await devin.query(text, { requestId });
    expect(again.data?.["rowset"]).toEqual(done.data?.["rowset"]);
    expect(executions(text)).toBe(1);
    expect(await approvals("pending")).toHaveLength(0);
  });

  it("refuses another statement under a request id that was used", async () => {
    const requestId = randomUUID();
    expect((await devin.query("select 1", { requestId })).success).toBe(true);
    expect(await devin.query("select 2", { requestId })).toMatchObject({ success: false, code: "099004" });
    expect(executions("select 2")).toBe(0);
  });

  it("ends with 000604 when the caller cancels, and its approval is withdrawn", async () => {
    const requestId = randomUUID();
    const first = await devin.query("delete from orders /* canceled */", { requestId });
    const waiting = await oneWaiting();
    expect(
      await devin.send(
        "POST",
        `/queries/v1/abort-request?requestId=${randomUUID()}`,
        JSON.stringify({ requestId, sqlText: "x" }),
      ),
    ).toMatchObject({ success: true });
    expect(await toTheEnd(first)).toMatchObject({ success: false, code: "000604", data: { sqlState: "57014" } });
    expect((await vote("sam", waiting.id, "grant")).status).toBe(409);
    expect(executions("delete from orders /* canceled */")).toBe(0);
  });

  it("never runs for a caller that went away, even when it is approved afterwards", async () => {
    const text = "delete from orders /* orphan */";
    const leaving = new AbortController();
    const gone = devin.query(text, { signal: leaving.signal }).catch(() => null);
    const waiting = await oneWaiting();
    leaving.abort();
    await gone;
    await vote("sam", waiting.id, "grant");
    const [ended] = await waitFor(
      async () => (await approvals("all")).filter((one) => one.id === waiting.id),
      ([one]) => one?.state === "withdrawn",
    );
    expect(ended?.state).toBe("withdrawn");
    expect(executions(text)).toBe(0);
  });

  it("cannot be approved by the agent, its delegator, or somebody who is no reviewer; and by nobody twice", async () => {
    const text = "delete from orders /* who may */";
    const first = await devin.query(text);
    const polling = toTheEnd(first);
    const { id } = await oneWaiting();
    for (const who of ["devin", "ana", "vic"] as const) expect((await vote(who, id, "grant")).status, who).toBe(403);
    expect(executions(text)).toBe(0);
    expect((await vote("max", id, "grant")).status).toBe(200);
    expect(await polling).toMatchObject({ success: true });
    expect((await vote("sam", id, "grant")).status).toBe(409);
    expect(executions(text)).toBe(1);
  });

  it("makes later statements of its session wait, and lets them go on when it ends", async () => {
    const first = await devin.query("delete from orders /* ahead */");
    const { id } = await oneWaiting();
    const behind = devin.query("select 17 as n");
    expect((await behind).code).toBe("333333");
    expect(executions("select 17 as n")).toBe(0);
    const other = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.copilot);
    expect((await other.query("select 18 as n")).success).toBe(true);
    await vote("sam", id, "deny");
    await toTheEnd(first);
    expect(await toTheEnd(await behind)).toMatchObject({ success: true, data: { rowset: [["17"]] } });
  });

  it("is refused inside an open transaction with a sentence that says so", async () => {
    await devin.query("begin");
    expect(await devin.query("delete from orders /* in tx */")).toMatchObject({
      success: false,
      message: expect.stringMatching(/transaction/i),
    });
    await devin.query("rollback");
    expect(executions("delete from orders /* in tx */")).toBe(0);
  });

  it("answers a description at once: only execution is held", async () => {
    const answer = await devin.query("delete from orders /* described */", { body: { describeOnly: true } });
    expect(answer).toMatchObject({ success: true });
    expect(answer.code).toBeNull();
    expect(executions("delete from orders /* described */")).toBe(0);
  });

  it("is not run when the policy changed under its approval", async () => {
    const text = "delete from orders /* drift */";
    const first = await devin.query(text);
    const polling = toTheEnd(first);
    const { id } = await oneWaiting();
    const policy = (await import("../harness/index.ts")).readDemoConfig(stack.warehouse.url);
    const files = (await policy).map((file) => ({ ...file, text: file.text.replace(/expires: 30m/g, "expires: 29m") }));
    await stack.api("bootstrap", "POST", "/v1/apply", { files, secrets: {} });
    await vote("sam", id, "grant");
    expect(await polling).toMatchObject({ success: false, message: expect.stringMatching(/no longer what would run/) });
    expect(executions(text)).toBe(0);
  });
});

describe("an unmodified driver", () => {
  it("cancels while it waits and gets the driver's own cancel error", async () => {
    const node = await connectNode(stack.gateway.snowflakeUrl, stack.tokens.devin);
    const failing = new Promise((resolve) => {
      const statement = node.raw.execute({
        sqlText: "delete from orders /* node cancel */",
        complete: (error) => resolve(error),
      });
      void oneWaiting().then(() => statement.cancel(() => undefined));
    });
    expect(await failing).toMatchObject({ code: "000604", sqlState: "57014" });
    await node.close();
  });
});
