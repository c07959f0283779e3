/** The unmodified Node driver, with promises. */
import snowflake from "snowflake-sdk";

snowflake.configure({ disableOCSPChecks: true, logLevel: "OFF" });

export interface DriverRows {
  readonly rows: readonly Record<string, unknown>[];
  readonly statement: snowflake.RowStatement;
}

export interface NodeConnection {
  readonly raw: snowflake.Connection;
  run(sql: string, binds?: snowflake.Binds, more?: Record<string, unknown>): Promise<DriverRows>;
  close(): Promise<void>;
}

export async function connectNode(
  url: string,
  token: string,
  more: Record<string, unknown> = {},
): Promise<NodeConnection> {
  const raw = snowflake.createConnection({
    accessUrl: url,
    account: "demo",
    username: "agent",
    password: token,
    database: "PROD",
    schema: "ANALYTICS",
    warehouse: "AGENTS_XS",
    ...more,
  } as snowflake.ConnectionOptions);
  await new Promise<void>((resolve, reject) => raw.connect((error) => (error ? reject(error) : resolve())));
  return {
    raw,
    run: (sql, binds, options) =>
      new Promise((resolve, reject) => {
        raw.execute({
          sqlText: sql,
          ...(binds === undefined ? {} : { binds }),
          ...options,
          complete: (error, statement, rows) =>
            error ? reject(error) : resolve({ rows: rows ?? [], statement: statement as snowflake.RowStatement }),
        });
      }),
    close: () => new Promise((resolve) => raw.destroy(() => resolve())),
  };
}
