/**
 * Runs the conformance scenario with Snowflake's Node driver.
 *
 * Reads {"connect": {...}, "steps": [...]} from standard input and prints one JSON line per step. It judges
 * nothing: values, metadata and errors are written down in a canonical form for the test to compare.
 */

import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import snowflake from "snowflake-sdk";
import type { Bind, Step } from "../scenario.ts";

interface Scenario {
  readonly connect: Readonly<Record<"base" | "password" | "pat" | "oauth", snowflake.ConnectionOptions>>;
  readonly steps: readonly Step[];
}

type Report = Record<string, unknown>;

/** A finished statement with its rows. */
interface Finished {
  readonly statement: snowflake.RowStatement;
  readonly rows: readonly Record<string, unknown>[];
}

const FIRST_ROWS = 3;

snowflake.configure({ logLevel: "OFF", disableOCSPChecks: true });

function canonical(value: unknown): string | null {
  if (value === null || value === undefined) return value === null ? null : "undefined";
  if (Buffer.isBuffer(value)) return `Buffer:${value.toString("hex")}`;
  if (value instanceof Date) return `Date:${value.toISOString()} ${String(value)}`;
  if (typeof value === "object") return `${value.constructor?.name ?? "object"}:${JSON.stringify(value)}`;
  return `${typeof value}:${String(value)}`;
}

function cells(row: Record<string, unknown>): readonly (string | null)[] {
  return Object.values(row).map(canonical);
}

function reportRows({ statement, rows }: Finished): Report {
  const hash = createHash("sha256");
  for (const row of rows) hash.update(`${JSON.stringify(cells(row))}\n`);
  return {
    rows: rows.length,
    rowcount: statement.getNumUpdatedRows() ?? statement.getNumRows(),
    digest: hash.digest("hex"),
    first: rows.slice(0, FIRST_ROWS).map(cells),
    columns: reportColumns(statement),
  };
}

function reportColumns(statement: snowflake.RowStatement): readonly Report[] {
  return (statement.getColumns() ?? []).map((column) => ({
    name: column.getName(),
    type: column.getType(),
    scale: column.getScale(),
    precision: column.getPrecision?.() ?? null,
    nullable: column.isNullable(),
  }));
}

function reportError(error: unknown): Report {
  if (!(error instanceof Error)) return { class: typeof error, message: String(error) };
  const fields = error as Error & { code?: unknown; sqlState?: unknown };
  return {
    class: error.name,
    code: fields.code === undefined || fields.code === null ? null : String(fields.code),
    sqlState: fields.sqlState ?? null,
    message: error.message,
  };
}

function bindValue(bind: Bind): snowflake.Bind {
  switch (bind.as) {
    case "null":
      return null as unknown as snowflake.Bind;
    case "boolean":
      return bind.value as unknown as snowflake.Bind;
    case "int":
    case "float": {
      const number = Number(bind.text);
      return Number.isSafeInteger(number) || bind.as === "float" ? number : bind.text;
    }
    default:
      return bind.text;
  }
}

function execute(
  connection: snowflake.Connection,
  options: Partial<snowflake.StatementOption> & { sqlText: string },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    connection.execute({
      ...options,
      complete: (error, statement, rows) => {
        if (error !== undefined && error !== null) reject(error);
        else resolve({ statement, rows: (rows ?? []) as Record<string, unknown>[] });
      },
    } as snowflake.StatementOption);
  });
}

function connected(options: snowflake.ConnectionOptions): Promise<snowflake.Connection> {
  const connection = snowflake.createConnection(options);
  return new Promise((resolve, reject) => {
    connection.connect((error) => (error === undefined || error === null ? resolve(connection) : reject(error)));
  });
}

function closed(connection: snowflake.Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.destroy((error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}

class Run {
  readonly #connect: Scenario["connect"];
  #connection: snowflake.Connection | null = null;

  constructor(connect: Scenario["connect"]) {
    this.#connect = connect;
  }

  #options(method: "password" | "pat" | "oauth", more: object = {}): snowflake.ConnectionOptions {
    return { ...this.#connect.base, ...this.#connect[method], ...more };
  }

  async #main(): Promise<snowflake.Connection> {
    this.#connection ??= await connected(this.#options("password"));
    return this.#connection;
  }

  async perform(step: Step): Promise<Report> {
    switch (step.do) {
      case "connect":
        return this.#connectOnce(step.method);
      case "refuse":
        await closed(await connected(this.#options("password", { password: "not-the-password" })));
        return {};
      case "query":
        return reportRows(
          await this.#execute(step.sql, step.binds === undefined ? {} : { binds: step.binds.map(bindValue) }),
        );
      case "batch": {
        const binds = Array.from({ length: step.rows }, (_, n) => [100 + n, `row ${n}`]);
        const { statement } = await this.#execute(step.sql, { binds });
        return { rowcount: statement.getNumUpdatedRows() };
      }
      case "multi":
        return this.#multi(step.sql, step.statements);
      case "cancel":
        return this.#cancel(step.sql);
      case "describe": {
        const { statement } = await this.#execute(step.sql, { describeOnly: true } as object);
        return { columns: reportColumns(statement) };
      }
      case "async":
        return this.#async(step.sql);
      case "idle":
        return this.#idle(step.seconds);
      case "close":
        return this.#closeOnce();
      case "arrowTable":
      case "timeout":
        throw new Error(`the Node driver has no such step: ${step.do}`);
    }
  }

  async end(): Promise<void> {
    if (this.#connection !== null) await closed(this.#connection);
  }

  async #execute(sqlText: string, more: Partial<snowflake.StatementOption> = {}): Promise<Finished> {
    return execute(await this.#main(), { sqlText, ...more });
  }

  async #connectOnce(method: "password" | "pat" | "oauth"): Promise<Report> {
    const connection = await connected(this.#options(method));
    const report = reportRows(await execute(connection, { sqlText: "select 1" }));
    await closed(connection);
    return report;
  }

  async #idle(seconds: number): Promise<Report> {
    const connection = await connected(this.#options("password"));
    await execute(connection, { sqlText: "select 1" });
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const report = reportRows(await execute(connection, { sqlText: "select 2" }));
    await closed(connection);
    return report;
  }

  async #closeOnce(): Promise<Report> {
    const connection = await connected(this.#options("password"));
    await execute(connection, { sqlText: "select 1" });
    await closed(connection);
    return reportRows(await execute(connection, { sqlText: "select 1" }));
  }

  /** Each statement of the text completes on its own; the last one says that there is no next. */
  async #multi(sqlText: string, statements: number): Promise<Report> {
    const connection = await this.#main();
    const results: Report[] = [];
    await new Promise<void>((resolve, reject) => {
      connection.execute({
        sqlText,
        parameters: { MULTI_STATEMENT_COUNT: statements },
        complete: (error, statement, rows) => {
          if (error !== undefined && error !== null) return reject(error);
          results.push(reportRows({ statement, rows: (rows ?? []) as Record<string, unknown>[] }));
          const more = statement as unknown as { hasNext(): boolean; NextResult(): void };
          if (more.hasNext()) more.NextResult();
          else resolve();
        },
      } as snowflake.StatementOption);
    });
    return { results };
  }

  async #cancel(sqlText: string): Promise<Report> {
    const connection = await this.#main();
    return new Promise((resolve, reject) => {
      const statement = connection.execute({
        sqlText,
        complete: (error) => (error === undefined || error === null ? resolve({}) : reject(error)),
      });
      // The request must have left before it can be cancelled; the driver offers no event for that.
      const waiting = setInterval(() => {
        statement.cancel((error) => {
          if (error === undefined || error === null) clearInterval(waiting);
        });
      }, 250);
      waiting.unref();
    });
  }

  async #async(sqlText: string): Promise<Report> {
    const connection = await this.#main();
    const { statement } = await execute(connection, {
      sqlText,
      asyncExec: true,
    } as Partial<snowflake.StatementOption> & { sqlText: string });
    const queryId = statement.getQueryId();
    // The driver's own types say "string" here and a closed list there.
    const statusOf = async () => (await connection.getQueryStatus(queryId)) as snowflake.QueryStatus;
    let status = await statusOf();
    while (connection.isStillRunning(status)) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      status = await statusOf();
    }
    const finished = await connection.getResultsFromQueryId({ queryId } as Parameters<
      typeof connection.getResultsFromQueryId
    >[0]);
    const rows: Record<string, unknown>[] = [];
    for await (const row of (finished as snowflake.RowStatement).streamRows()) rows.push(row);
    return { ...reportRows({ statement: finished as snowflake.RowStatement, rows }), status };
  }
}

async function performed(run: Run, step: Step): Promise<Report> {
  const started = performance.now();
  let result: Report;
  try {
    result = { ok: true, ...(await run.perform(step)) };
  } catch (error) {
    result = { ok: false, error: reportError(error) };
  }
  return { step: step.step, ms: Math.round(performance.now() - started), ...result };
}

const scenario = JSON.parse(await text(process.stdin)) as Scenario;
const run = new Run(scenario.connect);
for (const step of scenario.steps) console.log(JSON.stringify(await performed(run, step)));
await run.end();
process.exit(0);
