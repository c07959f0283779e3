/** Runs a query of the engine and delivers its rows, in the client's format. */
import type { DuckDBPreparedStatement } from "@duckdb/node-api";
import type { Bind } from "./binds.ts";
import { canceled } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { type Success, TYPE_IDS } from "./outcome.ts";
import { deliverRows } from "./rows.ts";
import { JSON_ROWS } from "./rows-json.ts";
import { planColumn } from "./types.ts";

/** Runs a query of the engine and delivers its rows. Also used for SHOW and DESCRIBE. */
export async function query(run: Execution, sql: string, statementTypeId: number, bindCount: number): Promise<Success> {
  const text = run.extraColumn ? `SELECT *, 'extra' AS "EXTRA" FROM (${sql})` : sql;
  const prepared = await run.session.connection.prepare(text);
  try {
    bindTexts(prepared, run.binds);
    const result = await prepared.stream();
    const plans = result.columnNames().map((name, i) => planColumn(name, result.columnType(i)));
    const format = statementTypeId === TYPE_IDS.select ? run.format : JSON_ROWS;
    const rows = await deliverRows(
      result,
      plans,
      format,
      run.store,
      statementTypeId === TYPE_IDS.select ? run.rowsMax : 0,
    );
    if (run.signal.aborted) throw canceled();
    return {
      kind: "success",
      columns: plans.map((plan) => plan.column),
      format: format.name,
      rows,
      statementTypeId,
      stats: null,
      numberOfBinds: bindCount,
      arrayBindSupported: false,
      parts: [],
      source: run.binds.length === 0 ? text : null,
    };
  } finally {
    prepared.destroySync();
  }
}

/** Binds the texts of one row. */
export function bindTexts(prepared: DuckDBPreparedStatement, binds: readonly Bind[], row = 0): void {
  for (let i = 0; i < prepared.parameterCount; i++) {
    const text = binds[i]?.values[row] ?? null;
    if (text === null) prepared.bindNull(i + 1);
    else prepared.bindVarchar(i + 1, text);
  }
}
