/**
 * Guarantee: no statement that the demo's policy allows an agent brings a plain value of a protected column to it, in a
 * cell, a column name or a message; and ordinary statements bring what the warehouse itself would have answered.
 * Rows: packages/policy-engine/corpus/bypass. They are never deleted.
 */
import { readdirSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { type Stack, startStack, WAREHOUSE_PASSWORD } from "../harness/index.ts";
import { type Envelope, type RawSession, rawLogin, rawSend } from "../harness/raw-client.ts";
import { type PlainValues, plainValues } from "./plain-values.ts";

interface Row {
  readonly sql: string;
  readonly expect: "denied" | "held" | "masked" | "clean";
  readonly why: string;
}

const folder = new URL("../../../../packages/policy-engine/corpus/bypass/", import.meta.url);
const corpus = readdirSync(folder)
  .filter((name) => name.endsWith(".yaml"))
  .map((name) => ({ name, rows: parse(readFileSync(new URL(name, folder), "utf8")) as readonly Row[] }));
/** The gateway's own refusals: by policy, and of a result that isn't the caller's. */
const REFUSED = ["003001", "000709"];

let stack: Stack;
let devin: RawSession;
let direct: RawSession;
let plain: PlainValues;

beforeAll(async () => {
  stack = await startStack({ databaseUrl: inject("databaseUrl") });
  devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
  direct = await directly(stack.warehouse.url);
  const people = await deliveredBy(
    await direct.query("select name, email, phone, ssn, card_number from customers"),
    direct,
  );
  expect(people.cells).toHaveLength(5000);
  plain = plainValues(
    Array.from({ length: people.cells.length / 5 }, (_, i) => {
      const [name = "", email = "", phone = "", ssn = "", card = ""] = people.cells.slice(i * 5, i * 5 + 5);
      return { name, email, phone, ssn, card };
    }),
  );
});
afterAll(async () => await stack?.stop());

async function directly(url: string): Promise<RawSession> {
  const session = await rawLogin(url, WAREHOUSE_PASSWORD);
  if (session.token !== "") return session;
  const login = await rawSend(
    url,
    "POST",
    "/session/v1/login-request?requestId=00000000-0000-4000-8000-000000000001&databaseName=PROD&schemaName=ANALYTICS",
    JSON.stringify({
      data: { ACCOUNT_NAME: "demo", LOGIN_NAME: "DIRECT", PASSWORD: WAREHOUSE_PASSWORD, CLIENT_APP_ID: "JavaScript" },
    }),
  );
  const token = String(login.data?.["token"] ?? "");
  const authorization = `Snowflake Token="${token}"`;
  return {
    ...session,
    token,
    query: (sql) =>
      rawSend(
        url,
        "POST",
        `/queries/v1/query-request?requestId=${crypto.randomUUID()}`,
        JSON.stringify({ sqlText: sql, asyncExec: false, sequenceId: 1 }),
        { authorization },
      ),
    result: (queryId) => rawSend(url, "GET", `/queries/${queryId}/result`, undefined, { authorization }),
  };
}

interface Delivered {
  readonly cells: readonly string[];
  /** Column names and message: whatever else the caller reads. */
  readonly around: readonly string[];
}

const STATUS_COLUMNS = /^(status|number of rows|multiple statement|queryid)/i;

/** Everything that an answer brings, those of its chunks and of the statements in it included. */
async function deliveredBy(answer: Envelope, session: RawSession): Promise<Delivered> {
  const data = answer.data ?? {};
  const cells: string[] = [];
  const around = [answer.message ?? ""];
  for (const column of (data["rowtype"] as { name: string }[] | undefined) ?? []) around.push(column.name);
  const rows = [...((data["rowset"] as (string | null)[][] | undefined) ?? [])];
  for (const chunk of (data["chunks"] as { url: string }[] | undefined) ?? []) {
    const bytes = Buffer.from(await (await fetch(chunk.url)).arrayBuffer());
    const text = bytes[0] === 0x1f ? gunzipSync(bytes).toString("utf8") : bytes.toString("utf8");
    rows.push(...(JSON.parse(`[${text}]`) as (string | null)[][]));
  }
  for (const row of rows) for (const cell of row) cells.push(cell ?? "");
  const children = String(data["resultIds"] ?? "");
  for (const id of children.split(",").filter((each) => each !== "")) {
    const child = await deliveredBy(await session.result(id), session);
    cells.push(...child.cells);
    around.push(...child.around);
  }
  return { cells, around };
}

const several = { body: { parameters: { MULTI_STATEMENT_COUNT: 0 } } };

function leakIn({ cells, around }: Delivered, sql: string): string | null {
  const said = sql.toLowerCase();
  for (const text of [...cells, ...around]) {
    const found = plain.findIn(text);
    // What the statement itself said is not news to whoever wrote it.
    if (found !== null && !said.includes(found)) return `${found} in ${text.slice(0, 200)}`;
  }
  return null;
}

describe.each(corpus)("$name", ({ name, rows }) => {
  test.each(rows.filter((row) => row.expect === "denied").map((row) => [row.sql, row] as const))(
    "never reaches the warehouse: %s",
    async (sql) => {
      const before = stack.reached().length;
      const answer = await devin.query(sql, several);
      expect(answer.success).toBe(false);
      expect(REFUSED).toContain(answer.code);
      expect(stack.reached().slice(before)).toEqual([]);
      expect(leakIn(await deliveredBy(answer, devin), sql)).toBeNull();
    },
  );

  test.each(
    rows.filter((row) => row.expect === "masked" || row.expect === "clean").map((row) => [row.sql, row] as const),
  )("brings no plain value: %s", async (sql) => {
    const answer = await devin.query(sql, several);
    const delivered = await deliveredBy(answer, devin);
    expect(leakIn(delivered, sql)).toBeNull();
    // The warehouse is a stand-in and can't run everything; what policy refuses is another thing.
    if (!answer.success) expect(REFUSED, answer.message ?? "").not.toContain(answer.code);
    if (name !== "ordinary.yaml") return;
    const same = await direct.query(sql);
    expect(answer.success, answer.message ?? "").toBe(same.success);
    if (!STATUS_COLUMNS.test(delivered.around[1] ?? ""))
      expect(delivered.cells).toEqual((await deliveredBy(same, direct)).cells);
  });
});
