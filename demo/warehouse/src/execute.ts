/**
 * Runs one statement on a session's connection. The first words route it: what Snowflake has and the
 * engine has not (USE, SHOW, ALTER SESSION …) is done in `commands.ts`, queries, DML and DDL are
 * translated and given to the engine.
 */
import { change, changeColumns, type StatementKind, typeIdOf } from "./change.ts";
import { runCommand } from "./commands.ts";
import { quote } from "./database.ts";
import { canceled, syntaxError, unsupported, WarehouseError } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { madeRows, type Success, TYPE_IDS } from "./outcome.ts";
import { query } from "./query.ts";
import { type Token, TokenFault, tokenize } from "./tokens.ts";
import { type Translation, translate } from "./translate.ts";
import { type ColumnPlan, planColumn } from "./types.ts";

/** Runs the statement; throws for failures (see `failureOf`). */
export async function execute(run: Execution): Promise<Success> {
  const tokens = tokensOf(run.sql);
  const head = tokens[0]?.upper ?? "";
  if (head === "" || head === ";")
    throw new WarehouseError("000900", "42601", "SQL compilation error:\nEmpty SQL statement.");
  const command = await runCommand(run, tokens);
  if (command !== null) return command;
  const translation = translate(
    run.sql,
    run.binds.map((bind) => bind.reading),
  );
  if (!run.describeOnly && translation.waitMs > 0) await run.pause(translation.waitMs);
  return run.session.exclusive(async () => {
    if (run.signal.aborted) throw canceled();
    await prepareScans(run, translation);
    const kind = statementKind(translation.kind);
    if (run.describeOnly) return describe(run, translation, kind);
    run.starting();
    return kind === "query"
      ? query(run, translation.sql, TYPE_IDS.select, translation.bindCount)
      : change(run, tokens, translation, kind);
  });
}

function tokensOf(sql: string): Token[] {
  try {
    return tokenize(sql);
  } catch (fault) {
    if (fault instanceof TokenFault) throw syntaxError(1, fault.offset, "<EOF>");
    throw fault;
  }
}

function statementKind(kind: string): StatementKind {
  if (["select", "union", "intersect", "except", "values", "subquery", "with", "pivot", "table"].includes(kind))
    return "query";
  if (kind === "insert" || kind === "update" || kind === "delete" || kind === "merge") return kind;
  if (/^(create|drop|alter|truncate|comment|undrop)/.test(kind)) return "ddl";
  throw unsupported(kind.toUpperCase().replaceAll("_", " "));
}

/** RESULT_SCAN('id') is a temporary view over the SQL that made the result. */
async function prepareScans(run: Execution, { scans }: Translation): Promise<void> {
  for (const scan of scans) {
    const id = scan === "last" ? run.session.lastQueryId : scan;
    const outcome = id === null ? null : run.earlier(id);
    if (outcome?.kind !== "success" || outcome.source === null)
      throw new WarehouseError("000709", "02000", `Statement ${id} not found`);
    await run.session.connection.run(
      `CREATE OR REPLACE TEMP VIEW ${quote(`SLUICE_RESULT_${scan}`)} AS ${outcome.source}`,
    );
  }
}

async function describe(run: Execution, translation: Translation, kind: StatementKind): Promise<Success> {
  const binds = { numberOfBinds: translation.bindCount, arrayBindSupported: kind === "insert" };
  const prepared = await run.session.connection.prepare(translation.sql);
  try {
    if (kind !== "query") return { ...madeRows(changeColumns(kind), [], typeIdOf(kind)), ...binds };
    const plans: ColumnPlan[] = [];
    for (let i = 0; i < prepared.columnCount; i++)
      plans.push(planColumn(prepared.columnName(i), prepared.columnTypeId(i) === 0 ? null : prepared.columnType(i)));
    return {
      ...madeRows(
        plans.map((plan) => plan.column),
        [],
        TYPE_IDS.select,
      ),
      format: run.format.name,
      rows: { total: 0, inline: run.format.inline(plans, [], true), inlineRows: 0, chunks: [] },
      ...binds,
    };
  } finally {
    prepared.destroySync();
  }
}
