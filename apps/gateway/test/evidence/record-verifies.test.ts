/** Guarantee: what a running gateway records of ordinary and held statements verifies offline, and a change to it does not. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { rewriteEntries, verifyFolder } from "../../src/journal/testing/verify-folder.ts";
import { type Stack, startStack } from "../harness/index.ts";
import { type Envelope, rawLogin } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    environment: { SLUICE_FIRST_WAIT_SECONDS: "0.2", SLUICE_POLL_WAIT_SECONDS: "1" },
  });
});
afterAll(async () => stack?.stop());

it("reads, a held deletion that is granted, one that is denied, and a refusal", async () => {
  const devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
  const toTheEnd = async (first: Envelope): Promise<Envelope> => {
    let answer = first;
    while (answer.code === "333333") answer = await devin.result(String(answer.data?.["queryId"]));
    return answer;
  };
  expect(await toTheEnd(await devin.query("select count(*) from orders"))).toMatchObject({ success: true });
  expect(await toTheEnd(await devin.query("grant role accountadmin to user devin"))).toMatchObject({ success: false });
  for (const verdict of ["grant", "deny"] as const) {
    const polling = toTheEnd(await devin.query(`delete from orders where 1 = 1 /* ${verdict} */`));
    const [waiting] = await waitFor(
      async () =>
        (await stack.api<{ approvals: { id: string }[] }>("sam", "GET", "/v1/approvals?state=pending")).body.approvals,
      (found) => found.length === 1,
    );
    const body = verdict === "grant" ? { verdict } : { verdict, reason: "no" };
    await stack.api("sam", "POST", `/v1/approvals/${waiting?.id}/vote`, body);
    expect((await polling).success).toBe(verdict === "grant");
  }
  await stack.gateway.journal.checkpoint();
  const folder = join(stack.stateDir, "journal");
  const report = verifyFolder(folder);
  expect(report.findings).toEqual([]);
  expect(report.counts).toMatchObject({ payloadsAbsent: 0 });
  expect(report.counts.statements).toBeGreaterThanOrEqual(4);
  expect(report.counts.checkpoints).toBeGreaterThan(0);

  rewriteEntries(
    join(folder, new Date().toISOString().slice(0, 7), "00000001.seg"),
    '"effect":"hold"',
    '"effect":"deny"',
  );
  expect(verifyFolder(folder).first?.failure).toBe("changed");
});
