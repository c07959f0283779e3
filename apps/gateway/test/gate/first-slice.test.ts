/** Guarantee: what an agent may do, may not do, and must ask for, seen with an unmodified driver. */
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { connectNode, type NodeConnection } from "../harness/node-driver.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack;
let devin: NodeConnection;

beforeAll(async () => {
  stack = await startStack({ databaseUrl: inject("databaseUrl") });
  devin = await connectNode(stack.gateway.snowflakeUrl, stack.tokens.devin);
});
afterAll(async () => {
  await devin?.close();
  await stack?.stop();
});

interface Listed {
  readonly approvals: readonly { readonly id: string; readonly summary: string }[];
}
const pending = async (): Promise<Listed["approvals"]> =>
  (await stack.api<Listed>("sam", "GET", "/v1/approvals")).body.approvals;

describe("an agent reads", () => {
  it("gets tagged columns masked under any alias and expression, and the others as they are", async () => {
    const { rows } = await devin.run(
      "select id, email as contact, upper(ssn) as s, country, phone || '' as p from customers order by id limit 3",
    );
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(String(row["CONTACT"])).toMatch(/^tok_/);
      expect(row["S"]).toBe("***");
      expect(row["P"]).toBe("***");
      expect(String(row["COUNTRY"])).not.toContain("*");
    }
    expect(rows.map((row) => row["ID"])).toEqual([1, 2, 3]);
  });

  it("is refused what is out of scope, with the rule's name, and nothing reaches the warehouse", async () => {
    await expect(devin.run("select * from prod.raw.customers_import")).rejects.toMatchObject({
      code: "003001",
      sqlState: "42501",
      message: expect.stringMatching(/raw-is-out-of-scope/),
    });
    expect(stack.reached().some((entry) => /customers_import/i.test(entry.sqlText))).toBe(false);
  });
});

describe("an agent destroys", () => {
  it("never drops a database", async () => {
    await expect(devin.run("drop database prod")).rejects.toMatchObject({
      code: "003001",
      message: expect.stringMatching(/drop/i),
    });
    expect(stack.reached().some((entry) => /drop database/i.test(entry.sqlText))).toBe(false);
  });

  it("waits with a DELETE without WHERE, and is released by the approval itself, not by the end of a poll", async () => {
    const deleting = devin.run("delete from orders");
    const [request] = await waitFor(pending, (found) => found.length === 1);
    expect(stack.reached().some((entry) => /delete from orders/i.test(entry.sqlText))).toBe(false);
    const approvedAt = Date.now();
    expect((await stack.api("sam", "POST", `/v1/approvals/${request?.id}/vote`, { verdict: "grant" })).status).toBe(
      200,
    );
    const { rows } = await deleting;
    // The request that waits would end by itself after 20 s; how fast a release is, bench/ says.
    expect(Date.now() - approvedAt).toBeLessThan(10_000);
    expect(rows[0]).toEqual({ "number of rows deleted": 10_000 });
    expect(stack.reached().filter((entry) => /delete from orders/i.test(entry.sqlText) && entry.executed)).toHaveLength(
      1,
    );
  });

  it("is told the reviewer's reason when it is denied", async () => {
    const deleting = devin.run("delete from events");
    deleting.catch(() => undefined);
    const [request] = await waitFor(pending, (found) => found.length === 1);
    await stack.api("sam", "POST", `/v1/approvals/${request?.id}/vote`, {
      verdict: "deny",
      reason: "Not during the migration.",
    });
    await expect(deleting).rejects.toMatchObject({
      code: "003001",
      message: expect.stringContaining("Not during the migration."),
    });
    expect(stack.reached().some((entry) => /delete from events/i.test(entry.sqlText))).toBe(false);
  });
});
