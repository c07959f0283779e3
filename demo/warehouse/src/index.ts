/**
 * A stand-in for Snowflake: its client protocol over DuckDB with sample data, for the demo and for
 * tests. Unmodified drivers connect to it. Never part of a production image.
 */
import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { endSession } from "./account.ts";
import { loadTranslator } from "./ast.ts";
import { openDatabase } from "./database.ts";
import type { User } from "./login.ts";
import { ChunkStore } from "./rows.ts";
import { createWarehouseServer, type Service } from "./server.ts";
import type { Session } from "./session.ts";
import { Statements } from "./statement.ts";
import { type LogEntry, StatementLog } from "./statement-log.ts";
import { type Switch, Switches } from "./switches.ts";

export type { User } from "./login.ts";
export type { LogEntry } from "./statement-log.ts";
export { SWITCH_KINDS, type Switch, Switches, type SwitchKind } from "./switches.ts";

export interface WarehouseOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly host?: string;
  /** File of the database PROD; in memory unless given. */
  readonly databaseFile?: string;
  readonly users: readonly User[];
  /** False answers everybody in JSON. */
  readonly arrow?: boolean;
  readonly switches?: readonly Switch[];
  /** File that every statement is appended to as a JSON line. */
  readonly logFile?: string;
  /** Opens `/__demo/`; random unless given. */
  readonly demoToken?: string;
  /** How long a request waits for a statement before it is told to poll; 40 s unless told. */
  readonly inProgressAfterMs?: number;
}

export interface Warehouse {
  readonly port: number;
  readonly url: string;
  readonly demoToken: string;
  /** Every statement that reached the warehouse, in order. */
  readonly log: readonly LogEntry[];
  readonly switches: Switches;
  /** Puts the demo data back while it runs; open transactions are undone first. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a warehouse. It listens when the promise resolves. */
export async function startWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  await loadTranslator();
  const database = await openDatabase(options.databaseFile ?? null);
  const store = new ChunkStore();
  const log = new StatementLog(options.logFile ?? null);
  const switches = new Switches();
  for (const rule of options.switches ?? []) switches.add(rule);
  const account = { database, statements: new Statements(), store, log, isArrowOffered: options.arrow !== false };
  const sessions = new Map<string, Session>();
  const allSessions = () => [...new Set(sessions.values())];
  const reset = async () => {
    for (const session of allSessions()) await rollBack(session);
    await database.reset();
  };
  const demo = {
    token: options.demoToken ?? randomBytes(24).toString("base64url"),
    log,
    switches,
    truncated: new Set<string>(),
    reset,
  };
  const service: Service = {
    account,
    users: options.users,
    demo,
    inProgressAfterMs: options.inProgressAfterMs ?? 40_000,
    sessions,
    nextSessionId: 1_172_562_260_001,
  };
  const server = createWarehouseServer(service);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, options.host ?? "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host ?? "127.0.0.1"}:${port}`,
    demoToken: demo.token,
    log: log.entries,
    switches,
    reset,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      for (const session of allSessions()) await endSession(account, session);
      store.close();
      database.close();
    },
  };
}

async function rollBack(session: Session): Promise<void> {
  await session.exclusive(async () => {
    if (session.inTransaction) await session.connection.run("ROLLBACK");
    await session.markTransaction(false);
  });
}
