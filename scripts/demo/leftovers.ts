/**
 * Processes that an earlier `npm start` of this folder left behind when it was killed. They are known by a mark in
 * their environment that only the launcher sets, or, where environments can't be read, by the numbers it wrote down
 * with the times at which those processes began. Nothing else is ever signalled.
 */
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { isAlive } from "@sluice/db/embedded";

/** Set in every process that the launcher starts; its value is the state folder. */
export const MARK = "SLUICE_DEMO_FOLDER";
const PATIENCE_MS = 10_000;

/** A process that the launcher wrote down. Numbers are given again; a number with its time of birth is not. */
export interface WrittenDown {
  readonly pid: number;
  readonly born: string;
}

/** When a process was started, in the system's own words; empty when there is none. */
async function birthOf(pid: number): Promise<string> {
  if (process.platform === "linux") {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    // Field 22; counted from the end of field 2, the program's name, which may hold spaces.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  }
  const ps = promisify(execFile)("ps", ["-p", String(pid), "-o", "lstart="]);
  return await ps.then(({ stdout }) => stdout.trim()).catch(() => "");
}

/** Writes a live process down. */
export async function writtenDown(pid: number): Promise<WrittenDown> {
  return { pid, born: await birthOf(pid) };
}

/** Whether the very process that was written down still lives. */
export async function isSameProcess({ pid, born }: WrittenDown): Promise<boolean> {
  return born !== "" && isAlive(pid) && (await birthOf(pid)) === born;
}

async function markedOnLinux(folder: string): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    const environment = await readFile(`/proc/${name}/environ`, "utf8").catch(() => "");
    if (environment.split("\0").includes(`${MARK}=${folder}`)) found.push(Number(name));
  }
  return found;
}

/** The numbers of the leftover processes of `folder`. */
export async function findLeftovers(folder: string, known: readonly WrittenDown[]): Promise<number[]> {
  if (process.platform === "linux") return await markedOnLinux(folder);
  const found: number[] = [];
  for (const one of known) {
    if (await isSameProcess(one)) found.push(one.pid);
  }
  return found;
}

/** Asks the processes to end, waits, and ends by force those that stay. */
export async function endProcesses(pids: readonly number[]): Promise<void> {
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    const alive = pids.filter(isAlive);
    for (const pid of alive) process.kill(pid, signal);
    const end = Date.now() + PATIENCE_MS;
    while (alive.some(isAlive) && Date.now() < end) await delay(20);
  }
}
