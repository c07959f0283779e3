/**
 * One part under measurement in a process of its own, so that its time and memory are its own: started, awaited until
 * its health address answers, watched by the kernel's own counters, stopped.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export interface ChildPlan {
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly healthUrl: string;
  readonly logFile: string;
  /** Further arguments for Node itself, such as --cpu-prof. */
  readonly nodeArguments?: readonly string[];
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  stop(): Promise<void>;
}

const START_MS = 60_000;
const STOP_MS = 20_000;

/** A port that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return address.port;
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(2000) });
    await answer.body?.cancel();
    return answer.status < 500;
  } catch {
    return false;
  }
}

export async function startProcess(plan: ChildPlan): Promise<Child> {
  const log = openSync(plan.logFile, "a");
  const options = { env: { ...process.env, ...plan.env }, stdio: ["ignore", log, log] as ["ignore", number, number] };
  const child = spawn(process.execPath, [...(plan.nodeArguments ?? []), plan.script], options);
  const end = Date.now() + START_MS;
  while (!(await isHealthy(plan.healthUrl))) {
    if (child.exitCode !== null || Date.now() > end) {
      child.kill("SIGKILL");
      throw new Error(
        `The ${plan.name} did not start. Its log ${plan.logFile} ends:\n${readFileSync(plan.logFile, "utf8").slice(-2000)}`,
      );
    }
    await pause(50);
  }
  return {
    name: plan.name,
    pid: child.pid ?? 0,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      await gone;
      clearTimeout(force);
    },
  };
}

function kilobytes(pid: number, field: "VmRSS" | "VmHWM"): number | null {
  try {
    const found = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return found === undefined ? null : Number(found);
  } catch {
    return null;
  }
}

/** Clock ticks of /proc are hundredths of a second on every Linux that Node runs on. */
const TICK_MS = 10;

/** Milliseconds of processor time that a process has used, all its threads together. Linux only; elsewhere null. */
export function processorMs(child: Child): number | null {
  try {
    const text = readFileSync(`/proc/${child.pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  } catch {
    return null;
  }
}

export interface MemoryWatch {
  /** Bytes by which the highest resident memory since the watch began is above what it was then. */
  growth(): { readonly peakBytes: number; readonly grownBytes: number } | null;
}

/** Watches resident memory through the kernel's high-water mark, which it resets. Linux only; elsewhere null. */
export function watchMemory(child: Child): MemoryWatch {
  let before: number | null = null;
  try {
    writeFileSync(`/proc/${child.pid}/clear_refs`, "5");
    before = kilobytes(child.pid, "VmRSS");
  } catch {
    // No such counter here.
  }
  return {
    growth() {
      const peak = kilobytes(child.pid, "VmHWM");
      if (before === null || peak === null) return null;
      return { peakBytes: peak * 1024, grownBytes: Math.max(0, peak - before) * 1024 };
    },
  };
}
