/**
 * The database adapter that the schema engine runs over: Prisma's own for `pg`, with four things mended that the
 * engine needs and version 7.10 of the adapter lacks: the shadow database (the adapter drops it while connections to
 * it are open), url parts instead of a connection string (else the shadow database is ignored), the catalogue's one-byte
 * type "char", and scripts with function bodies.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { PrismaPg } from "@prisma/adapter-pg";
import {
  ColumnTypeEnum,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
  type SqlQuery,
  type SqlResultSet,
} from "@prisma/driver-adapter-utils";
import pg from "pg";

const OID_CHAR = 18;
const OID_TEXT = 25;

type PgAdapter = Awaited<ReturnType<PrismaPg["connect"]>>;

interface UrlParts {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly ssl?: boolean;
}

function urlParts(url: string): UrlParts {
  const parsed = new URL(url);
  const sslMode = parsed.searchParams.get("sslmode");
  return {
    host: parsed.hostname,
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    ...(sslMode === null || sslMode === "disable" ? {} : { ssl: true }),
  };
}

/**
 * Sends type "char" to the engine as a character. The adapter throws on a type that it doesn't know, so its column is
 * called text on the way in, remembered for this one query, and called a character on the way out.
 */
function withCharType(adapter: PgAdapter): PgAdapter {
  const pool = adapter.underlyingDriver();
  const query = pool.query.bind(pool);
  const charColumns = new AsyncLocalStorage<Set<number>>();
  const queryWithText = async (config: pg.QueryArrayConfig, values?: unknown[]) => {
    const result = await query(config, values);
    if (Array.isArray(result)) return result;
    for (const [index, field] of result.fields.entries()) {
      if (field.dataTypeID !== OID_CHAR) continue;
      field.dataTypeID = OID_TEXT;
      charColumns.getStore()?.add(index);
    }
    return result;
  };
  Object.assign(pool, { query: queryWithText });
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = (sql: SqlQuery): Promise<SqlResultSet> => {
    const found = new Set<number>();
    return charColumns.run(found, async () => {
      const result = await queryRaw(sql);
      const columnTypes = result.columnTypes.map((type, index) => (found.has(index) ? ColumnTypeEnum.Character : type));
      return { ...result, columnTypes };
    });
  };
  return adapter;
}

/**
 * Runs a script whole, in one implicit transaction: left alone the adapter splits it at every semicolon, also at those
 * inside a function's body.
 */
function withWholeScripts(adapter: PgAdapter): PgAdapter {
  adapter.executeScript = async (script) => {
    await adapter.executeRaw({ sql: script, args: [], argTypes: [] });
  };
  return adapter;
}

async function shadowAdapter(parts: UrlParts): Promise<SqlDriverAdapter> {
  const database = `sluice_shadow_${globalThis.crypto.randomUUID().replaceAll("-", "")}`;
  const admin = new pg.Client(parts);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  const adapter = await new PrismaPg({ ...parts, database }).connect();
  const dispose = adapter.dispose.bind(adapter);
  adapter.dispose = async () => {
    await dispose();
    await admin.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`);
    await admin.end();
  };
  return withWholeScripts(withCharType(adapter));
}

/** The adapter factory for one PostgreSQL url. */
export function engineAdapter(url: string): SqlMigrationAwareDriverAdapterFactory {
  const parts = urlParts(url);
  const factory = new PrismaPg(parts);
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => withWholeScripts(withCharType(await factory.connect())),
    connectToShadowDb: () => shadowAdapter(parts),
  };
}
