/** The protocol as a driver meets it, request by request. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startWarehouse, type Warehouse } from "../src/index.ts";
import { type Answer, Client } from "./client.ts";

let warehouse: Warehouse;
let client: Client;

beforeAll(async () => {
  warehouse = await startWarehouse({
    users: [{ name: "DIRECT", password: "secret", token: "pat-1" }],
    inProgressAfterMs: 60,
    demoToken: "demo",
  });
  client = new Client(warehouse.url);
  await client.logIn();
}, 30_000);

afterAll(() => warehouse.close());

const logged = (part: string) => warehouse.log.filter((entry) => entry.sqlText.includes(part));

describe("sessions", () => {
  test("a login answers with both tokens, a numeric session id and the parameters that drivers need", async () => {
    const { data } = await new Client(warehouse.url).logIn();
    expect(typeof data.token).toBe("string");
    expect(data.masterToken).not.toBe(data.token);
    expect(Number.isSafeInteger(data.sessionId)).toBe(true);
    const parameters = new Map(data.parameters.map((p: { name: string; value: unknown }) => [p.name, p.value]));
    expect(parameters.get("AUTOCOMMIT")).toBe(true);
    expect(parameters.get("CLIENT_STAGE_ARRAY_BINDING_THRESHOLD")).toBe(2_147_483_647);
    expect(parameters.get("CLIENT_PREFETCH_THREADS")).toBe(4);
    expect(data.sessionInfo).toMatchObject({
      databaseName: "PROD",
      schemaName: "ANALYTICS",
      warehouseName: "AGENTS_XS",
    });
  });

  test("a wrong password, an unknown user and a wrong token are refused, with the same words for the first two", async () => {
    const wrong = await new Client(warehouse.url).logIn({ PASSWORD: "guess" });
    const unknown = await new Client(warehouse.url).logIn({ LOGIN_NAME: "NOBODY" });
    expect([wrong.success, wrong.code]).toEqual([false, "390100"]);
    expect([unknown.code, unknown.message]).toEqual([wrong.code, wrong.message]);
    const token = await new Client(warehouse.url).logIn({ AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN", TOKEN: "other" });
    expect([token.success, token.code]).toEqual([false, "394400"]);
  });

  test("an access token logs in without a user name", async () => {
    const answer = await new Client(warehouse.url).logIn({
      AUTHENTICATOR: "PROGRAMMATIC_ACCESS_TOKEN",
      TOKEN: "pat-1",
      LOGIN_NAME: undefined,
      PASSWORD: undefined,
    });
    expect(answer.success).toBe(true);
  });

  test("an expired token gets 390112, and a renewal with the master token goes on in the same session", async () => {
    const own = new Client(warehouse.url);
    await own.logIn();
    await own.query("alter session set query_tag = 'kept'");
    const old = own.token;
    const renewed = await own.post(
      "/session/token-request",
      { oldSessionToken: old, requestType: "RENEW" },
      own.masterToken,
    );
    expect((await own.query("select 1")).code).toBe("390112");
    own.token = renewed.data.sessionToken;
    const { data } = await own.query("show parameters like 'QUERY_TAG'");
    expect(data.rowset[0][1]).toBe("kept");
  });

  test("a renewal that is not RENEW is refused, and so is one with the session token", async () => {
    const own = new Client(warehouse.url);
    await own.logIn();
    expect((await own.post("/session/token-request", { requestType: "ISSUE" }, own.masterToken)).success).toBe(false);
    expect((await own.post("/session/token-request", { requestType: "RENEW" }, own.token)).code).toBe("390115");
  });

  test("a closed session's token is no longer known", async () => {
    const own = new Client(warehouse.url);
    await own.logIn();
    expect((await own.post("/session?delete=true", null)).success).toBe(true);
    expect((await own.query("select 1")).code).toBe("390104");
  });
});

describe("statements", () => {
  test("cells are texts in Snowflake's encodings", async () => {
    const { data } = await client.query("select * from types_sample where id = 1");
    expect(
      Object.fromEntries(data.rowtype.map((c: { name: string }, i: number) => [c.name, data.rowset[0][i]])),
    ).toEqual({
      ID: "1",
      N_INT: "42",
      N_SMALL: "7",
      N_DEC: "12.34",
      N_WIDE: "1234567890.0123456789",
      F: "1.5",
      T: "plain",
      B: "4142",
      BO: "1",
      D: "19782",
      TI: "45296.123456789",
      TS_NTZ: "1700000000.123456789",
      TS_LTZ: "1700000000.123456000",
      TS_TZ: "1700000000.123456789 1500",
      V: '{\n  "a": 1,\n  "b": [\n    true,\n    null\n  ]\n}',
      O: '{\n  "k": "v",\n  "n": 2\n}',
      A: '[\n  1,\n  "two"\n]',
    });
    expect(data.rowtype.map((c: { type: string }) => c.type)).toEqual([
      "fixed",
      "fixed",
      "fixed",
      "fixed",
      "fixed",
      "real",
      "text",
      "binary",
      "boolean",
      "date",
      "time",
      "timestamp_ntz",
      "timestamp_ltz",
      "timestamp_tz",
      "variant",
      "object",
      "array",
    ]);
  });

  test("a row of NULLs is a row of nulls", async () => {
    const { data } = await client.query("select * from types_sample where id = 2");
    expect(data.rowset[0].slice(1).every((cell: unknown) => cell === null)).toBe(true);
  });

  test("Arrow carries the same values as JSON", async () => {
    const python = new Client(warehouse.url);
    await python.logIn({ CLIENT_APP_ID: "PythonConnector" });
    const { data } = await python.query(
      "select id, n_dec, f, t, bo, v from types_sample where id in (1, 2) order by id",
    );
    expect(data.queryResultFormat).toBe("arrow");
    const table = tableFromIPC(Buffer.from(data.rowsetBase64, "base64"));
    expect(table.numRows).toBe(2);
    expect([...(table.getChild("T") ?? [])]).toEqual(["plain", null]);
    expect([...(table.getChild("N_DEC") ?? [])]).toEqual([1234, null]);
    expect(table.schema.fields[1]?.metadata.get("logicalType")).toBe("FIXED");
    const json = await python.query("select t from types_sample where id = 1", {
      parameters: { PYTHON_CONNECTOR_QUERY_RESULT_FORMAT: "JSON" },
    });
    expect(json.data.rowset).toEqual([["plain"]]);
  });

  test("DML counts come as one row of JSON with Snowflake's names", async () => {
    const python = new Client(warehouse.url);
    await python.logIn({ CLIENT_APP_ID: "PythonConnector" });
    await python.query("create or replace table counted (a number, b varchar)");
    const names = (answer: Answer) => [
      answer.data.queryResultFormat,
      answer.data.rowtype.map((c: { name: string }) => c.name),
      answer.data.rowset,
      answer.data.statementTypeId,
    ];
    expect(names(await python.query("insert into counted values (1, 'x'), (2, 'y')"))).toEqual([
      "json",
      ["number of rows inserted"],
      [["2"]],
      0x3100,
    ]);
    expect(names(await python.query("update counted set b = 'z'"))).toEqual([
      "json",
      ["number of rows updated", "number of multi-joined rows updated"],
      [["2", "0"]],
      0x3200,
    ]);
    expect(
      names(
        await python.query(
          "merge into counted t using (select 1 as a union all select 3) s on t.a = s.a when matched then update set b = 'm' when not matched then insert (a) values (s.a)",
        ),
      ),
    ).toEqual(["json", ["number of rows inserted", "number of rows updated"], [["1", "1"]], 0x3400]);
    const deleted = await python.query("delete from counted");
    expect(names(deleted)).toEqual(["json", ["number of rows deleted"], [["3"]], 0x3300]);
    expect(deleted.data.stats.numRowsDeleted).toBe(3);
  });

  test("describeOnly tells the columns and runs nothing", async () => {
    await client.query("create or replace table described (a number)");
    const select = await client.query("select id, name from customers /* described */", { describeOnly: true });
    expect(select.data.rowtype.map((c: { name: string }) => c.name)).toEqual(["ID", "NAME"]);
    expect(select.data.rowset).toEqual([]);
    const insert = await client.query("insert into described values (?)", { describeOnly: true });
    expect(insert.data).toMatchObject({ statementTypeId: 0x3100, numberOfBinds: 1, arrayBindSupported: true });
    expect(logged("insert into described")[0]?.executed).toBe(false);
    expect((await client.query("select count(*) from described")).data.rowset).toEqual([["0"]]);
  });

  test("binds of every type come back as they went in", async () => {
    const bindings = {
      "1": { type: "FIXED", value: "12.50" },
      "2": { type: "REAL", value: "1.5" },
      "3": { type: "TEXT", value: "it's" },
      "4": { type: "BOOLEAN", value: "true" },
      "5": { type: "BINARY", value: "00FF" },
      "6": { type: "DATE", value: "-86400000" },
      "7": { type: "TIME", value: "45296123456000" },
      "8": { type: "TIMESTAMP_NTZ", value: "1700000000123456789" },
      "9": { type: "TIMESTAMP_LTZ", value: "-1500000000" },
      "10": { type: "TIMESTAMP_TZ", value: "1700000000000000000 1380" },
      "11": { type: "VARIANT", value: '{"a":1}', fmt: "json" },
      "12": { type: "TEXT", value: null },
    };
    const { data, message } = await client.query("select ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?", { bindings });
    expect(message).toBeNull();
    expect(data.rowset[0]).toEqual([
      "12.50",
      "1.5",
      "it's",
      "1",
      "00FF",
      "-1",
      "45296.123456000",
      "1700000000.123456789",
      "-1.500000000",
      "1700000000.000000000 1380",
      '{\n  "a": 1\n}',
      null,
    ]);
  });

  test("array binds insert one row each", async () => {
    await client.query("create or replace table many (a number, b varchar, c date)");
    const numbers = Array.from({ length: 5000 }, (_, i) => String(i));
    const bindings = {
      "1": { type: "FIXED", value: numbers },
      "2": { type: "TEXT", value: numbers.map((n) => (n === "7" ? null : `row ${n}`)) },
      "3": { type: "DATE", value: numbers.map(() => "86400000") },
    };
    const { data } = await client.query("insert into many values (?, ?, ?)", { bindings });
    expect(data.rowset).toEqual([["5000"]]);
    expect((await client.query("select sum(a), count(b), max(c) from many")).data.rowset).toEqual([
      ["12497500", "4999", "1"],
    ]);
  });

  test("errors have Snowflake's codes, states and words", async () => {
    const failed = async (sql: string) => {
      const { success, code, data, message } = await client.query(sql);
      return [success, code, data.errorCode, data.sqlState, message];
    };
    expect(await failed("selec 1")).toEqual([
      false,
      "001003",
      "001003",
      "42000",
      "SQL compilation error:\nsyntax error line 1 at position 6 unexpected '1'.",
    ]);
    expect(await failed("select * from nosuch")).toEqual([
      false,
      "002003",
      "002003",
      "42S02",
      "SQL compilation error:\nObject 'NOSUCH' does not exist or not authorized.",
    ]);
    expect(await failed("select nosuch from customers")).toEqual([
      false,
      "000904",
      "000904",
      "42000",
      "SQL compilation error: error line 1 at position 7\ninvalid identifier 'NOSUCH'",
    ]);
    expect(await failed("select 'abc'::number")).toEqual([
      false,
      "100038",
      "100038",
      "22018",
      "Numeric value 'abc' is not recognized",
    ]);
    expect((await failed("use schema nosuch")).slice(1, 4)).toEqual(["002043", "002043", "02000"]);
    expect((await failed("select nosuch(1)")).slice(1, 4)).toEqual(["002141", "002141", "42601"]);
    expect((await failed("select 1; select 2")).slice(1, 4)).toEqual(["000008", "000008", "0A000"]);
    expect((await failed("create table customers (a int)")).slice(1, 4)).toEqual(["002002", "002002", "42710"]);
  });

  test("several statements in one request have results of their own", async () => {
    const answer = await client.query("select 1 as a; select 'x;y' as b", { parameters: { MULTI_STATEMENT_COUNT: 0 } });
    expect(answer.data.statementTypeId).toBe(0xa000);
    expect(answer.data.resultTypes).toBe("4096,4096");
    const [first, second] = answer.data.resultIds.split(",");
    expect((await client.get(`/queries/${first}/result`)).data.rowset).toEqual([["1"]]);
    expect((await client.get(`/queries/${second}/result`)).data.rowset).toEqual([["x;y"]]);
  });

  test("a large result comes in several chunks whose rows are all there, once and in order", async () => {
    const answer = await client.query("select id from events where id <= 50000 order by id");
    const settled = await client.settled(answer);
    expect(settled.data.chunks.length).toBeGreaterThan(2);
    const rows = await client.rows(settled);
    expect(rows.length).toBe(settled.data.total);
    expect(rows.every(([id], i) => id === String(i + 1))).toBe(true);
  });

  test("a chunk can't be had by a wrong name", async () => {
    expect((await fetch(`${warehouse.url}/result-chunks/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA`)).status).toBe(403);
    expect((await fetch(`${warehouse.url}/result-chunks/..%2F..%2Fetc%2Fpasswd`)).status).toBe(403);
  });

  test("RESULT_SCAN reads an earlier result, also of SHOW and DML", async () => {
    const shown = await client.query("show tables in schema prod.analytics");
    const { data } = await client.query(
      `select "name" from table(result_scan('${shown.data.queryId}')) where "name" = 'ORDERS'`,
    );
    expect(data.rowset).toEqual([["ORDERS"]]);
    await client.query("create or replace table scanned (a number)");
    await client.query("insert into scanned values (1), (2)");
    expect((await client.query("select * from table(result_scan(last_query_id()))")).data.rowset).toEqual([["2"]]);
    expect((await client.query("select count(*) from scanned")).data.rowset).toEqual([["2"]]);
  });

  test("a set operation after a parenthesis is one of the whole query", async () => {
    const rows = async (sql: string) => (await client.query(sql)).data.rowset;
    expect(await rows("select 1 as a where 1 > (select 0) union all select 2 order by a")).toEqual([["1"], ["2"]]);
    expect(await rows("select id from (select 1 as id) union all select 2 union select 3 order by 1")).toEqual([
      ["1"],
      ["2"],
      ["3"],
    ]);
    expect(
      await rows(
        "with c as (select 1 as a where 1 in (select 1) union all select 5) select max(a) from c where a in (select 5) union all select 7 order by 1",
      ),
    ).toEqual([["5"], ["7"]]);
    expect(await rows("select 3 as a where 3 = (select 3) intersect select 3")).toEqual([["3"]]);
    expect(await rows("select * from (select id from customers where id = (select 4) minus select 5) t")).toEqual([
      ["4"],
    ]);
  });

  test("a rolled back transaction leaves nothing, a committed one stays", async () => {
    await client.query("create or replace table ledger (a number)");
    await client.query("begin");
    await client.query("insert into ledger values (1)");
    await client.query("rollback");
    await client.query("begin transaction");
    await client.query("insert into ledger values (2)");
    await client.query("commit");
    expect((await client.query("select a from ledger")).data.rowset).toEqual([["2"]]);
  });

  test("USE moves the context, and the answer says where it is now", async () => {
    const own = new Client(warehouse.url);
    await own.logIn({}, "databaseName=PROD");
    const { data } = await own.query("use schema reporting");
    expect(data).toMatchObject({
      finalDatabaseName: "PROD",
      finalSchemaName: "REPORTING",
      finalWarehouseName: "AGENTS_XS",
      statementTypeId: 0x4302,
    });
    expect((await own.query("select current_schema(), (select count(*) > 0 from daily_revenue)")).data.rowset).toEqual([
      ["REPORTING", "1"],
    ]);
  });

  test("ALTER SESSION takes effect and is echoed in each answer", async () => {
    const own = new Client(warehouse.url);
    await own.logIn();
    await own.query("alter session set timezone = 'Asia/Tokyo'");
    const { data } = await own.query("select '2024-01-01 09:00:00'::timestamp_ltz");
    expect(data.rowset).toEqual([["1704067200.000000000"]]);
    expect(data.parameters.find((p: { name: string }) => p.name === "TIMEZONE").value).toBe("Asia/Tokyo");
    const unset = await own.query("alter session unset timezone");
    expect(unset.data.parameters.find((p: { name: string }) => p.name === "TIMEZONE").value).toBe(
      "America/Los_Angeles",
    );
  });

  test("what tools read of the catalog is there: schemas of the session's database, kinds of objects, sizes of types", async () => {
    const named = async (sql: string, column: string) => {
      const { data } = await client.query(sql);
      const at = data.rowtype.findIndex(({ name }: { name: string }) => name === column);
      return data.rowset.map((row: string[]) => row[at]);
    };
    for (const scope of ["", " in prod", " in database prod"])
      expect(await named(`show schemas${scope}`, "name")).toEqual(expect.arrayContaining(["ANALYTICS", "REPORTING"]));
    expect(await named("show objects in prod.reporting", "is_dynamic")).toEqual(["N"]);
    const functions = await client.query("show user functions in prod.reporting");
    expect(functions.data.rowtype.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(["catalog_name", "schema_name", "name", "is_builtin"]),
    );
    const types = await named("show columns in table prod.analytics.orders", "data_type");
    expect(JSON.parse(types[2] ?? "")).toEqual({ type: "FIXED", precision: 12, scale: 2, nullable: true });
    expect((await client.query("show exported keys in prod.analytics.orders")).success).toBe(true);
  });

  test("ROWS_PER_RESULTSET bounds what a query returns, in the case that JDBC writes it", async () => {
    const own = new Client(warehouse.url);
    await own.logIn();
    await own.query("alter session set rows_per_resultset = 3");
    const { data } = await own.query("select id from prod.analytics.orders order by id");
    expect([data.total, data.rowset.length]).toEqual([3, 3]);
  });

  test("a temporary table or view in a schema ends with its session; DROP … CASCADE is understood", async () => {
    const own = new Client(warehouse.url);
    await own.logIn();
    await own.query("create or replace temporary table prod.reporting.tmp_one as select 1 as n");
    expect((await own.query("select n from prod.reporting.tmp_one")).data.rowset).toEqual([["1"]]);
    await own.query("create or replace temporary view prod.reporting.tmp_two as select n from prod.reporting.tmp_one");
    expect((await own.query("select n from prod.reporting.tmp_two")).data.rowset).toEqual([["1"]]);
    await own.post("/session?delete=true", null);
    expect((await client.query("select n from prod.reporting.tmp_two")).code).toBe("002003");
    expect((await client.query("select n from prod.reporting.tmp_one")).code).toBe("002003");
    expect((await client.query("drop view if exists prod.reporting.no_such_view cascade")).success).toBe(true);
  });

  test("the catalog can be read: tables, columns in order, the text of views", async () => {
    const columns = await client.query(
      "select column_name, data_type from information_schema.columns where table_schema = 'ANALYTICS' and table_name = 'CUSTOMERS' order by ordinal_position",
    );
    expect(columns.data.rowset.map(([name]: string[]) => name)).toEqual([
      "ID",
      "NAME",
      "EMAIL",
      "PHONE",
      "SSN",
      "CARD_NUMBER",
      "COUNTRY",
      "CREATED_AT",
      "NOTES",
      "PROFILE",
    ]);
    const views = await client.query(
      "select view_definition from prod.information_schema.views where table_name = 'CUSTOMER_CONTACTS'",
    );
    expect(views.data.rowset[0][0]).toMatch(
      /^create or replace view CUSTOMER_CONTACTS as\s+select id, name, email as contact, phone from customers$/,
    );
    await client.query("create or replace view own_view as select id as x from orders where status = 'it''s'");
    expect((await client.query("select get_ddl('view', 'PROD.ANALYTICS.OWN_VIEW')")).data.rowset[0][0]).toBe(
      "create or replace view own_view as select id as x from orders where status = 'it''s'",
    );
    const shown = await client.query("show tables like 'ORD%' in schema prod.analytics");
    expect(shown.data.rowtype.slice(0, 5).map((c: { name: string }) => c.name)).toEqual([
      "created_on",
      "name",
      "database_name",
      "schema_name",
      "kind",
    ]);
    expect(shown.data.rowset.map((row: string[]) => row[1])).toEqual(["ORDERS"]);
  });

  test("what can't be done is refused: stages, procedures, EXPLAIN", async () => {
    for (const sql of ["put file:///tmp/x @~", "copy into @~/x from customers", "call p()", "explain select 1"]) {
      expect((await client.query(sql)).code).toBe("000002");
    }
  });

  test("the engine's own files and extensions are out of reach", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sluice-secret-"));
    writeFileSync(join(folder, "secret.csv"), "a,b\n1,2\n");
    try {
      expect((await client.query(`select * from "${join(folder, "secret.csv")}"`)).success).toBe(false);
    } finally {
      rmSync(folder, { recursive: true });
    }
    for (const sql of [
      "select * from read_csv('/etc/passwd')",
      "select * from read_text('/etc/hostname')",
      "select * from '/etc/passwd'",
      "select getenv('PATH')",
      "select * from duckdb_settings()",
    ]) {
      expect((await client.query(sql)).success).toBe(false);
    }
  });
});

describe("long statements", () => {
  test("a statement that takes longer is polled to its end, and executed once", async () => {
    const answer = await client.submit("select 'slow', system$wait(1)");
    expect([answer.success, answer.code]).toEqual([true, "333333"]);
    expect(answer.data.getResultUrl).toBe(`/queries/${answer.data.queryId}/result`);
    const end = await client.settled(answer);
    expect(end.data.rowset).toEqual([["slow", "waited 1 seconds"]]);
    expect(logged("'slow'").filter((entry) => entry.executed).length).toBe(1);
  });

  test("an asynchronous statement answers at once and is watched by its query id, with one slash or two", async () => {
    const answer = await client.submit("select 'async', system$wait(200, 'MILLISECONDS')", { asyncExec: true });
    expect(answer.code).toBe("333334");
    const { queryId } = answer.data;
    expect((await client.get(`/monitoring/queries/${queryId}`)).data.queries[0].status).toBe("RUNNING");
    const end = await client.settled(answer);
    expect(end.data.rowset[0][0]).toBe("async");
    expect((await client.get(`/monitoring/queries//${queryId}`)).data.queries[0].status).toBe("SUCCESS");
  });

  test("a cancel by request id ends the poll with 000604 and the statement is not executed", async () => {
    const requestId = randomUUID();
    const answer = await client.submit("select 'canceled', system$wait(600)", { requestId });
    expect(answer.code).toBe("333333");
    const poll = client.settled(answer);
    expect(
      (await client.post(`/queries/v1/abort-request?requestId=${randomUUID()}`, { sqlText: "", requestId })).success,
    ).toBe(true);
    const end = await poll;
    expect([end.success, end.code, end.data.sqlState]).toEqual([false, "000604", "57014"]);
    expect(logged("'canceled'").some((entry) => entry.executed)).toBe(false);
  });

  test("a cancel by query id stops a query that is running in the engine", async () => {
    const answer = await client.submit("select count(*) from events a, events b where a.id + b.id = 7");
    const poll = client.settled(answer);
    expect((await client.post(`/queries/${answer.data.queryId}/abort-request`, {})).success).toBe(true);
    expect((await poll).code).toBe("000604");
    expect((await client.query("select 1")).success).toBe(true);
  });

  test("a cancel of something that has ended says so", async () => {
    const { data } = await client.query("select 'over'");
    const answer = await client.post(`/queries/${data.queryId}/abort-request`, {});
    expect([answer.success, answer.code, answer.data.sqlState]).toEqual([false, "000605", "01000"]);
  });

  test("a repeated request id gets the same result and is not executed again", async () => {
    await client.query("create or replace table once_only (a number)");
    const requestId = randomUUID();
    const first = await client.query("insert into once_only values (1)", { requestId });
    const again = await client.query("insert into once_only values (1)", { requestId });
    expect(again.data.queryId).toBe(first.data.queryId);
    expect((await client.query("select count(*) from once_only")).data.rowset).toEqual([["1"]]);
    expect(logged("insert into once_only").map((entry) => [entry.executed, entry.repeated])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test("a result is not given to another user", async () => {
    const shared = await startWarehouse({
      users: [
        { name: "A", password: "a" },
        { name: "B", password: "b" },
      ],
    });
    try {
      const [a, b] = [new Client(shared.url), new Client(shared.url)];
      await a.logIn({ LOGIN_NAME: "A", PASSWORD: "a" });
      await b.logIn({ LOGIN_NAME: "B", PASSWORD: "b" });
      const { data } = await a.query("select 1");
      expect((await a.get(`/queries/${data.queryId}/result`)).success).toBe(true);
      expect((await b.get(`/queries/${data.queryId}/result`)).success).toBe(false);
      expect((await b.query(`select * from table(result_scan('${data.queryId}'))`)).success).toBe(false);
    } finally {
      await shared.close();
    }
  });
});

describe("the demo's own control", () => {
  const headers = { "x-sluice-demo": "demo" };

  test("is not there without its token", async () => {
    for (const path of ["/__demo/log", "/__demo/switches", "/__demo/reset"]) {
      expect((await fetch(`${warehouse.url}${path}`)).status).toBe(404);
      expect(
        (await fetch(`${warehouse.url}${path}`, { method: "POST", headers: { "x-sluice-demo": "guess" } })).status,
      ).toBe(404);
    }
  });

  test("a reset puts the data back and leaves sessions alive", async () => {
    await client.query("delete from orders where id > 10");
    await client.query("create or replace table stray (a number)");
    await client.query("begin");
    await client.query("update customers set name = 'nobody'");
    expect((await fetch(`${warehouse.url}/__demo/reset`, { method: "POST", headers })).status).toBe(200);
    expect(
      (
        await client.query(
          "select (select count(*) from orders), (select count(*) from customers where name = 'nobody')",
        )
      ).data.rowset,
    ).toEqual([["10000", "0"]]);
    expect((await client.query("select * from stray")).code).toBe("002003");
  });

  test("the log has every statement, as JSON lines", async () => {
    await client.query("select 'for the log'");
    const text = await (await fetch(`${warehouse.url}/__demo/log`, { headers })).text();
    const entries = text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(entries.at(-1)).toMatchObject({
      sqlText: "select 'for the log'",
      executed: true,
      describeOnly: false,
      user: "DIRECT",
    });
  });
});
