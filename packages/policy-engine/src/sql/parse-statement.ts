/**
 * From the first word to the reader of that kind of statement. A word that isn't in the table is not understood.
 */

import type { StatementClass } from "../facts.ts";
import type { Cursor } from "./cursor.ts";
import type { Statement } from "./statement.ts";
import { readAlter, readComment, readDrop, readGrant, readTruncate, readUndrop } from "./statement-admin.ts";
import { readCall, readExecute, readScript } from "./statement-call.ts";
import { readCopy, readGet, readList, readPut, readRemove } from "./statement-copy.ts";
import { readCreate } from "./statement-create.ts";
import { readDelete, readMerge, readUpdate } from "./statement-dml.ts";
import { readInsert } from "./statement-insert.ts";
import { readExplain, readSelectStatement, readSet, readUnset } from "./statement-query.ts";
import { readTransaction, readUse } from "./statement-session.ts";
import { readDescribe, readShow } from "./statement-show.ts";

interface Head {
  readonly class: StatementClass;
  readonly label: string;
  readonly read: (c: Cursor) => Statement;
}

const head = (kind: StatementClass, read: (c: Cursor) => Statement, label = kind.toUpperCase()): Head => ({
  class: kind,
  label,
  read,
});

const HEADS: ReadonlyMap<string, Head> = new Map([
  ["SELECT", head("select", readSelectStatement)],
  ["WITH", head("select", readSelectStatement)],
  ["VALUES", head("select", readSelectStatement)],
  ["INSERT", head("insert", readInsert)],
  ["UPDATE", head("update", readUpdate)],
  ["DELETE", head("delete", readDelete)],
  ["MERGE", head("merge", readMerge)],
  ["TRUNCATE", head("truncate", readTruncate)],
  ["COPY", head("unknown", readCopy, "COPY")],
  ["CREATE", head("create", readCreate)],
  ["ALTER", head("alter", readAlter)],
  ["DROP", head("drop", readDrop)],
  ["UNDROP", head("undrop", readUndrop)],
  ["GRANT", head("grant", readGrant)],
  ["REVOKE", head("grant", readGrant)],
  ["USE", head("use", readUse)],
  ["SET", head("set", readSet)],
  ["UNSET", head("set", readUnset)],
  ["SHOW", head("show", readShow)],
  ["DESCRIBE", head("describe", readDescribe)],
  ["DESC", head("describe", readDescribe)],
  ["EXPLAIN", head("explain", readExplained)],
  ["BEGIN", head("transaction", readTransaction)],
  ["START", head("transaction", readTransaction)],
  ["COMMIT", head("transaction", readTransaction)],
  ["ROLLBACK", head("transaction", readTransaction)],
  ["CALL", head("call", readCall)],
  ["EXECUTE", head("execute", readExecute)],
  ["PUT", head("put", readPut)],
  ["GET", head("get", readGet)],
  ["LIST", head("list", readList)],
  ["LS", head("list", readList)],
  ["REMOVE", head("remove", readRemove)],
  ["RM", head("remove", readRemove)],
  ["COMMENT", head("comment", readComment)],
]);

const SCRIPT_HEADS = new Set([
  "DECLARE",
  "LET",
  "IF",
  "FOR",
  "WHILE",
  "REPEAT",
  "LOOP",
  "CASE",
  "RETURN",
  "OPEN",
  "FETCH",
  "CLOSE",
  "RAISE",
  "BREAK",
  "CONTINUE",
  "END",
  "NULL",
  "AWAIT",
  "ASYNC",
  "EXCEPTION",
  "CANCEL",
]);

/** BEGIN opens a block unless what follows makes it a transaction. */
export function atScript(c: Cursor): boolean {
  if (c.isAnyWord(SCRIPT_HEADS)) return true;
  if (!c.isWord("BEGIN")) return false;
  const next = c.ahead(1);
  return !(
    next.kind === 10 ||
    next.text === ";" ||
    c.isWord("TRANSACTION", 1) ||
    c.isWord("WORK", 1) ||
    c.isWord("NAME", 1)
  );
}

/** The head's class, for a statement whose details can't be read. */
export function classOfHead(c: Cursor): { class: StatementClass; label: string } {
  if (atScript(c)) return { class: "scripting", label: "SCRIPTING" };
  return { class: "unknown", label: "UNKNOWN" };
}

export function parseStatement(c: Cursor): Statement {
  if (atScript(c)) return readScript(c);
  if (c.isOp("(")) return readSelectStatement(c);
  const known = c.token.kind === 0 ? HEADS.get(c.token.text) : undefined;
  if (known === undefined) c.fail("A statement of a kind that is not known.");
  return known.read(c);
}

/** Only what reads or writes rows can be explained. */
function readExplained(c: Cursor): Statement {
  return readExplain(c, (inner) => {
    if (atScript(inner) || inner.isWord("EXPLAIN")) inner.fail("EXPLAIN of something that is not known.");
    return parseStatement(inner);
  });
}
