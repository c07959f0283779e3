/** DML and DDL: runs the translated statement and tells what it changed, in Snowflake's words. */
import type { Bind } from "./binds.ts";
import { quote } from "./database.ts";
import { canceled, operationImpossible, WarehouseError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { madeRows, type Stats, type Success, TYPE_IDS } from "./outcome.ts";
import { bindTexts } from "./query.ts";
import type { Token } from "./tokens.ts";
import type { Translation } from "./translate.ts";
import { type Column, fixedColumn, textColumn } from "./types.ts";

export type StatementKind = "query" | "insert" | "update" | "delete" | "merge" | "ddl";

/** Runs DML or DDL. DDL commits an open transaction first, as Snowflake does. */
export async function change(
  run: Execution,
  tokens: readonly Token[],
  translation: Translation,
  kind: Exclude<StatementKind, "query">,
): Promise<Success> {
  const { session } = run;
  if (kind === "ddl") return define(run, tokens, translation);
  if (!session.inTransaction && session.parameters.get("AUTOCOMMIT") === false) {
    await session.connection.run("BEGIN TRANSACTION");
    await session.markTransaction(true);
  }
  if (kind === "merge") return merge(run, translation);
  const count = await runChange(run, translation);
  const stats: Stats = {
    numRowsInserted: 0,
    numRowsUpdated: 0,
    numRowsDeleted: 0,
    numDmlDuplicates: 0,
    [COUNTERS[kind]]: count,
  };
  const row = kind === "update" ? [String(count), "0"] : [String(count)];
  return made(changeColumns(kind), [row], typeIdOf(kind), stats, translation);
}

const COUNTERS = { insert: "numRowsInserted", update: "numRowsUpdated", delete: "numRowsDeleted" } as const;

async function runChange(run: Execution, translation: Translation): Promise<number> {
  const { connection } = run.session;
  const rows = run.binds.find((bind) => bind.isArray)?.values.length ?? 1;
  if (rows > 1 && translation.bulkSql !== null) {
    await fillBindRows(run);
    return (await connection.run(translation.bulkSql)).rowsChanged;
  }
  const prepared = await connection.prepare(translation.sql);
  try {
    let count = 0;
    for (let row = 0; row < rows; row++) {
      if (run.signal.aborted) throw canceled();
      bindTexts(prepared, run.binds, row);
      count += (await prepared.run()).rowsChanged;
    }
    return count;
  } finally {
    prepared.destroySync();
  }
}

/** Puts the rows of array binds into a temporary table, one JSON array per column. */
async function fillBindRows(run: Execution): Promise<void> {
  const columns = run.binds.map(
    (bind, i) => `${readingForEngine(bind, `unnest(from_json($${i + 1}, '["VARCHAR"]'))`, i)} AS P${i + 1}`,
  );
  const prepared = await run.session.connection.prepare(
    `CREATE OR REPLACE TEMP TABLE SLUICE_BIND_ROWS AS SELECT ${columns.join(", ")}`,
  );
  try {
    run.binds.forEach((bind, i) => {
      prepared.bindVarchar(i + 1, JSON.stringify(bind.values));
    });
    await prepared.run();
  } finally {
    prepared.destroySync();
  }
}

function readingForEngine(bind: Bind, text: string, index: number): string {
  return bind.reading.replace("PARSE_JSON(", "JSON(").replace(`$${index + 1}`, () => text);
}

async function merge(run: Execution, translation: Translation): Promise<Success> {
  const prepared = await run.session.connection.prepare(`${translation.sql} RETURNING merge_action`);
  try {
    bindTexts(prepared, run.binds);
    const rows = (await prepared.runAndReadAll()).getRows();
    const counted = (action: string) => rows.filter(([cell]) => cell === action).length;
    const stats: Stats = {
      numRowsInserted: counted("INSERT"),
      numRowsUpdated: counted("UPDATE"),
      numRowsDeleted: counted("DELETE"),
      numDmlDuplicates: 0,
    };
    const parts = [
      {
        name: "number of rows inserted",
        count: stats.numRowsInserted,
        isThere: / THEN INSERT\b/i.test(translation.sql),
      },
      { name: "number of rows updated", count: stats.numRowsUpdated, isThere: / THEN UPDATE\b/i.test(translation.sql) },
      { name: "number of rows deleted", count: stats.numRowsDeleted, isThere: / THEN DELETE\b/i.test(translation.sql) },
    ].filter((part) => part.isThere);
    return made(
      parts.map((part) => fixedColumn(part.name, 19)),
      [parts.map((part) => String(part.count))],
      TYPE_IDS.merge,
      stats,
      translation,
    );
  } finally {
    prepared.destroySync();
  }
}

/** The engine keeps what is temporary outside all schemas: with a schema it is a real one that ends with the session. */
const TEMPORARY_IN_SCHEMA =
  /^(CREATE (?:OR REPLACE )?)TEMP(?:ORARY)? (TABLE|VIEW) (IF NOT EXISTS )?((?:"(?:[^"]|"")+"\.)+"(?:[^"]|"")+")/;

async function define(run: Execution, tokens: readonly Token[], translation: Translation): Promise<Success> {
  const { session } = run;
  const target = translation.target;
  if (
    translation.kind.startsWith("create") &&
    target !== null &&
    session.context.schema === null &&
    target["schema"] === null
  ) {
    throw new WarehouseError(
      "090106",
      "22000",
      `Cannot perform ${tokens[0]?.upper} ${tokens[1]?.upper}. This session does not have a current schema. Call 'USE SCHEMA', or use a qualified name.`,
    );
  }
  if (session.inTransaction) {
    await session.connection.run("COMMIT");
    await session.markTransaction(false);
  }
  const temporary = TEMPORARY_IN_SCHEMA.exec(translation.sql);
  await session.connection.run(
    temporary === null ? translation.sql : translation.sql.replace(TEMPORARY_IN_SCHEMA, "$1$2 $3$4"),
  );
  if (temporary !== null) session.temporaries.add(`${temporary[2]} IF EXISTS ${temporary[4]}`);
  if (translation.kind === "create_view")
    await session.connection.run(`COMMENT ON VIEW ${viewName(translation)} IS '${run.sql.replaceAll("'", "''")}'`);
  return made([textColumn("status")], [[definedText(translation)]], TYPE_IDS.ddl, null, translation);
}

function viewName({ sql }: Translation): string {
  const name = /\bVIEW (?:IF NOT EXISTS )?((?:"(?:[^"]|"")+"\.?)+)/.exec(sql)?.[1];
  if (name === undefined) throw operationImpossible();
  return name;
}

function definedText({ kind, sql }: Translation): string {
  const name = /((?:"(?:[^"]|"")+"\.?)+)/.exec(sql)?.[1]?.split(".").at(-1)?.replaceAll('"', "") ?? "";
  const [verb = "", ...rest] = kind.split("_");
  const noun = rest.join(" ");
  if (verb === "create") return `${noun.charAt(0).toUpperCase()}${noun.slice(1)} ${name} successfully created.`;
  if (verb === "drop") return `${name} successfully dropped.`;
  return "Statement executed successfully.";
}

/** The columns of the one row that tells how many rows were changed. */
export function changeColumns(kind: Exclude<StatementKind, "query">): Column[] {
  if (kind === "ddl") return [textColumn("status")];
  if (kind === "update")
    return [fixedColumn("number of rows updated", 19), fixedColumn("number of multi-joined rows updated", 19)];
  if (kind === "delete") return [fixedColumn("number of rows deleted", 19)];
  return [fixedColumn("number of rows inserted", 19)];
}

export function typeIdOf(kind: StatementKind): number {
  return kind === "query" ? TYPE_IDS.select : TYPE_IDS[kind];
}

function made(
  columns: Column[],
  rows: string[][],
  typeId: number,
  stats: Stats | null,
  translation: Translation,
): Success {
  const source = `SELECT * FROM (VALUES ${rows.map((row) => `(${row.map((cell) => `'${cell.replaceAll("'", "''")}'`).join(", ")})`).join(", ")}) t(${columns.map((column) => quote(column.name)).join(", ")})`;
  return { ...madeRows(columns, rows, typeId, stats), numberOfBinds: translation.bindCount, source };
}
