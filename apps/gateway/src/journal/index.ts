/** The durable record before every effect. */

export { blobFolder } from "./blob-folder.ts";
export { fileCursors, pgCursors } from "./cursors.ts";
export { entryIndexSink, type Queryable } from "./entry-index.ts";
export * from "./memory-journal.ts";
export { type JournalOptions, openJournal } from "./open-journal.ts";
export * from "./port.ts";
