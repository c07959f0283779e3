/**
 * The conformance scenario: one list of steps that every driver performs, as data.
 *
 * A driver script reads it from its input and prints one JSON line per step; only the scripts know a driver's
 * API. The steps touch untagged columns and objects of their own, so that a policy has nothing to change:
 * what a driver sees directly and through the gateway must be the same.
 */

/** How a step's bind value is made in a driver's own language. */
export type Bind =
  | { readonly as: "null" }
  | {
      readonly as: "int" | "float" | "text" | "decimal" | "binary" | "date" | "time" | "timestamp" | "timestampTz";
      readonly text: string;
    }
  | { readonly as: "boolean"; readonly value: boolean };

interface Named {
  readonly step: string;
  /** Drivers that can't do this step and leave it out, with the reason. */
  readonly without?: Readonly<Partial<Record<DriverName, string>>>;
}

export type Step = Named &
  (
    | { readonly do: "connect"; readonly method: "password" | "pat" | "oauth" }
    /** A login with a wrong password. */
    | { readonly do: "refuse" }
    /** A statement; `format` asks for the result as JSON or Arrow where the driver reads both. */
    | {
        readonly do: "query";
        readonly sql: string;
        readonly format?: "JSON" | "ARROW";
        readonly binds?: readonly Bind[];
      }
    /** A result read as an Arrow table, by drivers that offer that. */
    | { readonly do: "arrowTable"; readonly sql: string }
    /** An array bind of `rows` rows into a table of (number, text). */
    | { readonly do: "batch"; readonly sql: string; readonly rows: number }
    | { readonly do: "multi"; readonly sql: string; readonly statements: number }
    /** Starts a slow statement, cancels it and reports how it ended. */
    | { readonly do: "cancel"; readonly sql: string }
    /** A slow statement that the driver itself cancels after a second. */
    | { readonly do: "timeout"; readonly sql: string }
    | { readonly do: "describe"; readonly sql: string }
    | { readonly do: "async"; readonly sql: string }
    /** Two statements on a connection of its own, with `seconds` between them. */
    | { readonly do: "idle"; readonly seconds: number }
    /** A statement on a connection of its own, which is then closed and used once more. */
    | { readonly do: "close" }
  );

/** What a step reports beyond being the same twice, known from the scenario and the sample data themselves. */
export interface Expectation {
  readonly ok?: boolean;
  readonly rows?: number;
  readonly rowcount?: number;
  readonly code?: string;
  readonly sqlState?: string;
}

export type DriverName = "node" | "python-4" | "python-5";

/** Marks that the sample warehouse's switches strike; comments, so that any parser takes them. */
export const MARKS = { expire: "/* mark:expire-token */", slow: "/* mark:slow */" } as const;

const T = "PROD.ANALYTICS.TYPES_SAMPLE";

/** The table that the steps change; one per driver and run, so that runs never meet. */
export function ownTable(run: string): string {
  return `PROD.ANALYTICS.CONFORMANCE_${run.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}

const BINDS: readonly Bind[] = [
  { as: "int", text: "42" },
  { as: "int", text: "-9007199254740993" },
  { as: "float", text: "1.5" },
  { as: "text", text: "quote ' \" \\ ; -- ☃ 😀" },
  { as: "text", text: "" },
  { as: "boolean", value: true },
  { as: "null" },
];

const PYTHON_BINDS: readonly Bind[] = [
  { as: "decimal", text: "12345678901234567890.123" },
  { as: "binary", text: "00FF7F" },
  { as: "date", text: "2024-02-29" },
  { as: "time", text: "12:34:56.123456" },
  { as: "timestamp", text: "2023-11-14 22:13:20.123456" },
];

/** The steps of one run, in order, on one connection unless a step says otherwise. */
export function stepsOf(run: string): readonly Step[] {
  const table = ownTable(run);
  return [
    { step: "connect by password", do: "connect", method: "password" },
    { step: "connect by programmatic access token", do: "connect", method: "pat" },
    { step: "connect by OAuth token", do: "connect", method: "oauth" },
    { step: "wrong password", do: "refuse" },
    { step: "select 1", do: "query", sql: "select 1" },
    { step: "every type, JSON", do: "query", sql: `select * from ${T} order by id`, format: "JSON" },
    {
      step: "every type, Arrow",
      do: "query",
      sql: `select * from ${T} order by id`,
      format: "ARROW",
      without: NODE_JSON,
    },
    {
      step: "every type, Arrow table",
      do: "arrowTable",
      sql: `select id, n_int, n_dec, t, b, bo, d, ts_ntz from ${T} order by id`,
      without: NO_ARROW_TABLE,
    },
    {
      step: "a column of NULLs, JSON",
      do: "query",
      sql: `select n_int, t, ts_tz from ${T} where id = 2`,
      format: "JSON",
    },
    {
      step: "a column of NULLs, Arrow",
      do: "query",
      sql: `select n_int, t, ts_tz from ${T} where id = 2`,
      format: "ARROW",
      without: NODE_JSON,
    },
    { step: "no rows, JSON", do: "query", sql: `select * from ${T} where id < 0`, format: "JSON" },
    {
      step: "no rows, Arrow",
      do: "query",
      sql: `select * from ${T} where id < 0`,
      format: "ARROW",
      without: NODE_JSON,
    },
    {
      step: "one row, JSON",
      do: "query",
      sql: "select id, kind, at from PROD.ANALYTICS.EVENTS where id = 1",
      format: "JSON",
    },
    {
      step: "one row, Arrow",
      do: "query",
      sql: "select id, kind, at from PROD.ANALYTICS.EVENTS where id = 1",
      format: "ARROW",
      without: NODE_JSON,
    },
    { step: "200,000 rows, JSON", do: "query", sql: MANY, format: "JSON" },
    { step: "200,000 rows, Arrow", do: "query", sql: MANY, format: "ARROW", without: NODE_JSON },
    {
      step: "binds of plain types",
      do: "query",
      sql: "select ? as a, ? as b, ? as c, ? as d, ? as e, ? as f, ? as g",
      binds: BINDS,
    },
    {
      step: "binds of more types",
      do: "query",
      sql: "select ? as a, ? as b, ? as c, ? as d, ? as e",
      binds: PYTHON_BINDS,
      without: { node: "JavaScript has no such values" },
    },
    {
      step: "a bind in a condition",
      do: "query",
      sql: `select id, t from ${T} where id = ?`,
      binds: [{ as: "int", text: "4" }],
    },
    { step: "create", do: "query", sql: `create or replace table ${table} (n number, t varchar)` },
    { step: "insert", do: "query", sql: `insert into ${table} values (1, 'a'), (2, 'b'), (3, null)` },
    { step: "update", do: "query", sql: `update ${table} set t = 'z' where n >= 2` },
    { step: "delete", do: "query", sql: `delete from ${table} where n = 1` },
    { step: "merge", do: "query", sql: mergeInto(table) },
    { step: "what the changes left", do: "query", sql: `select n, t from ${table} order by n` },
    { step: "array bind of 3 rows", do: "batch", sql: `insert into ${table} values (?, ?)`, rows: 3 },
    { step: "array bind of 70,000 rows", do: "batch", sql: `insert into ${table} values (?, ?)`, rows: 70_000 },
    {
      step: "what the array binds left",
      do: "query",
      sql: `select count(*) as c, sum(n) as s, max(t) as m from ${table}`,
    },
    { step: "begin", do: "query", sql: "begin" },
    { step: "delete in a transaction", do: "query", sql: `delete from ${table} where n is not null` },
    { step: "rollback", do: "query", sql: "rollback" },
    { step: "what the rollback left", do: "query", sql: `select count(*) from ${table}` },
    { step: "two statements in one text", do: "multi", sql: "select 1 as a; select 2 as b, 'x' as c", statements: 2 },
    { step: "set the time zone", do: "query", sql: "alter session set timezone = 'Europe/Madrid'" },
    { step: "local times in that zone", do: "query", sql: `select id, ts_ltz from ${T} where id = 1` },
    { step: "use another schema", do: "query", sql: "use schema PROD.REPORTING" },
    { step: "a name found in that schema", do: "query", sql: "select count(*) from DAILY_REVENUE" },
    { step: "use the first schema again", do: "query", sql: "use schema PROD.ANALYTICS" },
    { step: "show", do: "query", sql: `show columns in table ${T}` },
    { step: "syntax error", do: "query", sql: "selec 1" },
    { step: "no such table", do: "query", sql: "select * from PROD.ANALYTICS.NO_SUCH_TABLE" },
    { step: "an error while running", do: "query", sql: `select t::number from ${T} where id = 1` },
    { step: "describe", do: "describe", sql: `select * from ${T}` },
    { step: "asynchronous", do: "async", sql: `select id, t from ${T} order by id` },
    { step: "asynchronous, with an error", do: "async", sql: "select * from PROD.ANALYTICS.NO_SUCH_TABLE" },
    { step: "the session token expires", do: "query", sql: `select 7 ${MARKS.expire}` },
    { step: "cancel", do: "cancel", sql: `select 8 ${MARKS.slow}` },
    {
      step: "the driver's own time limit",
      do: "timeout",
      sql: `select 10 ${MARKS.slow}`,
      without: { node: "has none", "python-5": "ignores it" },
    },
    { step: "after the cancel", do: "query", sql: "select 9" },
    { step: "drop", do: "query", sql: `drop table ${table}` },
    { step: "close", do: "close" },
  ];
}

/** Connector 4 offers Arrow tables only together with pandas, which is not installed for this. */
const NO_ARROW_TABLE = { node: "reads JSON only", "python-4": "wants pandas for Arrow tables" } as const;

const NODE_JSON = { node: "reads JSON only" } as const;

const MANY = "select id, customer_id, kind, at from PROD.ANALYTICS.EVENTS where id <= 200000 order by id";

function mergeInto(table: string): string {
  const source = "select 3 as n, 'm' as t union all select 4 as n, 'n' as t";
  return `merge into ${table} d using (${source}) s on d.n = s.n when matched then update set t = s.t when not matched then insert (n, t) values (s.n, s.t)`;
}

/** Expectations by step, true of any warehouse with the sample data and of every driver. */
export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  "connect by password": { ok: true },
  "connect by programmatic access token": { ok: true },
  "connect by OAuth token": { ok: true },
  "wrong password": { ok: false, code: "390100" },
  "select 1": { ok: true, rows: 1 },
  "every type, JSON": { ok: true, rows: 6 },
  "every type, Arrow": { ok: true, rows: 6 },
  "every type, Arrow table": { ok: true, rows: 6 },
  "a column of NULLs, JSON": { ok: true, rows: 1 },
  "a column of NULLs, Arrow": { ok: true, rows: 1 },
  "no rows, JSON": { ok: true, rows: 0 },
  "no rows, Arrow": { ok: true, rows: 0 },
  "one row, JSON": { ok: true, rows: 1 },
  "one row, Arrow": { ok: true, rows: 1 },
  "200,000 rows, JSON": { ok: true, rows: 200_000 },
  "200,000 rows, Arrow": { ok: true, rows: 200_000 },
  "binds of plain types": { ok: true, rows: 1 },
  "binds of more types": { ok: true, rows: 1 },
  "a bind in a condition": { ok: true, rows: 1 },
  create: { ok: true },
  insert: { ok: true, rowcount: 3 },
  update: { ok: true, rowcount: 2 },
  delete: { ok: true, rowcount: 1 },
  merge: { ok: true, rowcount: 2 },
  "what the changes left": { ok: true, rows: 3 },
  "array bind of 3 rows": { ok: true, rowcount: 3 },
  "array bind of 70,000 rows": { ok: true, rowcount: 70_000 },
  "what the array binds left": { ok: true, rows: 1 },
  begin: { ok: true },
  "delete in a transaction": { ok: true, rowcount: 70_006 },
  rollback: { ok: true },
  "what the rollback left": { ok: true, rows: 1 },
  "two statements in one text": { ok: true },
  "set the time zone": { ok: true },
  "local times in that zone": { ok: true, rows: 1 },
  "use another schema": { ok: true },
  "use the first schema again": { ok: true },
  show: { ok: true, rows: 17 },
  "a name found in that schema": { ok: true, rows: 1 },
  "syntax error": { ok: false, code: "001003", sqlState: "42000" },
  "no such table": { ok: false, code: "002003" },
  "an error while running": { ok: false },
  describe: { ok: true },
  asynchronous: { ok: true, rows: 6 },
  "asynchronous, with an error": { ok: false },
  "the session token expires": { ok: true, rows: 1 },
  cancel: { ok: false, code: "000604" },
  "the driver's own time limit": { ok: false, code: "000604" },
  "after the cancel": { ok: true, rows: 1 },
  drop: { ok: true },
  close: { ok: false },
};

/**
 * What row 1 of the sample of all types holds, in Python's own types: written down from the statement that makes
 * the sample, not from an answer. The session's time zone is the server's default, America/Los_Angeles.
 */
export const PYTHON_SAMPLE: readonly string[] = [
  "int:1",
  "int:42",
  "int:7",
  "Decimal:12.34",
  "Decimal:1234567890.0123456789",
  "float:1.5",
  "str:plain",
  "bytes:4142",
  "bool:True",
  "date:2024-02-29",
  "time:12:34:56.123456",
  "datetime:2023-11-14T22:13:20.123456",
  "datetime:2023-11-14T14:13:20.123456-08:00",
  "datetime:2023-11-14T23:13:20.123456+01:00",
];

/** The steps whose first row that is. */
export const SAMPLE_STEPS: readonly string[] = ["every type, JSON", "every type, Arrow"];
