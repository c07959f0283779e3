/** Guarantees of a session's end and of its life after a restart: what has ended stays ended, what ran runs once. */
import { randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { openPool, transaction } from "../../src/store/pool.ts";
import { failingJournal } from "../harness/failing-journal.ts";
import { copyDatabase, type Stack, startStack } from "../harness/index.ts";
import { type Envelope, type RawSession, rawLogin, rawSend } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

const pendingOf = async (stack: Stack): Promise<readonly { id: string }[]> =>
  (await stack.api<{ approvals: readonly { id: string }[] }>("sam", "GET", "/v1/approvals")).body.approvals;
const reached = (stack: Stack, text: string): number =>
  stack.reached().filter((entry) => entry.sqlText.includes(text)).length;
const target = (): string => `/queries/v1/query-request?requestId=${randomUUID()}`;

describe("a session that ends", () => {
  let stack: Stack;
  let devin: RawSession;
  const broken = failingJournal();

  beforeAll(async () => {
    stack = await startStack({
      databaseUrl: inject("databaseUrl"),
      environment: { SLUICE_FIRST_WAIT_SECONDS: "2", SLUICE_POLL_WAIT_SECONDS: "2" },
      overrides: { journal: broken.journal },
    });
  });
  beforeEach(async () => {
    devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
  });
  afterEach(() => {
    broken.mend();
    stack.warehouse.switches.clear();
  });
  afterAll(async () => stack?.stop());

  it("runs nothing of a request whose body was still coming", async () => {
    stack.warehouse.switches.add({ kind: "delay", match: "keeps it open", delayMs: 1500 });
    const running = devin.query("select 1 as n /* keeps it open */");
    await waitFor(
      () => reached(stack, "keeps it open"),
      (count) => count === 1,
    );
    const body = JSON.stringify({ sqlText: "select 2 as n /* too late */" });
    const late = slowRequest(devin, body.slice(0, 10), body.length);
    await late.started;
    const closing = devin.send("POST", "/session?delete=true");
    await waitFor(
      () => devin.send("POST", "/session/heartbeat"),
      (answer) => answer.code === "390111",
    );
    expect(await late.finish(body.slice(10))).toMatchObject({ success: false, code: "390111" });
    expect(reached(stack, "too late")).toBe(0);
    await Promise.all([closing, running]);
  });

  it("is not taken up again when its end can't be recorded", async () => {
    broken.break("session.end");
    expect((await devin.send("POST", "/session?delete=true")).success).toBe(false);
    expect(await devin.query("select 31 as n")).toMatchObject({ success: false, code: "390111" });
    const pool = openPool(stack.databaseUrl);
    const adopted = await pool.query("select 1 from session where epoch > 1");
    await pool.end();
    expect(adopted.rowCount).toBe(0);
    broken.mend();
    await stack.gateway.tick();
    await waitFor(
      () => devin.query("select 32 as n"),
      (answer) => answer.code === "390104",
    );
    expect(reached(stack, "select 31")).toBe(0);
    expect(reached(stack, "select 32")).toBe(0);
  });

  it("ends once, however many ask for it", async () => {
    stack.warehouse.switches.add({ kind: "delay", match: "holds the end up", delayMs: 1000 });
    const running = devin.query("select 1 as n /* holds the end up */");
    await waitFor(
      () => reached(stack, "holds the end up"),
      (count) => count === 1,
    );
    const closing = devin.send("POST", "/session?delete=true");
    await waitFor(
      () => devin.send("POST", "/session/heartbeat"),
      (answer) => answer.code === "390111",
    );
    await stack.gateway.tick();
    await stack.gateway.tick();
    expect(await closing).toMatchObject({ success: true });
    await running;
  });

  it("takes what waits with it when the warehouse has lost its side", async () => {
    await devin.query("delete from orders /* waits without a poll */", { body: { asyncExec: true } });
    await waitFor(
      () => pendingOf(stack),
      (found) => found.length === 1,
    );
    stack.warehouse.switches.add({ kind: "loseSession", match: "finds out" });
    expect(await devin.query("select 1 as n /* finds out */", { body: {} })).toMatchObject({ code: "390111" });
    await stack.gateway.tick();
    await waitFor(
      () => pendingOf(stack),
      (found) => found.length === 0,
    );
    expect(reached(stack, "waits without a poll")).toBe(0);
  });

  function slowRequest(session: RawSession, head: string, length: number) {
    const url = new URL(target(), stack.gateway.snowflakeUrl);
    const headers = {
      authorization: `Snowflake Token="${session.token}"`,
      "content-type": "application/json",
      "content-length": length,
    };
    const sent = httpRequest(url, { method: "POST", headers });
    const answered = new Promise<Envelope>((resolve, reject) => {
      sent.on("error", reject);
      sent.on("response", async (answer) => {
        const parts: Buffer[] = [];
        for await (const part of answer) parts.push(part);
        resolve(JSON.parse(Buffer.concat(parts).toString("utf8")));
      });
    });
    const started = new Promise<void>((resolve) => sent.write(head, () => resolve()));
    return {
      started,
      finish(rest: string): Promise<Envelope> {
        sent.end(rest);
        return answered;
      },
    };
  }
});

describe("a gateway that was restarted", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({
      databaseUrl: inject("databaseUrl"),
      environment: { SLUICE_FIRST_WAIT_SECONDS: "2", SLUICE_POLL_WAIT_SECONDS: "2" },
    });
  });
  afterAll(async () => stack?.stop());

  const again = (session: RawSession, sql: string, requestId: string): Promise<Envelope> =>
    rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      `/queries/v1/query-request?requestId=${requestId}`,
      JSON.stringify({ sqlText: sql }),
      { authorization: `Snowflake Token="${session.token}"` },
    );

  it("answers a retry of a change that it may have sent as unknown, and of one that waited as not run", async () => {
    const devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
    const [sent, waited] = [randomUUID(), randomUUID()];
    const change = "update orders set status = 'once' where id = 7";
    expect(await devin.query(change, { requestId: sent })).toMatchObject({ success: true });
    const held = "delete from orders /* waited through a restart */";
    await devin.query(held, { requestId: waited, body: { asyncExec: true } });
    await waitFor(
      () => pendingOf(stack),
      (found) => found.length === 1,
    );
    await stack.restart();
    expect(await again(devin, change, sent)).toMatchObject({ success: false, data: { sqlState: "08007" } });
    expect(await again(devin, held, waited)).toMatchObject({ success: false, data: { sqlState: "57014" } });
    expect(await pendingOf(stack)).toEqual([]);
    expect(reached(stack, "'once'")).toBe(1);
    expect(reached(stack, "waited through a restart")).toBe(0);
  });

  it("takes up a session once for requests that come at the same time", async () => {
    const devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
    await stack.restart();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, n) => again(devin, `select ${n} as n`, randomUUID())),
    );
    expect(answers.map((answer) => answer.code)).toEqual(answers.map(() => null));
  });

  it("does not take up a session whose token was revoked meanwhile", async () => {
    const minted = (await stack.api<{ id: string; token: string }>("ana", "POST", "/v1/tokens", { principal: "devin" }))
      .body;
    const devin = await rawLogin(stack.gateway.snowflakeUrl, minted.token);
    const db = new pg.Client({ connectionString: stack.databaseUrl });
    await db.connect();
    await db.query("update token set revoked_at = now() where id = $1", [minted.id]);
    await db.end();
    await stack.restart();
    expect(await again(devin, "select 1 as n /* revoked meanwhile */", randomUUID())).toMatchObject({
      success: false,
    });
    expect(reached(stack, "revoked meanwhile")).toBe(0);
  });
});

describe("PostgreSQL that goes away in the middle of a transaction", () => {
  it("fails the transaction and nothing else", async () => {
    // A copy: the one that copies are made of may have no connections.
    const databaseUrl = await copyDatabase(inject("databaseUrl"));
    const pool = openPool(databaseUrl);
    const killer = new pg.Client({ connectionString: databaseUrl });
    await killer.connect();
    try {
      await expect(
        transaction(pool, async (db) => {
          const { rows } = await db.query<{ pid: number }>("select pg_backend_pid() as pid");
          await killer.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
          // Until the news has come: nobody asks on this connection meanwhile.
          await waitFor(
            async () => (await killer.query("select 1 from pg_stat_activity where pid = $1", [rows[0]?.pid])).rowCount,
            (count) => count === 0,
          );
          await killer.query("select pg_sleep(0.1)");
          await db.query("select 1");
        }),
      ).rejects.toThrow();
      expect((await pool.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    } finally {
      await killer.end();
      await pool.end();
    }
  });
});
