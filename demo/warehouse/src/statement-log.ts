/**
 * The warehouse's own record of every statement that reached it, for tests that ask what really got
 * through. One entry per request that carried SQL, written when it is known whether it is executed.
 */
import { appendFileSync } from "node:fs";

export interface LogEntry {
  readonly time: string;
  /** Session id; a new login is a new session. */
  readonly session: number;
  readonly user: string;
  readonly requestId: string;
  readonly queryId: string;
  readonly sqlText: string;
  readonly describeOnly: boolean;
  /** True from the moment before the engine gets the statement. */
  readonly executed: boolean;
  /** A repetition of a request that is already known: attached to it, never executed again. */
  readonly repeated: boolean;
}

/** Entries in memory, and as JSON lines in a file where one is given. */
export class StatementLog {
  readonly entries: LogEntry[] = [];
  readonly #file: string | null;

  constructor(file: string | null) {
    this.#file = file;
  }

  append(entry: Omit<LogEntry, "time">): void {
    const whole: LogEntry = { time: new Date().toISOString(), ...entry };
    this.entries.push(whole);
    if (this.entries.length > ENTRIES_MAX) this.entries.shift();
    if (this.#file !== null) appendFileSync(this.#file, `${JSON.stringify(whole)}\n`);
  }
}

const ENTRIES_MAX = 100_000;
