/**
 * The folder .sluice: taken by one launcher at a time, mended after a crash, emptied on request. It holds the demo's
 * database, blobs, logs and keys, and nothing that a person made; still, what can't be used is set aside, not deleted.
 */
import { randomBytes } from "node:crypto";
import { access, chmod, link, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { stopEmbeddedPostgres } from "@sluice/db/embedded";
import { endProcesses, findLeftovers, isSameProcess, type WrittenDown, writtenDown } from "./leftovers.ts";
import { readIfThere, writeWhole } from "./whole-file.ts";

/** The state folder, held by this launcher until `release`. */
export interface StateFolder {
  readonly path: string;
  /** The gateway's key: 64 hexadecimal digits, the same at each start. */
  readonly masterKey: string;
  /** Sentences about what was mended. */
  readonly mended: readonly string[];
  /** Writes down a process of ours, so that the next start finds it if we are killed. */
  writeDown(pid: number): Promise<void>;
  /** Removes demo.json and gives the folder free. */
  release(): Promise<void>;
}

interface RunFile {
  readonly launcher: WrittenDown;
  readonly processes: readonly WrittenDown[];
}

/** The folders that only make sense together: a key without its database, or the reverse, is of no use. */
const KEPT_TOGETHER = ["postgres", "blobs", "journal", "log", "master.key"];

const MASTER_KEY = /^[0-9a-f]{64}$/;

function isWrittenDown(value: unknown): value is WrittenDown {
  if (typeof value !== "object" || value === null || !("pid" in value) || !("born" in value)) return false;
  return typeof value.pid === "number" && typeof value.born === "string";
}

function parseRunFile(text: string): RunFile | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("launcher" in value) || !("processes" in value)) return null;
    if (!isWrittenDown(value.launcher) || !Array.isArray(value.processes)) return null;
    return { launcher: value.launcher, processes: value.processes.filter(isWrittenDown) };
  } catch {
    return null;
  }
}

/**
 * Takes the folder's lock: run.json, which appears whole and is never written over. Returns what the last holder wrote
 * down, if it did not get to remove it; throws a sentence when that holder lives.
 */
async function takeLock(path: string, launcher: WrittenDown): Promise<RunFile | null> {
  const file = join(path, "run.json");
  const draft = `${file}.${launcher.pid}.draft`;
  await writeWhole(draft, JSON.stringify({ launcher, processes: [] }));
  try {
    const text = await readIfThere(file);
    const left = parseRunFile(text ?? "");
    if (left !== null && (await isSameProcess(left.launcher))) {
      const { pid } = left.launcher;
      throw new Error(
        `Sluice already runs from this folder (process ${pid}). Stop it with Ctrl-C, or with: kill ${pid}`,
      );
    }
    await rm(file, { force: true });
    // A link can't replace a file: of two launchers that came this far, one fails here.
    await link(draft, file);
    return left;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") {
      throw new Error("Sluice is being started from this folder by another command at this moment.");
    }
    throw cause;
  } finally {
    await rm(draft, { force: true });
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Why the folder's contents can't be used as they are, or null. */
async function damageOf(path: string): Promise<string | null> {
  const hasFolder = await exists(join(path, "postgres"));
  const hasDatabase = await exists(join(path, "postgres", "PG_VERSION"));
  const key = await readIfThere(join(path, "master.key"));
  if (hasFolder && !hasDatabase) return "its database was never finished";
  if (key !== null && !MASTER_KEY.test(key.trim())) return "its key is not whole";
  if (key === null && hasDatabase) return "its key is missing";
  return null;
}

async function setAside(path: string): Promise<string> {
  const name = `set-aside-${new Date().toISOString().replaceAll(/[:.]/g, "-")}`;
  await mkdir(join(path, name), { mode: 0o700 });
  for (const part of KEPT_TOGETHER) {
    if (await exists(join(path, part))) await rename(join(path, part), join(path, name, part));
  }
  return name;
}

async function masterKeyOf(path: string): Promise<string> {
  const file = join(path, "master.key");
  const found = await readIfThere(file);
  if (found !== null) return found.trim();
  const key = randomBytes(32).toString("hex");
  await writeWhole(file, `${key}\n`);
  return key;
}

/** Ends what a killed run left running and removes what only a running demo has. */
async function mend(path: string, left: RunFile | null): Promise<string[]> {
  const mended: string[] = [];
  const leftovers = await findLeftovers(path, left?.processes ?? []);
  await endProcesses(leftovers);
  const hadDatabase = await stopEmbeddedPostgres(join(path, "postgres"));
  if (leftovers.length > 0 || hadDatabase)
    mended.push("An earlier run had been killed: its processes are stopped now.");
  await rm(join(path, "demo.json"), { force: true });
  for (const name of await readdir(path)) {
    if (name.endsWith(".draft") || name.startsWith(".postgres-")) await rm(join(path, name), { recursive: true });
  }
  return mended;
}

/**
 * Takes `path` for this launcher, after stopping what an earlier run left, and mends or (`reset`) empties it.
 * Throws a sentence for people when another launcher holds it.
 */
export async function takeStateFolder(path: string, reset: boolean): Promise<StateFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await chmod(path, 0o700);
  const launcher = await writtenDown(process.pid);
  const left = await takeLock(path, launcher);
  const runFile = join(path, "run.json");
  const mended = await mend(path, left);
  if (reset) {
    for (const name of await readdir(path)) {
      if (name !== "run.json") await rm(join(path, name), { recursive: true, force: true });
    }
    mended.push("The demo's data has been emptied.");
  }
  const damage = await damageOf(path);
  if (damage !== null) {
    mended.push(`An earlier start was cut short (${damage}): its files are in .sluice/${await setAside(path)}.`);
  }
  const masterKey = await masterKeyOf(path);
  await mkdir(join(path, "logs"), { recursive: true });
  const processes: WrittenDown[] = [];
  let lastWrite: Promise<void> = Promise.resolve();
  return {
    path,
    masterKey,
    mended,
    writeDown: (pid) => {
      // One after the other: parts start side by side, and an older list must not land last.
      lastWrite = lastWrite.then(async () => {
        processes.push(await writtenDown(pid));
        await writeWhole(runFile, JSON.stringify({ launcher, processes }));
      });
      return lastWrite;
    },
    release: async () => {
      await rm(join(path, "demo.json"), { force: true });
      await rm(runFile, { force: true });
    },
  };
}
