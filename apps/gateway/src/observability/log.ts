/**
 * Structured logs. Nothing that a caller typed and no secret is ever logged: no SQL, binds, rows, tokens, bodies.
 * What is logged are ids, codes, counts and times.
 */
import { type Logger, pino } from "pino";

export type Log = Logger;

export function openLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

/**
 * What a log may say of an unexpected error: its name, its code (PostgreSQL's SQLSTATE, Node's errno) and where it
 * was thrown. Messages of databases and parsers quote what callers typed; they stay out.
 */
export function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return "error";
  const code = "code" in error && typeof error.code === "string" ? ` ${error.code}` : "";
  return `${error.name}${code} ${
    error.stack
      ?.split("\n")
      .find((line) => line.includes(" at "))
      ?.trim() ?? ""
  }`;
}
