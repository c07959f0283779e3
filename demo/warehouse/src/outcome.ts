/** What became of a statement: the parts of an answer that do not depend on who asks for it. */
import type { Failure } from "./errors.ts";
import type { DeliveredRows } from "./rows.ts";
import type { Column } from "./types.ts";

export interface Stats {
  readonly numRowsInserted: number;
  readonly numRowsUpdated: number;
  readonly numRowsDeleted: number;
  readonly numDmlDuplicates: number;
}

export interface Success {
  readonly kind: "success";
  readonly columns: readonly Column[];
  readonly format: "json" | "arrow";
  readonly rows: DeliveredRows;
  readonly statementTypeId: number;
  readonly stats: Stats | null;
  readonly numberOfBinds: number;
  readonly arrayBindSupported: boolean;
  /** Query ids and types of the parts of a multi-statement request. */
  readonly parts: readonly { readonly queryId: string; readonly statementTypeId: number }[];
  /** SQL of the engine that yields the rows again, for RESULT_SCAN; null where there is none. */
  readonly source: string | null;
}

export type Outcome = Success | { readonly kind: "failure"; readonly failure: Failure };

export const TYPE_IDS = {
  select: 0x1000,
  explain: 0x2000,
  insert: 0x3100,
  update: 0x3200,
  delete: 0x3300,
  merge: 0x3400,
  scl: 0x4000,
  alterSession: 0x4100,
  use: 0x4300,
  useDatabase: 0x4301,
  useSchema: 0x4302,
  useWarehouse: 0x4303,
  show: 0x4400,
  describe: 0x4500,
  tcl: 0x5000,
  commit: 0x5100,
  ddl: 0x6000,
  begin: 0x8101,
  set: 0x8104,
  multi: 0xa000,
} as const;

/** Rows that the warehouse itself makes up: a status line, counts. Cells are wire texts. */
export function madeRows(
  columns: readonly Column[],
  rows: readonly (readonly (string | null)[])[],
  statementTypeId: number,
  stats: Stats | null = null,
): Success {
  const inline = JSON.stringify(rows);
  return {
    kind: "success",
    columns,
    format: "json",
    rows: { total: rows.length, inline, inlineRows: rows.length, chunks: [] },
    statementTypeId,
    stats,
    numberOfBinds: 0,
    arrayBindSupported: false,
    parts: [],
    source: null,
  };
}
