/** Guarantees of a session's context: a statement is decided for the schema in which the warehouse will read it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Stack, startStack } from "../harness/index.ts";
import { type RawSession, rawLogin } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack;
let devin: RawSession;

beforeAll(async () => {
  stack = await startStack({ databaseUrl: inject("databaseUrl") });
});
beforeEach(async () => {
  devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
});
afterEach(() => stack.warehouse.switches.clear());
afterAll(async () => stack?.stop());

const reached = (text: string): number => stack.reached().filter((entry) => entry.sqlText.includes(text)).length;
const several = { body: { parameters: { MULTI_STATEMENT_COUNT: 0 } } };

describe("the schema of a session", () => {
  it("is followed through a request of several statements", async () => {
    expect(await devin.query("use schema reporting; select 1 as n", several)).toMatchObject({ success: true });
    expect(await devin.query("select country from customers /* read elsewhere */")).toMatchObject({ success: false });
    expect(reached("read elsewhere")).toBe(0);
    const there = await devin.query("select current_schema() as s");
    expect(there).toMatchObject({ success: true, data: { rowset: [["REPORTING"]] } });
    expect(await devin.query("select country from analytics.customers limit 1")).toMatchObject({ success: true });
  });

  it.each([
    ["a request of several statements that failed half way", "use schema reporting; select to_number('x') as n", null],
    ["a change whose answer was lost", "use schema reporting /* lost */", "dropAfter"],
    ["a change whose answer makes no sense", "use schema reporting /* garbled */", "nonsense"],
  ] as const)(
    "is not known after %s: names without a schema are refused until it is said again",
    async (_, sql, kind) => {
      if (kind !== null) stack.warehouse.switches.add({ kind, match: sql });
      expect(await devin.query(sql, kind === null ? several : {})).toMatchObject({ success: false });
      const text = `select country from customers limit 1 /* after: ${kind} */`;
      expect(await devin.query(text)).toMatchObject({ success: false, code: "003001" });
      expect(reached(text)).toBe(0);
      expect(await devin.query("use schema prod.analytics")).toMatchObject({ success: true });
      expect(await devin.query(text)).toMatchObject({ success: true });
    },
  );

  it("is not changed under a statement that was sent behind the change", async () => {
    stack.warehouse.switches.add({ kind: "delay", match: "use schema reporting", delayMs: 300 });
    const changing = devin.query("use schema reporting /* slow */");
    await waitFor(
      () => stack.warehouse.log.some((entry) => entry.sqlText.includes("/* slow */")) || reached("slow") > 0,
      Boolean,
    );
    const behind = devin.query("select country from customers /* overtakes */");
    expect(await changing).toMatchObject({ success: true });
    expect(await behind).toMatchObject({ success: false, code: "003001" });
    expect(reached("overtakes")).toBe(0);
  });

  it("is not changed under a statement that is already on its way", async () => {
    stack.warehouse.switches.add({ kind: "delay", match: "ahead of the change", delayMs: 300 });
    const ahead = devin.query("select country from customers limit 1 /* ahead of the change */");
    const changing = devin.query("use schema reporting /* behind */");
    await waitFor(
      () => reached("ahead of the change"),
      (count) => count === 1,
    );
    expect(await ahead).toMatchObject({ success: true });
    expect(await changing).toMatchObject({ success: true });
    const order = stack.reached().map((entry) => entry.sqlText);
    expect(order.findIndex((text) => text.includes("behind"))).toBeGreaterThan(
      order.findIndex((text) => text.includes("ahead of the change")),
    );
  });
});
