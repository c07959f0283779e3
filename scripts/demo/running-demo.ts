/**
 * The parts of the demo that run, as one thing: it dies when a part dies and stops in order, also when it is asked to
 * stop while parts are still starting. After `stop` began, nothing starts any more.
 */
import { join } from "node:path";
import { type ChildPlan, startChild } from "./child.ts";
import { MARK } from "./leftovers.ts";
import { sayDone } from "./screen.ts";
import type { StateFolder } from "./state-folder.ts";

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

/** What has to be stopped. */
export interface Part {
  readonly name: string;
  stop(): Promise<void>;
}

/** What to start as a child; the log file and the patience are the same for all. */
export interface PartPlan extends Omit<ChildPlan, "logFile" | "startTimeoutMs" | "stopTimeoutMs"> {
  /** Name of its log file, without the ending. */
  readonly label: string;
}

/** Thrown by a start that came too late. Nobody needs to read it. */
export class StoppingError extends Error {}

export class RunningDemo {
  readonly folder: StateFolder;
  /** Settles with a sentence for people when a part dies that nobody stopped. */
  readonly died: Promise<string>;
  readonly #parts: Part[] = [];
  readonly #starts: Promise<unknown>[] = [];
  #reportDeath: (sentence: string) => void = () => undefined;
  #isStopping = false;

  constructor(folder: StateFolder) {
    this.folder = folder;
    this.died = new Promise((settle) => {
      this.#reportDeath = settle;
    });
  }

  /** Notes a start that `stop` has to wait for, so that nothing comes up behind its back. */
  track<T>(start: Promise<T>): Promise<T> {
    this.#starts.push(start);
    return start;
  }

  reportDeath(sentence: string): void {
    if (!this.#isStopping) this.#reportDeath(sentence);
  }

  /** Takes a part over, to stop it before those that were taken earlier. One that comes too late is stopped at once. */
  async take(part: Part): Promise<void> {
    if (!this.#isStopping) {
      this.#parts.push(part);
      return;
    }
    await part.stop();
    throw new StoppingError(part.name);
  }

  /** Starts a child process and resolves when it is ready. Throws a sentence when it does not become so. */
  async start(plan: PartPlan): Promise<void> {
    if (this.#isStopping) throw new StoppingError(plan.name);
    const startedAt = performance.now();
    const child = startChild({
      ...plan,
      env: { ...plan.env, [MARK]: this.folder.path },
      logFile: join(this.folder.path, "logs", `${plan.label}.log`),
      startTimeoutMs: START_TIMEOUT_MS,
      stopTimeoutMs: STOP_TIMEOUT_MS,
    });
    await this.take(child);
    child.died.then((sentence) => this.reportDeath(sentence));
    await this.folder.writeDown(child.pid);
    await child.ready();
    sayDone(plan.name, startedAt);
  }

  /** Stops the parts, the last one first. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#stopParts();
    await Promise.allSettled(this.#starts);
    await this.#stopParts();
  }

  async #stopParts(): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) await part.stop();
  }
}
