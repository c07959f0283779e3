/**
 * A statement from its arrival to its outcome, whoever waits for it: the first request, a retry with
 * the same request id, polls of its result. It is executed at most once.
 */
import { canceled, type Failure, failureOf, placeFailure, type WarehouseError } from "./errors.ts";
import type { Outcome, Success } from "./outcome.ts";
import { newQueryId, type Session } from "./session.ts";
import type { Switch } from "./switches.ts";

/** Status words of the monitoring endpoint (protocol reference 2.7). */
export type Status = "RUNNING" | "SUCCESS" | "FAILED_WITH_ERROR" | "ABORTED";

export class Statement {
  readonly queryId = newQueryId();
  readonly startTime = Date.now();
  readonly session: Session;
  readonly requestId: string;
  readonly sqlText: string;
  readonly describeOnly: boolean;
  /** Faults that strike this statement. */
  readonly faults: readonly Switch[];
  /** Session context when it ended. */
  final: { database: string | null; schema: string | null; warehouse: string | null; role: string } | null = null;
  outcome: Outcome | null = null;
  endTime = 0;
  /** True once the engine may have done something. */
  hasStarted = false;
  readonly #abort = new AbortController();
  readonly #waiters = new Set<() => void>();

  constructor(session: Session, requestId: string, sqlText: string, describeOnly: boolean, faults: readonly Switch[]) {
    this.session = session;
    this.requestId = requestId;
    this.sqlText = sqlText;
    this.describeOnly = describeOnly;
    this.faults = faults;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get status(): Status {
    if (this.outcome === null) return "RUNNING";
    if (this.outcome.kind === "success") return "SUCCESS";
    return this.outcome.failure.code === "000604" ? "ABORTED" : "FAILED_WITH_ERROR";
  }

  hasFault(kind: Switch["kind"]): boolean {
    return this.faults.some((fault) => fault.kind === kind);
  }

  /** Runs the work, once, and keeps what comes of it. Never rejects. */
  async settle(work: () => Promise<Success>): Promise<void> {
    try {
      this.#end(await work());
    } catch (fault) {
      const failure: Failure = this.signal.aborted ? failureOf(this.signal.reason) : failureOf(fault);
      this.#end({ kind: "failure", failure: placeFailure(failure, this.sqlText) });
    }
  }

  #end(outcome: Outcome): void {
    this.outcome = outcome;
    this.endTime = Date.now();
    this.final = { ...this.session.context };
    for (const wake of this.#waiters) wake();
    this.#waiters.clear();
  }

  /** Resolves when there is an outcome, or after `ms`. */
  async ended(ms: number): Promise<void> {
    if (this.outcome !== null) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(wake, ms);
      const waiters = this.#waiters;
      function wake() {
        clearTimeout(timer);
        waiters.delete(wake);
        resolve();
      }
      waiters.add(wake);
    });
  }

  /** Cancels it; false when it has already ended. */
  cancel(reason: WarehouseError = canceled()): boolean {
    if (this.outcome !== null || this.signal.aborted) return false;
    this.#abort.abort(reason);
    if (this.hasStarted) this.session.connection.interrupt();
    return true;
  }

  /** Waits `ms`; rejects as soon as the statement is canceled. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(this.signal.reason);
      };
      const timer = setTimeout(() => {
        this.signal.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (this.signal.aborted) stop();
      else this.signal.addEventListener("abort", stop, { once: true });
    });
  }
}

/** Statements by query id and by (session, request id); the oldest ended ones are forgotten first. */
export class Statements {
  readonly #byQuery = new Map<string, Statement>();
  readonly #byRequest = new Map<string, Statement>();
  #added = 0;

  add(statement: Statement): void {
    this.#added++;
    this.#byQuery.set(statement.queryId, statement);
    if (statement.requestId !== "") this.#byRequest.set(`${statement.session.id} ${statement.requestId}`, statement);
  }

  byQueryId(queryId: string): Statement | null {
    return this.#byQuery.get(queryId) ?? null;
  }

  byRequestId(session: Session, requestId: string): Statement | null {
    return this.#byRequest.get(`${session.id} ${requestId}`) ?? null;
  }

  running(session: Session): Statement[] {
    return [...this.#byQuery.values()].filter(
      (statement) => statement.session === session && statement.outcome === null,
    );
  }

  /** Forgets ended statements beyond the bounds (how many, and how much text their answers hold) and returns the chunk names that go with them. */
  trim(): string[] {
    const names: string[] = [];
    if (this.#added % TRIM_EVERY !== 0) return names;
    let held = 0;
    for (const { outcome } of this.#byQuery.values())
      if (outcome?.kind === "success") held += outcome.rows.inline.length;
    for (const statement of this.#byQuery.values()) {
      if (this.#byQuery.size <= STATEMENTS_MAX && held <= HELD_CHARS_MAX) break;
      if (statement.outcome === null) continue;
      if (statement.outcome.kind === "success") held -= statement.outcome.rows.inline.length;
      if (statement.outcome.kind === "success") names.push(...statement.outcome.rows.chunks.map((chunk) => chunk.name));
      this.#byQuery.delete(statement.queryId);
      this.#byRequest.delete(`${statement.session.id} ${statement.requestId}`);
    }
    return names;
  }
}

const STATEMENTS_MAX = 2000;
const TRIM_EVERY = 32;
const HELD_CHARS_MAX = 256 * 1024 * 1024;
