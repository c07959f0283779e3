/**
 * The engine: one DuckDB instance with the database PROD, the internal database SLUICE (functions that
 * Snowflake has and the engine has not, under names of our own) and one connection per session.
 *
 * Nothing here reaches the network or the file system after start: extensions are never installed and
 * external access is switched off before the first statement.
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { CATALOG_VIEWS } from "./catalog-views.ts";
import { DEMO_SCHEMAS, demoTables } from "./data.ts";
import { FUNCTIONS } from "./functions.ts";

export const INTERNAL_DATABASE = "SLUICE";
/** Stands for INFORMATION_SCHEMA, a name that the engine keeps for itself. */
export const CATALOG_SCHEMA = "SLUICE_INFORMATION_SCHEMA";

export interface Database {
  /** A connection for one session. */
  connect(): Promise<DuckDBConnection>;
  /** Runs statements on the administrator's connection, in order. */
  run(statements: readonly string[]): Promise<void>;
  createDatabase(name: string): Promise<void>;
  /** Puts the demo data back: everything in PROD that is not demo data is dropped. */
  reset(): Promise<void>;
  close(): void;
}

/** Opens the engine; `file` null keeps everything in memory. Demo data are made when PROD is empty. */
export async function openDatabase(file: string | null): Promise<Database> {
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    default_null_order: "nulls_last_on_asc_first_on_desc",
  });
  const admin = await instance.connect();
  const run = async (statements: readonly string[]) => {
    for (const statement of statements) await admin.run(statement);
  };
  const createDatabase = async (name: string) => {
    await run([
      `ATTACH ':memory:' AS ${quote(name)}`,
      ...catalogSchema(name),
      `CREATE SCHEMA IF NOT EXISTS ${quote(name)}.PUBLIC`,
    ]);
  };
  await run([`ATTACH ':memory:' AS ${INTERNAL_DATABASE}`, `USE ${INTERNAL_DATABASE}.main`, ...FUNCTIONS]);
  await run([
    `ATTACH ${literal(file ?? ":memory:")} AS PROD`,
    "SET enable_external_access = false",
    "SET TimeZone = 'America/Los_Angeles'",
  ]);
  await run(catalogSchema("PROD"));
  const reset = () => resetDemo(admin);
  const reader = await admin.runAndReadAll(
    "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'PROD' AND schema_name = 'ANALYTICS'",
  );
  if (Number(reader.getRows()[0]?.[0] ?? 0) === 0) await reset();
  return {
    connect: () => instance.connect(),
    run,
    createDatabase,
    reset,
    close() {
      admin.closeSync();
      instance.closeSync();
    },
  };
}

async function resetDemo(admin: DuckDBConnection): Promise<void> {
  await admin.run("BEGIN TRANSACTION");
  try {
    const reader = await admin.runAndReadAll(
      `SELECT schema_name FROM duckdb_schemas() WHERE database_name = 'PROD' AND NOT internal AND schema_name NOT IN ('main', '${CATALOG_SCHEMA}')`,
    );
    for (const [name] of reader.getRows()) await admin.run(`DROP SCHEMA PROD.${quote(String(name))} CASCADE`);
    for (const schema of DEMO_SCHEMAS) await admin.run(`CREATE SCHEMA PROD.${schema}`);
    for (const statement of demoTables()) await admin.run(statement);
    await admin.run("COMMIT");
  } catch (fault) {
    await admin.run("ROLLBACK");
    throw fault;
  }
}

function catalogSchema(database: string): string[] {
  const schema = `${quote(database)}.${CATALOG_SCHEMA}`;
  return [
    `CREATE SCHEMA IF NOT EXISTS ${schema}`,
    ...CATALOG_VIEWS.map(({ name, sql }) => `CREATE OR REPLACE VIEW ${schema}.${name} AS ${sql(database)}`),
  ];
}

/** An identifier in double quotes. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
