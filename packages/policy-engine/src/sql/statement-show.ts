/**
 * SHOW and DESCRIBE: metadata of the object or scope that they name. SHOW without a scope means the session's own
 * schema for kinds that live in schemas, and the account for the others.
 */

import type { ObjectKind } from "../facts.ts";
import type { Ident } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { renderName } from "./names.ts";
import { SHOWN } from "./object-kinds.ts";
import { readKind } from "./read-kind.ts";
import { readRest } from "./read-rest.ts";
import type { Resolution } from "./resolution.ts";
import type { Statement } from "./statement.ts";
import { addNamed, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";
import { END, NUMBER, QUOTED, STRING, WORD } from "./token.ts";

const KIND_WORDS_MAX = 3;

interface Scope {
  readonly kind: ObjectKind;
  readonly parts: 0 | 1 | 2 | 3;
  readonly name: readonly Ident[];
}

export function readShow(c: Cursor): Statement {
  c.needWord("SHOW");
  c.word("TERSE");
  const shown = readShown(c);
  c.word("HISTORY");
  if (c.word("LIKE")) c.need(STRING, "a pattern");
  const scope = readShowScope(c, shown.ofTables);
  readShowTail(c);
  return {
    class: "show",
    label: "SHOW",
    resolve: (ctx) => {
      if (scope !== null) addNamed(ctx, "metadata", scope.kind, scope.name, scope.parts);
      else if (shown.scoped) addSessionScope(ctx, shown.kind);
      else ctx.access("metadata", shown.kind, "");
      return outcome();
    },
  };
}

/** What SHOW lists inside tables: a bare name behind IN is a table then, else a schema. */
const OF_TABLES = new Set(["COLUMNS", "KEYS", "INDEXES"]);

function readShown(c: Cursor): { kind: ObjectKind; scoped: boolean; ofTables: boolean } {
  for (let length = KIND_WORDS_MAX; length > 0; length--) {
    const words: string[] = [];
    for (let i = 0; i < length; i++) if (c.ahead(i).kind === WORD) words.push(c.ahead(i).text);
    const entry = words.length === length ? SHOWN.get(words.join(" ")) : undefined;
    if (entry === undefined) continue;
    for (let i = 0; i < length; i++) c.next();
    return { ...entry, ofTables: OF_TABLES.has(words[length - 1] ?? "") };
  }
  return c.fail("SHOW of a kind that is not known.");
}

/** `IN ACCOUNT`, `IN DATABASE d`, `IN SCHEMA s`, `IN TABLE t`, `IN name`; for grants `ON kind name`, `TO ROLE r`, `OF ROLE r`. */
function readShowScope(c: Cursor, ofTables: boolean): Scope | null {
  if (!c.word("IN") && !c.word("ON") && !c.word("TO") && !c.word("OF") && !c.word("FOR")) return null;
  if (c.word("ACCOUNT")) return { kind: "other", parts: 0, name: [] };
  if (c.word("SESSION")) return { kind: "session", parts: 0, name: [] };
  const entry = readKind(c);
  const named = c.isKind(WORD) || c.isKind(QUOTED);
  const clause = c.isWord("LIKE") || c.isWord("STARTS") || c.isWord("LIMIT");
  if (entry === null) {
    const name = readTargetName(c);
    return ofTables ? { kind: "table", parts: 3, name } : { kind: "schema", parts: 2, name };
  }
  if (!named || clause) return { kind: entry.kind, parts: 0, name: [] };
  return { kind: entry.kind, parts: entry.parts, name: readTargetName(c) };
}

function readShowTail(c: Cursor): void {
  if (c.word("LIKE")) c.need(STRING, "a pattern");
  if (c.words("STARTS", "WITH")) c.need(STRING, "a prefix");
  if (c.word("LIMIT")) {
    c.need(NUMBER, "a number");
    if (c.word("FROM")) c.need(STRING, "a name");
  }
  if (c.words("WITH", "PRIVILEGES")) readRest(c);
}

function addSessionScope(ctx: Resolution, kind: ObjectKind): void {
  const database = ctx.input.session.database ?? ctx.index.defaultDatabase;
  const schema = ctx.input.session.schema ?? ctx.index.defaultSchema;
  if (ctx.input.sessionUnknown)
    ctx.reason("UNRESOLVED_OBJECT", "An earlier statement may have changed the current database or schema.", null);
  if (database === null) ctx.access("metadata", kind, "");
  else if (schema === null || kind === "schema") ctx.access("metadata", "database", renderName([database]));
  else ctx.access("metadata", "schema", renderName([database, schema]));
}

export function readDescribe(c: Cursor): Statement {
  c.next();
  if (c.word("RESULT")) return readDescribeResult(c);
  const kind = c.ahead(1).kind === END || c.isOp(";", 1) || c.isOp(".", 1) ? null : readKind(c);
  const name = readTargetName(c);
  if ((kind?.kind === "function" || kind?.kind === "procedure") && c.isOp("(")) readRest(c, c.token.match + 1);
  if (c.word("TYPE")) {
    c.needOp("=");
    if (!c.word("COLUMNS")) c.needWord("STAGE");
  }
  return {
    class: "describe",
    label: "DESCRIBE",
    resolve: (ctx) => {
      addNamed(ctx, "metadata", kind?.kind ?? "table", name, kind?.parts ?? 3);
      return outcome();
    },
  };
}

/** The shape of an earlier result, which may be somebody else's. */
function readDescribeResult(c: Cursor): Statement {
  readRest(c);
  return {
    class: "describe",
    label: "DESCRIBE",
    resolve: (ctx) => {
      ctx.access("history", "other", "");
      ctx.reason("UNSUPPORTED", "The result of an earlier statement.", null);
      return outcome();
    },
  };
}
