/** The real Node driver against the warehouse, with nothing between them. */
import sdk from "snowflake-sdk";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWarehouse, type Warehouse } from "../src/index.ts";

sdk.configure({ disableOCSPChecks: true, logLevel: "ERROR" });

let warehouse: Warehouse;
let connection: sdk.Connection;

async function connect(options: Partial<sdk.ConnectionOptions> = {}): Promise<sdk.Connection> {
  const made = sdk.createConnection({
    account: "demo",
    accessUrl: warehouse.url,
    username: "DIRECT",
    password: "secret",
    database: "PROD",
    schema: "ANALYTICS",
    warehouse: "AGENTS_XS",
    ...options,
  });
  await new Promise<void>((resolve, reject) =>
    made.connect((fault) => (fault === undefined || fault === null ? resolve() : reject(fault))),
  );
  return made;
}

type Rows = Record<string, unknown>[];

function run(
  sqlText: string,
  options: Partial<sdk.StatementOption> = {},
  on = connection,
): Promise<{ rows: Rows; statement: sdk.RowStatement }> {
  return new Promise((resolve, reject) => {
    on.execute({
      sqlText,
      ...options,
      complete: (fault, statement, rows) =>
        fault ? reject(fault) : resolve({ rows: (rows ?? []) as Rows, statement }),
    } as sdk.StatementOption);
  });
}

beforeAll(async () => {
  warehouse = await startWarehouse({
    users: [{ name: "DIRECT", password: "secret", token: "pat-1" }],
    inProgressAfterMs: 500,
  });
  connection = await connect();
}, 30_000);

afterAll(async () => {
  await new Promise<void>((resolve) => connection.destroy(() => resolve()));
  await warehouse.close();
});

test("logs in by password and by access token, and is refused with a wrong one", async () => {
  const byToken = await connect({ authenticator: "PROGRAMMATIC_ACCESS_TOKEN", token: "pat-1" });
  expect((await run("select current_user() as u", {}, byToken)).rows).toEqual([{ U: "DIRECT" }]);
  await new Promise<void>((resolve) => byToken.destroy(() => resolve()));
  await expect(connect({ password: "guess" })).rejects.toMatchObject({ code: "390100" });
});

test("reads rows of every type", async () => {
  const { rows } = await run("select * from types_sample where id = 1");
  const [row = {}] = rows;
  expect(row).toMatchObject({
    ID: 1,
    N_DEC: 12.34,
    F: 1.5,
    T: "plain",
    BO: true,
    TI: "12:34:56",
    V: { a: 1, b: [true, null] },
    O: { k: "v", n: 2 },
    A: [1, "two"],
  });
  expect(Buffer.from(row["B"] as Buffer).toString()).toBe("AB");
  expect((row["TS_NTZ"] as Date).getTime()).toBe(1_700_000_000_123);
  expect((row["TS_TZ"] as Date).getTime()).toBe(1_700_000_000_123);
});

test("sends binds, one row and many", async () => {
  expect((await run("select ?::number + 1 as n, ? as t", { binds: [41, "x"] })).rows).toEqual([{ N: 42, T: "x" }]);
  await run("create or replace table bound (a number, b varchar)");
  const { statement } = await run("insert into bound values (?, ?)", {
    binds: [
      [1, "a"],
      [2, "b"],
      [3, "c"],
    ],
  });
  expect(statement.getNumUpdatedRows()).toBe(3);
  expect((await run("select * from bound order by a desc limit 1")).rows).toEqual([{ A: 3, B: "c" }]);
});

test("reads a large result through its chunks", async () => {
  const { rows, statement } = await run("select id from events where id <= 30000 order by id");
  expect(statement.getNumRows()).toBe(30_000);
  expect(rows.length).toBe(30_000);
  expect(rows.every((row, i) => row["ID"] === i + 1)).toBe(true);
});

test("waits for a statement that takes longer than one answer", async () => {
  const { rows } = await run("select system$wait(1200, 'MILLISECONDS') as w");
  expect(rows).toEqual([{ W: "waited 1200 milliseconds" }]);
});

test("cancels a statement that runs", async () => {
  const ended = new Promise<{ code?: string | number }>((resolve) => {
    const statement = connection.execute({
      sqlText: "select system$wait(600)",
      complete: (fault) => resolve((fault ?? {}) as { code?: string }),
    });
    statement.cancel(() => undefined);
  });
  expect((await ended).code).toBe("000604");
});

test("sees errors with code and state", async () => {
  await expect(run("select * from nosuch")).rejects.toMatchObject({ code: "002003", sqlState: "42S02" });
  await expect(run("put file:///tmp/x @~")).rejects.toMatchObject({ code: "000002" });
});

test("runs several statements in one request", async () => {
  const { statement } = await run("select 1 as a; select 2 as b", { parameters: { MULTI_STATEMENT_COUNT: 2 } });
  expect((statement as sdk.RowStatement & { hasNext(): boolean }).hasNext()).toBe(true);
});

test("renews an expired token by itself and runs the statement once", async () => {
  await run("create or replace table renewed (a number)");
  warehouse.switches.add({ kind: "expireToken", match: "insert into renewed" });
  await run("insert into renewed values (1)");
  expect((await run("select count(*) as n from renewed")).rows).toEqual([{ N: 1 }]);
});

test("retries over a lost connection without running the statement twice", async () => {
  await run("create or replace table lost (a number)");
  warehouse.switches.add({ kind: "dropBefore", match: "insert into lost values (1)" });
  warehouse.switches.add({ kind: "dropAfter", match: "insert into lost values (2)" });
  await run("insert into lost values (1)");
  await run("insert into lost values (2)");
  expect((await run("select a from lost order by a")).rows).toEqual([{ A: 1 }, { A: 2 }]);
  const executed = warehouse.log.filter(
    (entry) => entry.sqlText.startsWith("insert into lost values") && entry.executed,
  );
  expect(executed.length).toBe(2);
}, 60_000);
