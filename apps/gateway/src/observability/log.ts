/**
 * Structured logs. Nothing that a caller typed and no secret is ever logged: no SQL, binds, rows, tokens, bodies.
 * What is logged are ids, codes, counts and times.
 */
import { type Logger, pino } from "pino";

export type Log = Logger;

export function openLog(level: string): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}
