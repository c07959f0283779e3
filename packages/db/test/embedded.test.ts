/**
 * The embedded PostgreSQL: a crashed run never blocks the next start, data outlives restarts, and failures are
 * sentences.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/embedded/index.ts";

let folder = "";
const running: EmbeddedPostgres[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-db-"));
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: { port?: number; dataDir?: string } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({
    dataDir: options.dataDir ?? join(folder, "postgres"),
    port: options.port ?? 0,
    durable: false,
  });
  running.push(server);
  return server;
}

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

describe("embedded PostgreSQL", () => {
  test("keeps its data over a restart", async () => {
    const first = await start();
    await query(first.url, "CREATE TABLE kept AS SELECT 42 AS answer");
    await first.stop();
    const second = await start();
    expect(await query(second.url, "SELECT answer FROM kept")).toEqual([{ answer: 42 }]);
  });

  test.runIf(process.getuid?.() === 0)("runs for root in a closed folder in either way, on the same data", async () => {
    await chmod(folder, 0o700);
    const open = (runAs: "namespace" | "nobody") =>
      startEmbeddedPostgres({ dataDir: join(folder, "postgres"), port: 0, durable: false, runAs });
    for (const runAs of ["nobody", "namespace", "nobody"] as const) {
      const server = await open(runAs);
      running.push(server);
      await query(server.url, "CREATE TABLE IF NOT EXISTS rounds (n int)");
      await query(server.url, "INSERT INTO rounds VALUES (1)");
      await server.stop();
    }
    const last = await open("namespace");
    running.push(last);
    expect(await query(last.url, "SELECT count(*)::int AS n FROM rounds")).toEqual([{ n: 3 }]);
  });

  test("refuses a connection without the password", async () => {
    const server = await start();
    const open = new URL(server.url);
    open.password = "wrong";
    await expect(query(open.href, "SELECT 1")).rejects.toThrow(/password authentication failed/);
  });

  test("takes over the server that a killed launcher left running", async () => {
    const source = `
      import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, "../src/embedded/index.ts"))};
      const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(join(folder, "postgres"))}, port: 0 });
      console.log(JSON.stringify({ pid: server.pid, port: server.port }));
      setInterval(() => undefined, 1000);`;
    const launcher = spawn(process.execPath, ["--input-type=module", "--eval", source], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(launcher.stdout, "data");
    const left: { pid: number; port: number } = JSON.parse(String(line));
    launcher.kill("SIGKILL");
    await once(launcher, "exit");
    const server = await start({ port: left.port });
    expect(server.pid).toBe(left.pid);
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    await server.stop();
    await expect(query(server.url, "SELECT 1")).rejects.toThrow();
  });

  test("starts over a lock file whose process number belongs to something else now", async () => {
    const first = await start();
    await first.stop();
    const lock = [process.pid, join(folder, "postgres"), 1, 1, "", "127.0.0.1", "", "ready"].join("\n");
    await writeFile(join(folder, "postgres", "postmaster.pid"), `${lock}\n`);
    const second = await start();
    expect(await query(second.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  });

  test("uses an empty folder, and refuses one that holds other things", async () => {
    const dataDir = join(folder, "postgres");
    await mkdir(dataDir);
    const server = await start({ dataDir });
    expect(await query(server.url, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    const taken = join(folder, "taken");
    await mkdir(taken);
    await writeFile(join(taken, "thesis.txt"), "chapter 1");
    await expect(start({ dataDir: taken })).rejects.toThrow(/is not empty and holds no PostgreSQL/);
    expect(await readdir(taken)).toEqual(["thesis.txt"]);
  });

  test("refuses the folder of another PostgreSQL version with a sentence", async () => {
    const dataDir = join(folder, "postgres");
    await mkdir(dataDir);
    await writeFile(join(dataDir, "PG_VERSION"), "17\n");
    await expect(start({ dataDir })).rejects.toThrow(/made by PostgreSQL 17, and this is 18/);
    expect(await readFile(join(dataDir, "PG_VERSION"), "utf8")).toBe("17\n");
  });

  test("names the port and the log when the port is taken", async () => {
    const first = await start();
    await expect(start({ port: first.port, dataDir: join(folder, "other") })).rejects.toThrow(
      new RegExp(`PostgreSQL on port ${first.port} stopped at once.*server.log ends:.*already running on port`),
    );
  });
});
