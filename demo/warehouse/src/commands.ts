/**
 * Statements that are about the session or the account rather than data: USE, SHOW, DESCRIBE,
 * ALTER SESSION, SET, transactions; and what the warehouse refuses (stages, procedures).
 */
import { literal, quote } from "./database.ts";
import { objectMissing, syntaxError, unsupported } from "./errors.ts";
import type { Execution } from "./execution.ts";
import { madeRows, type Success, TYPE_IDS } from "./outcome.ts";
import { query } from "./query.ts";
import {
  type Action,
  alterSession,
  begin,
  changeDatabase,
  dropSchema,
  end,
  setVariable,
  truncate,
  use,
} from "./session-commands.ts";
import { describeQuery, dottedName, showQuery } from "./show.ts";
import { stringValue, type Token } from "./tokens.ts";
import { textColumn } from "./types.ts";

const STATUS = [textColumn("status")];
const REFUSED: ReadonlySet<string> = new Set([
  "PUT",
  "GET",
  "LIST",
  "LS",
  "REMOVE",
  "RM",
  "COPY",
  "CALL",
  "EXECUTE",
  "EXPLAIN",
  "DECLARE",
  "UNDROP",
]);
const ACCEPTED_OBJECTS: ReadonlySet<string> = new Set([
  "ROLE",
  "USER",
  "WAREHOUSE",
  "MASKING",
  "ROW",
  "TAG",
  "NETWORK",
  "RESOURCE",
  "ACCOUNT",
]);

/** Runs the statement if it is one of these; null if it is for the engine. */
export async function runCommand(run: Execution, tokens: readonly Token[]): Promise<Success | null> {
  const [first, second, third] = tokens.map((token) => (token.kind === "word" ? token.upper : token.text));
  if (first === undefined) return null;
  if (first === "BEGIN" && second !== undefined && !["TRANSACTION", "WORK", "NAME", ";"].includes(second))
    throw unsupported("scripting block");
  switch (first) {
    case "USE":
      return act(run, use(run, tokens));
    case "SHOW":
      return second === "PARAMETERS"
        ? showParameters(run, tokens)
        : list(run, showQuery(tokens, run.session.context), TYPE_IDS.show);
    case "DESC":
    case "DESCRIBE":
      return describeObject(run, tokens);
    case "ALTER":
      if (second === "SESSION") return act(run, alterSession(run, tokens));
      return accepted(run, second);
    case "SET":
    case "UNSET":
      return act(run, setVariable(run, tokens));
    case "BEGIN":
    case "START":
      return act(run, begin(run));
    case "COMMIT":
      return act(run, end(run, "COMMIT"));
    case "ROLLBACK":
      return act(run, end(run, "ROLLBACK"));
    case "TRUNCATE":
      return act(run, truncate(run, tokens));
    case "GRANT":
    case "REVOKE":
    case "COMMENT":
      return accepted(run, "ROLE");
    case "CREATE":
    case "DROP": {
      const noun =
        [second, third].includes("DATABASE") || (second === "OR" && tokens[3]?.upper === "DATABASE")
          ? "DATABASE"
          : second;
      if (first === "DROP" && noun === "SCHEMA") return act(run, dropSchema(run, tokens));
      return noun === "DATABASE" ? act(run, changeDatabase(run, tokens)) : accepted(run, noun);
    }
    default:
      if (REFUSED.has(first)) throw unsupported(first);
      return null;
  }
}

/** Performs an action on the session, unless only a description is asked for. */
function act(run: Execution, action: Action): Promise<Success> {
  return run.session.exclusive(async () => {
    if (run.describeOnly) return madeRows(STATUS, [], action.typeId);
    run.starting();
    const text = (await action.perform()) ?? "Statement executed successfully.";
    return madeRows(STATUS, [[text]], action.typeId);
  });
}

/** Roles, users, grants and the like are accepted and have no effect. */
function accepted(run: Execution, noun: string | undefined): Promise<Success> | null {
  return noun !== undefined && ACCEPTED_OBJECTS.has(noun)
    ? act(run, { typeId: TYPE_IDS.ddl, perform: async () => undefined })
    : null;
}

function list(run: Execution, sql: string, typeId: number): Promise<Success> {
  return run.session.exclusive(async () => {
    if (!run.describeOnly) run.starting();
    const result = await query({ ...run, binds: [] }, sql, typeId, 0);
    return run.describeOnly ? { ...result, rows: { total: 0, inline: "[]", inlineRows: 0, chunks: [] } } : result;
  });
}

function showParameters(run: Execution, tokens: readonly Token[]): Promise<Success> {
  const like = tokens.findIndex((token) => token.upper === "LIKE");
  const pattern =
    like < 0 ? "%" : stringValue(tokens[like + 1] ?? { kind: "string", text: "'%'", upper: "", start: 0, end: 0 });
  const rows = run.session.parameters.list().map(({ name, value }) => {
    const type = typeof value === "boolean" ? "BOOLEAN" : typeof value === "number" ? "NUMBER" : "STRING";
    return `(${[name, String(value), String(value), run.session.parameters.isSet(name) ? "SESSION" : "", "", type].map(literal).join(", ")})`;
  });
  const names = ["key", "value", "default", "level", "description", "type"].map(quote).join(", ");
  return list(
    run,
    `SELECT * FROM (VALUES ${rows.join(", ")}) t(${names}) WHERE "key" ILIKE ${literal(pattern)}`,
    TYPE_IDS.show,
  );
}

async function describeObject(run: Execution, tokens: readonly Token[]): Promise<Success> {
  const hasKind = ["TABLE", "VIEW", "RESULT"].includes(tokens[1]?.upper ?? "") && tokens.length > 2;
  if (!hasKind && /^(FUNCTION|PROCEDURE|STAGE|USER|WAREHOUSE|DATABASE|SCHEMA)$/.test(tokens[1]?.upper ?? ""))
    throw unsupported(`DESCRIBE ${tokens[1]?.upper}`);
  const parts = dottedName(tokens.slice(hasKind ? 2 : 1));
  const { context } = run.session;
  const [database, schema, name] = [parts.at(-3) ?? context.database, parts.at(-2) ?? context.schema, parts.at(-1)];
  if (name === undefined) throw syntaxError(1, run.sql.length, "<EOF>");
  if (database === null || schema === null) throw objectMissing("Object", name);
  const result = await list(run, describeQuery(database, schema, name), TYPE_IDS.describe);
  if (result.rows.total === 0 && !run.describeOnly)
    throw objectMissing(tokens[1]?.upper === "VIEW" ? "View" : "Table", parts.join("."));
  return result;
}
