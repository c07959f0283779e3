/**
 * A PostgreSQL server that an earlier run left behind: found by the postmaster.pid in its data folder, and told from
 * another program that has got the same process number since.
 */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isAlive } from "./alive.ts";

/** A server that runs on a data folder. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const STOP_TIMEOUT_MS = 20_000;

/** Where /proc exists it says whether the process is a postgres of this folder; elsewhere we believe the file. */
async function isPostgresOf(pid: number, dataDir: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const commandLine = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return commandLine.includes("postgres") && commandLine.includes(dataDir);
}

/**
 * The server that runs on `dataDir`, if any. A lock file whose process is gone or is something else is removed:
 * PostgreSQL itself refuses to start when the number in it has been given to another process.
 */
export async function findPostmaster(dataDir: string): Promise<Postmaster | null> {
  const lock = join(dataDir, "postmaster.pid");
  const lines = (await readFile(lock, "utf8").catch(() => "")).split("\n");
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 1) return null;
  if (isAlive(pid) && (await isPostgresOf(pid, dataDir))) return { pid, port: Number(lines[3] ?? 0) };
  await rm(lock, { force: true });
  return null;
}

/** Fast shutdown (open transactions are rolled back, data is flushed); an immediate one when that takes too long. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    const end = Date.now() + STOP_TIMEOUT_MS;
    while (isAlive(pid) && Date.now() < end) await delay(10);
  }
}
