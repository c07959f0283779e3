/**
 * One part of the demo as a child process: its output in a log file, ready when its health address answers, stopped
 * in order. It is in a process group of its own, so that Ctrl-C reaches the launcher alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, renameSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** What to start. */
export interface ChildPlan {
  /** What people call it, as in "The gateway stopped". */
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** Answers HTTP below 500 when the part is ready. */
  readonly healthUrl: string;
  readonly startTimeoutMs: number;
  /** How long it may take to stop before it is ended by force. */
  readonly stopTimeoutMs: number;
}

/** A part that runs. */
export interface RunningChild {
  readonly name: string;
  readonly pid: number;
  /** Settles with a sentence when it ends although nobody asked it to. */
  readonly died: Promise<string>;
  /** Resolves when it is ready; throws a sentence when it ends or stays silent. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

const LOG_LINES_SHOWN = 8;

/** The end of a log, indented, for an error on the screen. */
async function endOfLog(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const lines = text.trim().split("\n").slice(-LOG_LINES_SHOWN);
  return lines.map((line) => `    ${line.slice(0, 400)}`).join("\n");
}

function openLog(path: string): number {
  try {
    renameSync(path, `${path}.1`);
  } catch {
    // There was none.
  }
  return openSync(path, "w", 0o600);
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    await answer.body?.cancel();
    return answer.status < 500;
  } catch {
    return false;
  }
}

const hasEnded = (child: ChildProcess): boolean =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** Starts a part. It is not ready yet: await `ready()`. */
export function startChild(plan: ChildPlan): RunningChild {
  const log = openLog(plan.logFile);
  const options = { env: { ...process.env, ...plan.env }, stdio: ["ignore", log, log] as const, detached: true };
  const child = spawn(process.execPath, [plan.script], { ...options, stdio: [...options.stdio] });
  closeSync(log);
  let isStopping = false;
  const exited = new Promise<string>((resolve) => {
    child.once("error", (cause) => resolve(cause.message));
    child.once("exit", (code, signal) => resolve(code === null ? `signal ${signal}` : `exit code ${code}`));
  });
  const sentence = async (what: string) =>
    `The ${plan.name} ${what}. Its log ${plan.logFile} ends:\n${await endOfLog(plan.logFile)}`;
  const died = exited.then(async (how) => {
    if (isStopping) return await new Promise<string>(() => undefined);
    return await sentence(`stopped unexpectedly (${how})`);
  });
  return {
    name: plan.name,
    pid: child.pid ?? 0,
    died,
    ready: async () => {
      const end = Date.now() + plan.startTimeoutMs;
      while (!(await isHealthy(plan.healthUrl))) {
        if (hasEnded(child)) throw new Error(await sentence(`stopped while starting (${await exited})`));
        if (Date.now() > end) throw new Error(await sentence(`was not ready within ${plan.startTimeoutMs / 1000} s`));
        await delay(25);
      }
    },
    stop: async () => {
      isStopping = true;
      if (hasEnded(child)) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), plan.stopTimeoutMs);
      await gone;
      clearTimeout(timer);
    },
  };
}
