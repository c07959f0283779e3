/**
 * One writer per folder. The lock names its process by host, pid and start time, so that a lock left by a
 * killed process (or by another one that had the same pid) is recovered, and a living one never is. A lock of
 * another host can't be probed: it counts as left once nobody has refreshed it for a minute.
 */
import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { JournalError } from "./port.ts";

const FOREIGN_STALE_MS = 60_000;

interface Owner {
  readonly host: string;
  readonly pid: number;
  readonly started: string;
  readonly nonce: string;
}

export interface FolderLock {
  /** True when an earlier owner had not released it. */
  readonly recovered: boolean;
  /** Tells other hosts that the owner lives. Rejects nothing; a lost lock shows in `isHeld`. */
  refresh(): void;
  isHeld(): boolean;
  release(): void;
}

/** Locks held by this process: the same folder can't be opened twice in one process either. */
const HELD = new Set<string>();

export function lockFolder(dir: string): FolderLock {
  const path = join(dir, "lock");
  const mine: Owner = {
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid),
    nonce: randomBytes(8).toString("hex"),
  };
  const text = JSON.stringify(mine);
  let recovered = false;
  for (let attempt = 0; !create(path, text); attempt++) {
    const found = read(path);
    if (found !== null && isAlive(path, found)) throw locked(dir, found);
    if (attempt >= 3) throw locked(dir, found);
    recovered = takeAway(path, found) || recovered;
  }
  HELD.add(mine.nonce);
  const isHeld = (): boolean => HELD.has(mine.nonce) && read(path) === text;
  return {
    recovered,
    refresh() {
      if (isHeld()) utimesSync(path, new Date(), new Date());
    },
    isHeld,
    release() {
      if (isHeld()) rmSync(path, { force: true });
      HELD.delete(mine.nonce);
    },
  };
}

function locked(dir: string, found: string | null): JournalError {
  const owner = found === null ? null : parse(found);
  const who = owner === null ? "another process" : `process ${owner.pid} on ${owner.host}`;
  return new JournalError("JOURNAL_LOCKED", `${who} writes the journal in ${dir}; two writers are never allowed`);
}

/** Atomic: the name appears with its content, or not at all. */
function create(path: string, text: string): boolean {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes the lock judged stale, and only that one: another process may have recovered it in the meantime. */
function takeAway(path: string, judged: string | null): boolean {
  const aside = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  const taken = read(aside);
  if (taken !== judged) {
    try {
      linkSync(aside, path);
    } catch {
      // A third process holds it now, and this attempt fails like any other.
    }
  }
  rmSync(aside, { force: true });
  return taken === judged;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function parse(text: string): Owner | null {
  try {
    const { host, pid, started, nonce } = JSON.parse(text);
    const fits =
      typeof host === "string" && typeof pid === "number" && typeof started === "string" && typeof nonce === "string";
    return fits ? { host, pid, started, nonce } : null;
  } catch {
    return null;
  }
}

function isAlive(path: string, text: string): boolean {
  const owner = parse(text);
  if (owner === null) return false;
  if (owner.host !== hostname())
    return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0) < FOREIGN_STALE_MS;
  if (owner.pid === process.pid) return HELD.has(owner.nonce);
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  const started = startOf(owner.pid);
  return started === "" || owner.started === "" || started === owner.started;
}

/** When a process started, in the kernel's ticks; "" where the system doesn't say. Pids are reused, this isn't. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
