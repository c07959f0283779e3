/**
 * Statements about the session: USE, ALTER SESSION, transactions.
 */

import type { Cursor } from "./cursor.ts";
import { RESERVED } from "./keywords.ts";
import type { Statement } from "./statement.ts";
import { addNamed, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";
import { NUMBER, STRING, WORD } from "./token.ts";

/** Parameters that change how later statements are read; what follows them in one text is not known. */
const CHANGES_MEANING = new Set([
  "QUOTED_IDENTIFIERS_IGNORE_CASE",
  "SEARCH_PATH",
  "DEFAULT_NULL_ORDERING",
  "ENABLE_GET_DDL_USE_DATA_TYPE_ALIAS",
]);

export function readUse(c: Cursor): Statement {
  c.needWord("USE");
  if (c.words("SECONDARY", "ROLES")) return secondaryRoles(c);
  const kind = ["ROLE", "WAREHOUSE", "DATABASE", "SCHEMA"].find(
    (word) => c.isWord(word) && !c.isOp(".", 1) && !atEndAfter(c),
  );
  if (kind !== undefined) c.next();
  const name = readTargetName(c);
  const last = name[name.length - 1]?.name ?? "";
  if (kind === "ROLE" || kind === "WAREHOUSE") {
    if (name.length !== 1) c.fail("A name with too many parts.");
    const what = kind === "ROLE" ? "role" : "warehouse";
    return {
      class: "use",
      label: "USE",
      resolve: (ctx) => outcome({ sets: [{ what, name: addNamed(ctx, "session", what, name, 1) && last }] }),
    };
  }
  if (kind === "SCHEMA" || name.length === 2) return useSchema(c, name);
  if (name.length !== 1) c.fail("A name with too many parts.");
  return {
    class: "use",
    label: "USE",
    resolve: (ctx) => {
      addNamed(ctx, "session", "database", name, 1);
      // The schema becomes PUBLIC, when there is one.
      return outcome({ sets: [{ what: "database", name: last }], session: { database: last, schema: "PUBLIC" } });
    },
  };
}

function atEndAfter(c: Cursor): boolean {
  const next = c.ahead(1);
  return next.kind === 10 || next.text === ";";
}

function useSchema(c: Cursor, name: ReturnType<typeof readTargetName>): Statement {
  if (name.length > 2) c.fail("A name with too many parts.");
  const schema = name[name.length - 1]?.name ?? "";
  const database = name.length === 2 ? name[0]?.name : undefined;
  return {
    class: "use",
    label: "USE",
    resolve: (ctx) => {
      addNamed(ctx, "session", "schema", name, 2);
      const sets = [
        ...(database === undefined ? [] : [{ what: "database", name: database }]),
        { what: "schema", name: schema },
      ];
      return outcome({ sets, session: database === undefined ? { schema } : { database, schema } });
    },
  };
}

function secondaryRoles(c: Cursor): Statement {
  const names = c.isWord("ALL") || c.isWord("NONE") ? [c.next().text] : c.list(() => c.ident(RESERVED).name);
  return {
    class: "use",
    label: "USE",
    resolve: (ctx) => {
      for (const name of names) ctx.access("session", "role", name);
      return outcome({ sets: names.map((name) => ({ what: "secondary-roles", name })) });
    },
  };
}

/** `ALTER SESSION SET a = 1 b = 'x'`, `ALTER SESSION UNSET a, b`; the cursor stands behind SESSION. */
export function readAlterSession(c: Cursor): Statement {
  const names: string[] = [];
  if (c.word("UNSET")) names.push(...c.list(() => c.ident(RESERVED).name));
  else {
    c.needWord("SET");
    do {
      names.push(c.ident(RESERVED).name);
      c.needOp("=");
      if (!c.op("-")) c.op("+");
      if (!c.isKind(STRING) && !c.isKind(NUMBER) && !c.isKind(WORD)) c.fail("Expected a value.");
      c.next();
      c.op(",");
    } while (!c.atEnd);
  }
  return {
    class: "alter-session",
    label: "ALTER SESSION",
    resolve: (ctx) => {
      for (const name of names) ctx.access("session", "parameter", name);
      return outcome({
        sets: names.map((name) => ({ what: "parameter", name })),
        movesSession: names.some((name) => CHANGES_MEANING.has(name)),
      });
    },
  };
}

/** BEGIN, START TRANSACTION, COMMIT, ROLLBACK. A BEGIN that opens a block never comes here. */
export function readTransaction(c: Cursor): Statement {
  const head = c.next().text;
  if (head === "START") c.needWord("TRANSACTION");
  else if (!c.word("WORK") && head === "BEGIN") c.word("TRANSACTION");
  if ((head === "BEGIN" || head === "START") && c.word("NAME")) c.ident(RESERVED);
  return {
    class: "transaction",
    label: "TRANSACTION",
    resolve: (ctx) => {
      ctx.access("transaction", "session", "");
      return outcome();
    },
  };
}
