/**
 * The account: its users, sessions and statements. Submits statements, finds them again for retries
 * and polls, and runs several in one request.
 */

import { readBinds } from "./binds.ts";
import type { Database } from "./database.ts";
import { failureOf, WarehouseError } from "./errors.ts";
import { execute } from "./execute.ts";
import { fieldsOf } from "./login.ts";
import { madeRows, type Outcome, type Success, TYPE_IDS } from "./outcome.ts";
import type { ChunkStore, RowFormat } from "./rows.ts";
import { ARROW_ROWS } from "./rows-arrow.ts";
import { JSON_ROWS } from "./rows-json.ts";
import type { Session } from "./session.ts";
import { Statement, type Statements } from "./statement.ts";
import type { StatementLog } from "./statement-log.ts";
import type { Switch } from "./switches.ts";
import { resolveIdentifiers, splitStatements, TokenFault } from "./tokens.ts";
import { textColumn } from "./types.ts";

export interface Account {
  readonly database: Database;
  readonly statements: Statements;
  readonly store: ChunkStore;
  readonly log: StatementLog;
  readonly isArrowOffered: boolean;
}

/** What a query request asks for, as far as the warehouse looks at it. */
export interface QueryBody {
  readonly sqlText: string;
  readonly describeOnly: boolean;
  readonly asyncExec: boolean;
  readonly bindings: unknown;
  readonly parameters: Readonly<Record<string, unknown>>;
}

export function readQueryBody(body: unknown): QueryBody {
  const fields = fieldsOf(body);
  return {
    sqlText: typeof fields["sqlText"] === "string" ? fields["sqlText"] : "",
    describeOnly: fields["describeOnly"] === true,
    asyncExec: fields["asyncExec"] === true,
    bindings: fields["bindings"],
    parameters: fieldsOf(fields["parameters"]),
  };
}

/** Starts a statement. It runs on, whether anybody waits for it or not. */
export function submit(
  account: Account,
  session: Session,
  requestId: string,
  body: QueryBody,
  faults: readonly Switch[],
): Statement {
  const statement = new Statement(session, requestId, body.sqlText, body.describeOnly, faults);
  account.statements.add(statement);
  void account.store.drop(account.statements.trim());
  void statement.settle(() => run(account, statement, body));
  return statement;
}

async function run(account: Account, statement: Statement, body: QueryBody): Promise<Success> {
  const timer = setStatementTimer(statement, body);
  try {
    for (const { kind, delayMs } of statement.faults) if (kind === "delay") await statement.pause(delayMs ?? 1000);
    const parts = splitText(statement.sqlText);
    const wanted = Number(
      body.parameters["MULTI_STATEMENT_COUNT"] ?? statement.session.parameters.get("MULTI_STATEMENT_COUNT") ?? 1,
    );
    if (parts.length > 1 || wanted > 1) {
      if (wanted !== 0 && wanted !== parts.length) {
        throw new WarehouseError(
          "000008",
          "0A000",
          `Actual statement count ${parts.length} did not match the desired statement count ${wanted}.`,
        );
      }
      if (parts.length > 1) return await runParts(account, statement, body, parts);
    }
    const success = await executeOne(account, statement, statement.sqlText, body);
    if (!statement.describeOnly)
      await statement.session.exclusive(() => statement.session.noteQuery(statement.queryId));
    return success;
  } finally {
    clearTimeout(timer);
    if (!statement.hasStarted) logStatement(account, statement, false);
  }
}

function setStatementTimer(statement: Statement, body: QueryBody): NodeJS.Timeout | undefined {
  const seconds = Number(
    body.parameters["STATEMENT_TIMEOUT_IN_SECONDS"] ??
      statement.session.parameters.get("STATEMENT_TIMEOUT_IN_SECONDS") ??
      0,
  );
  if (seconds <= 0 || seconds > 86_400) return undefined;
  const message = `Statement reached its statement or warehouse timeout of ${seconds} second(s) and was canceled.`;
  return setTimeout(() => statement.cancel(new WarehouseError("000630", "57014", message)), seconds * 1000);
}

function splitText(sql: string): string[] {
  try {
    return splitStatements(sql);
  } catch (fault) {
    if (fault instanceof TokenFault) return [sql];
    throw fault;
  }
}

/** The one statement of the text, without its semicolon, and names in IDENTIFIER('…') written out. */
function readableText(sql: string): string {
  const text = splitText(sql)[0] ?? sql;
  try {
    return resolveIdentifiers(text);
  } catch (fault) {
    if (fault instanceof TokenFault) return text;
    throw fault;
  }
}

function executeOne(account: Account, statement: Statement, sql: string, body: QueryBody): Promise<Success> {
  const { session } = statement;
  return execute({
    session,
    sql: readableText(sql),
    binds: readBinds(body.bindings),
    describeOnly: statement.describeOnly,
    format: formatFor(account, session, body),
    rowsMax: rowsMaxOf(session, body),
    store: account.store,
    extraColumn: statement.hasFault("extraColumn"),
    signal: statement.signal,
    pause: (ms) => statement.pause(ms),
    starting: () => {
      if (statement.hasStarted) return;
      statement.hasStarted = true;
      logStatement(account, statement, true);
    },
    earlier: (queryId) => earlierOutcome(account, session, queryId),
    createDatabase: (name) => account.database.createDatabase(name),
  });
}

function earlierOutcome(account: Account, session: Session, queryId: string): Outcome | null {
  const statement = account.statements.byQueryId(queryId);
  return statement !== null && statement.session.user === session.user ? statement.outcome : null;
}

/** Runs the parts of a multi-statement request one after the other; the first failure ends it. */
async function runParts(
  account: Account,
  parent: Statement,
  body: QueryBody,
  parts: readonly string[],
): Promise<Success> {
  const done: Statement[] = [];
  parent.hasStarted = true;
  logStatement(account, parent, !parent.describeOnly);
  for (const sql of parts) {
    if (parent.signal.aborted) throw parent.signal.reason;
    const part = new Statement(parent.session, "", sql, parent.describeOnly, []);
    part.hasStarted = true;
    const stop = () => part.cancel();
    parent.signal.addEventListener("abort", stop, { once: true });
    account.statements.add(part);
    await part.settle(() => executeOne(account, part, sql, body));
    parent.signal.removeEventListener("abort", stop);
    if (part.outcome?.kind === "failure") {
      const { code, sqlState, message } = part.outcome.failure;
      throw new WarehouseError(code, sqlState, message);
    }
    done.push(part);
  }
  const made = madeRows(
    [textColumn("multiple statement execution")],
    [["Multiple statements executed successfully."]],
    TYPE_IDS.multi,
  );
  return {
    ...made,
    parts: done.map(({ queryId, outcome }) => ({
      queryId,
      statementTypeId: outcome?.kind === "success" ? outcome.statementTypeId : 0,
    })),
  };
}

/** Node reads JSON only; Arrow for the others unless their format parameter says JSON. */
function formatFor(account: Account, session: Session, body: QueryBody): RowFormat {
  const parameter = FORMAT_PARAMETERS[session.clientAppId] ?? "PYTHON_CONNECTOR_QUERY_RESULT_FORMAT";
  if (!account.isArrowOffered || session.clientAppId === "JavaScript" || session.clientAppId === ".NET")
    return JSON_ROWS;
  const wanted = body.parameters[parameter] ?? session.parameters.get(parameter) ?? "ARROW";
  return String(wanted).toUpperCase() === "JSON" ? JSON_ROWS : ARROW_ROWS;
}

/** ROWS_PER_RESULTSET; JDBC sends it in lower case. */
function rowsMaxOf(session: Session, body: QueryBody): number {
  const { parameters } = body;
  const asked = Number(
    parameters["ROWS_PER_RESULTSET"] ??
      parameters["rows_per_resultset"] ??
      session.parameters.get("ROWS_PER_RESULTSET"),
  );
  return Number.isSafeInteger(asked) && asked > 0 ? asked : 0;
}

const FORMAT_PARAMETERS: Readonly<Record<string, string>> = {
  JDBC: "JDBC_QUERY_RESULT_FORMAT",
  Go: "GO_QUERY_RESULT_FORMAT",
  ODBC: "ODBC_QUERY_RESULT_FORMAT",
  "C API": "C_API_QUERY_RESULT_FORMAT",
};

export function logStatement(account: Account, statement: Statement, executed: boolean, repeated = false): void {
  const { session, requestId, queryId, sqlText, describeOnly } = statement;
  account.log.append({
    session: session.id,
    user: session.user,
    requestId,
    queryId,
    sqlText,
    describeOnly,
    executed: executed && !describeOnly,
    repeated,
  });
}

/** Stops everything a session still runs, and undoes its open transaction. */
export async function endSession(account: Account, session: Session): Promise<void> {
  for (const statement of account.statements.running(session)) statement.cancel();
  await session.exclusive(async () => {
    if (session.inTransaction) await session.connection.run("ROLLBACK").catch(failureOf);
    session.inTransaction = false;
    for (const object of session.temporaries) await session.connection.run(`DROP ${object}`).catch(failureOf);
  });
  session.close();
}
