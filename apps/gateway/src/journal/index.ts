/** The durable record before every effect. */
export * from "./memory-journal.ts";
export * from "./port.ts";
