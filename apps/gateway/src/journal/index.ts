/** The durable record before every effect. */

export * from "./memory-journal.ts";
export { type JournalOptions, openJournal } from "./open-journal.ts";
export * from "./port.ts";
