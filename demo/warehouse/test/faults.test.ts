/** Each fault switch does what it says, to the statement it names and no other. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { SWITCH_KINDS, type Switch, startWarehouse, type Warehouse } from "../src/index.ts";
import { Client } from "./client.ts";

let warehouse: Warehouse;
let client: Client;
const headers = { "x-sluice-demo": "demo" };

beforeAll(async () => {
  warehouse = await startWarehouse({ users: [{ name: "DIRECT", password: "secret" }], demoToken: "demo" });
}, 30_000);

beforeEach(async () => {
  client = new Client(warehouse.url);
  await client.logIn();
});

afterAll(() => warehouse.close());

async function strike(...switches: Switch[]): Promise<void> {
  const response = await fetch(`${warehouse.url}/__demo/switches`, {
    method: "POST",
    headers,
    body: JSON.stringify({ switches }),
  });
  expect(response.status).toBe(200);
}

const wasExecuted = (sql: string) => warehouse.log.some((entry) => entry.sqlText === sql && entry.executed);

test("a switch of an unknown kind is refused", async () => {
  const response = await fetch(`${warehouse.url}/__demo/switches`, {
    method: "POST",
    headers,
    body: '{"switches":[{"kind":"explode","match":"x"}]}',
  });
  expect(response.status).toBe(400);
  expect(SWITCH_KINDS).not.toContain("explode");
});

test("a switch strikes once, and only what it matches", async () => {
  await strike({ kind: "http503", match: "STRUCK" });
  expect((await client.query("select 'other'")).success).toBe(true);
  await expect(client.query("select 'struck 503'")).rejects.toThrow();
  expect(wasExecuted("select 'struck 503'")).toBe(false);
  expect((await client.query("select 'struck 503'")).success).toBe(true);
});

test("delay: the statement starts later, and can be canceled before", async () => {
  await strike({ kind: "delay", match: "delayed", delayMs: 600_000 });
  const answer = await client.submit("select 'delayed'", { asyncExec: true });
  await client.post(`/queries/${answer.data.queryId}/abort-request`, {});
  expect((await client.settled(answer)).code).toBe("000604");
  expect(wasExecuted("select 'delayed'")).toBe(false);
});

test("expireToken and loseSession: the statement is not executed", async () => {
  await strike({ kind: "expireToken", match: "'expired'" }, { kind: "loseSession", match: "'lost'" });
  expect((await client.query("select 'expired'")).code).toBe("390112");
  await client.logIn();
  expect((await client.query("select 'lost'")).code).toBe("390111");
  expect((await client.query("select 1")).code).toBe("390104");
  expect(wasExecuted("select 'expired'") || wasExecuted("select 'lost'")).toBe(false);
});

test("dropBefore breaks before execution, dropAfter after it", async () => {
  await strike({ kind: "dropBefore", match: "'before'" }, { kind: "dropAfter", match: "'after'" });
  await expect(client.query("select 'before'")).rejects.toThrow();
  await expect(client.query("select 'after'")).rejects.toThrow();
  expect([wasExecuted("select 'before'"), wasExecuted("select 'after'")]).toEqual([false, true]);
});

test("noAnswer: the statement is executed and nothing comes back", async () => {
  await strike({ kind: "noAnswer", match: "'silence'" });
  const answered = client.query("select 'silence'").then(
    () => true,
    () => false,
  );
  while (!wasExecuted("select 'silence'")) await client.query("select 'meanwhile'");
  expect(await Promise.race([answered, client.query("select 'later'").then(() => "nothing yet")])).toBe("nothing yet");
});

test("truncateChunk: the first chunk breaks off once, and is whole the second time", async () => {
  await strike({ kind: "truncateChunk", match: "30000" });
  const { data } = await client.query("select id, payload from events where id <= 30000");
  const read = async () => (await fetch(data.chunks[0].url)).arrayBuffer();
  await expect(read()).rejects.toThrow();
  expect((await read()).byteLength).toBeGreaterThan(0);
});

test("wrongTypeId, extraColumn and nonsense: the answer lies", async () => {
  await strike(
    { kind: "wrongTypeId", match: "'type'" },
    { kind: "extraColumn", match: "'column'" },
    { kind: "nonsense", match: "'nonsense'" },
  );
  expect((await client.query("select 'type'")).data.statementTypeId).toBe(0x3100);
  const extra = await client.query("select 'column' as c");
  expect(extra.data.rowtype.map((c: { name: string }) => c.name)).toEqual(["C", "EXTRA"]);
  expect(extra.data.rowset).toEqual([["column", "extra"]]);
  await expect(client.query("select 'nonsense'")).rejects.toThrow(SyntaxError);
});
