/**
 * The server's own classification of a statement, `statementTypeId` (protocol §6.4).
 *
 * Used as a second opinion: it must agree with the class that analysis found. An id outside the table is
 * `unknown`, which agrees with nothing.
 */

/** The ids that a server (or the demo warehouse) announces, by kind. */
export const STATEMENT_TYPE_IDS = {
  unknown: 0x0000,
  select: 0x1000,
  explain: 0x2000,
  dml: 0x3000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  multiTableInsert: 0x3500,
  copy: 0x3600,
  unload: 0x3700,
  recluster: 0x3800,
  alterSession: 0x4100,
  use: 0x4300,
  show: 0x4400,
  describe: 0x4500,
  listFiles: 0x4701,
  tcl: 0x5000,
  ddl: 0x6000,
  stage: 0x7000,
  getFiles: 0x7101,
  putFiles: 0x7102,
  removeFiles: 0x7103,
  misc: 0x8000,
  call: 0x9000,
  multiStatement: 0xa000,
} as const;

export type StatementKind =
  | "unknown"
  | "select"
  | "explain"
  | "insert"
  | "update"
  | "delete"
  | "merge"
  | "copy"
  | "unload"
  | "dml"
  | "session"
  | "use"
  | "show"
  | "describe"
  | "list"
  | "transaction"
  | "ddl"
  | "put"
  | "get"
  | "remove"
  | "stage"
  | "misc"
  | "call"
  | "multi";

/** Ids whose last byte is a subtype: matched on the rest. */
const BY_PAGE: ReadonlyMap<number, StatementKind> = new Map<number, StatementKind>([
  [0x10, "select"],
  [0x20, "explain"],
  [0x30, "dml"],
  [0x31, "insert"],
  [0x32, "update"],
  [0x33, "delete"],
  [0x34, "merge"],
  [0x35, "insert"],
  [0x36, "copy"],
  [0x37, "unload"],
  [0x38, "dml"],
  [0x40, "session"],
  [0x41, "session"],
  [0x43, "use"],
  [0x44, "show"],
  [0x45, "describe"],
  [0x50, "transaction"],
  [0x51, "transaction"],
  [0x52, "transaction"],
  [0x53, "transaction"],
  [0x54, "transaction"],
  [0x90, "call"],
  [0xa0, "multi"],
]);

const EXACT: ReadonlyMap<number, StatementKind> = new Map<number, StatementKind>([
  [0x4701, "list"],
  [0x7101, "get"],
  [0x7102, "put"],
  [0x7103, "remove"],
  [0x8101, "transaction"],
  [0x8102, "transaction"],
  [0x8103, "transaction"],
  [0x8104, "session"],
]);

/** What kind of statement an id names. */
export function statementKind(id: number | null): StatementKind {
  if (id === null) return "unknown";
  const known = EXACT.get(id) ?? BY_PAGE.get(id >> 8);
  if (known !== undefined) return known;
  switch (id >> 12) {
    case 0x6:
      return "ddl";
    case 0x7:
      return "stage";
    case 0x8:
      return "misc";
    default:
      return "unknown";
  }
}
