/**
 * PostgreSQL from npm for the demo and for tests: the real server, on loopback, in a folder of its own, with no
 * installation. A server that a crashed run left on the same folder is taken over. Never part of a production image.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { CLUSTER_USER, clusterPassword, commandOf, lastLines, makeCluster } from "./cluster.ts";
import { findPostmaster, stopPostmaster } from "./postmaster.ts";
import { findPrograms, giveTo, type Programs, type RunAs } from "./programs.ts";

export { isAlive } from "./alive.ts";

/** Settings of an embedded PostgreSQL. */
export interface EmbeddedOptions {
  /** Folder of the cluster; made when it does not exist. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; 0 picks a free one. */
  readonly port: number;
  /** Database that is made on first use. Default `sluice`. */
  readonly database?: string;
  /** File that the server's log is appended to. Default: `server.log` in the data folder. */
  readonly logFile?: string;
  /** `false` trades durability for speed (no fsync): for tests only. Default `true`. */
  readonly durable?: boolean;
  /** As whom the server runs. Default `auto`. */
  readonly runAs?: RunAs;
}

/** A running embedded PostgreSQL. */
export interface EmbeddedPostgres {
  /** Connection url with user and password: a secret. */
  readonly url: string;
  readonly port: number;
  /** Process number of the server. */
  readonly pid: number;
  /** Settles with the exit code when the server ends, asked or not. Never settles for a server taken over. */
  readonly exited: Promise<number | null>;
  /** Stops the server and waits until it is gone. May be called more than once. */
  stop(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;

/**
 * Starts PostgreSQL on `dataDir`, or takes over the one that runs there. Resolves when it answers queries.
 * Throws an Error whose message is a sentence for people.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const database = options.database ?? "sluice";
  const programs = findPrograms(options.runAs);
  const password = (await clusterPassword(dataDir)) ?? (await makeCluster(programs, dataDir));
  const left = await findPostmaster(dataDir);
  if (left !== null && (left.port === options.port || options.port === 0)) {
    const url = urlOf(password, left.port, database);
    if (await answers(url, database)) return takenOver(url, left.port, left.pid);
  }
  if (left !== null) await stopPostmaster(left.pid);
  await giveTo(programs, dataDir);
  const port = options.port === 0 ? await freePort() : options.port;
  const url = urlOf(password, port, database);
  const logFile = options.logFile ?? join(dataDir, "server.log");
  const child = startServer(programs, dataDir, port, logFile, options.durable ?? true);
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : null));
  await untilReady(child, url, database, port, logFile);
  return { url, port, pid: child.pid ?? 0, exited, stop: () => stopChild(child) };
}

function urlOf(password: string, port: number, database: string): string {
  return `postgresql://${CLUSTER_USER}:${password}@127.0.0.1:${port}/${database}`;
}

function takenOver(url: string, port: number, pid: number): EmbeddedPostgres {
  return { url, port, pid, exited: new Promise(() => undefined), stop: () => stopPostmaster(pid) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function startServer(
  programs: Programs,
  dataDir: string,
  port: number,
  logFile: string,
  durable: boolean,
): ChildProcess {
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    max_connections: "200",
    TimeZone: "UTC",
    log_timezone: "UTC",
    ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  };
  const args = ["-D", dataDir, "-p", String(port)];
  for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
  const { command, words } = commandOf(programs, "postgres", args);
  const log = openSync(logFile, "a", 0o600);
  // A process group of its own: Ctrl-C at the terminal must not stop the database before those who use it.
  const child = spawn(command, words, { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  child.on("error", () => undefined);
  return child;
}

async function untilReady(child: ChildProcess, url: string, database: string, port: number, logFile: string) {
  const end = Date.now() + START_TIMEOUT_MS;
  while (!(await answers(url, database))) {
    const isGone = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (!isGone && Date.now() < end) {
      await delay(15);
      continue;
    }
    await stopChild(child);
    const log = await readFile(logFile, "utf8").catch(() => "");
    const why = isGone ? "stopped at once" : `did not answer within ${START_TIMEOUT_MS / 1000} s`;
    throw new Error(`PostgreSQL on port ${port} ${why}. Its log ${logFile} ends: ${lastLines(log)}`);
  }
}

/** Whether the server answers a query; makes the database on the way when it is not there yet. */
async function answers(url: string, database: string): Promise<boolean> {
  const maintenance = new URL(url);
  maintenance.pathname = "/postgres";
  const client = new pg.Client({ connectionString: maintenance.href, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const found = await client.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  await Promise.all([gone, stopPostmaster(child.pid)]);
}

/** Stops the server that runs on `dataDir`, whoever started it. Returns whether there was one. */
export async function stopEmbeddedPostgres(dataDir: string): Promise<boolean> {
  const found = await findPostmaster(resolve(dataDir));
  if (found !== null) await stopPostmaster(found.pid);
  return found !== null;
}
