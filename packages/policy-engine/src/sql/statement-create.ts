/**
 * CREATE: tables and views are read to the end, because a query may stand in them; other kinds by their head.
 */

import type { Action } from "../facts.ts";
import type { Ident, Query } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Cursor } from "./cursor.ts";
import { CHANGES_PROTECTION, REACHES_OUT } from "./object-kinds.ts";
import type { KindEntry } from "./object-kinds.ts";
import { readTimeTravel } from "./parse-from.ts";
import { parseQuery } from "./parse-query.ts";
import { readKind } from "./read-kind.ts";
import { useExpression } from "./resolve-expression.ts";
import type { Resolution } from "./resolution.ts";
import { newScope } from "./scope.ts";
import { addNamed, addTarget, limitOf, outcome, readRest, swallow } from "./statement.ts";
import type { Outcome, Statement } from "./statement.ts";
import { readTargetName } from "./target-name.ts";
import { NUMBER, QUOTED, STRING, WORD } from "./token.ts";

interface Head {
  readonly replace: boolean;
  readonly kind: KindEntry;
  readonly name: readonly Ident[];
}

/** What follows the name of a table or view. */
interface Body {
  readonly columns: readonly string[] | null;
  readonly words: ReadonlySet<string>;
  readonly query: Query | null;
  readonly source: { readonly name: readonly Ident[]; readonly clone: boolean; readonly at: ReturnType<typeof readTimeTravel> } | null;
}

const LIFETIMES = new Set(["TEMP", "TEMPORARY", "VOLATILE", "TRANSIENT"]);

export function readCreate(c: Cursor): Statement {
  c.needWord("CREATE");
  const head = readHead(c);
  const word = head.kind.words[head.kind.words.length - 1];
  if (head.kind.family !== "egress" && (word === "TABLE" || word === "VIEW")) return readCreateRelation(c, head, word);
  return readCreateOther(c, head);
}

function readHead(c: Cursor): Head {
  const replace = c.words("OR", "REPLACE");
  if (!replace) c.words("OR", "ALTER");
  if (!c.word("LOCAL")) c.word("GLOBAL");
  if (c.word("SECURE")) c.isWord("SECURE");
  if (c.isAnyWord(LIFETIMES)) c.next();
  c.word("RECURSIVE");
  const kind = readKind(c);
  if (kind === null) c.fail("An object kind that is not known.");
  c.words("IF", "NOT", "EXISTS");
  const name = readTargetName(c);
  return { replace, kind, name };
}

function readCreateRelation(c: Cursor, head: Head, word: "TABLE" | "VIEW"): Statement {
  const body = readBody(c, word === "VIEW");
  if (word === "VIEW" && body.query === null) c.fail("A view without a query.");
  const label = body.query === null ? "CREATE" : word === "VIEW" ? "CREATE VIEW" : "CTAS";
  return { class: "create", label, resolve: (ctx) => resolveCreateRelation(ctx, head, body) };
}

function readBody(c: Cursor, view: boolean): Body {
  const words = new Set<string>();
  let columns: string[] | null = null;
  c.words("IF", "NOT", "EXISTS");
  readOptions(c, words);
  if (!view && (c.isWord("LIKE") || c.isWord("CLONE"))) {
    const clone = c.next().text === "CLONE";
    const name = readTargetName(c);
    const at = readTimeTravel(c);
    readOptions(c, words);
    return { columns, words, query: null, source: { name, clone, at } };
  }
  if (c.isOp("(")) columns = readColumnDefinitions(c, words);
  readOptions(c, words);
  let query: Query | null = null;
  if (!view && c.words("USING", "TEMPLATE")) {
    c.needOp("(");
    query = parseQuery(c, null);
    c.needOp(")");
    columns = null;
  } else if (c.word("AS")) query = parseQuery(c, null);
  readOptions(c, words);
  return { columns, words, query, source: null };
}

/** Column definitions: their names, and the words in them. A query can't stand there. */
function readColumnDefinitions(c: Cursor, words: Set<string>): string[] {
  const close = c.token.match;
  if (close < 0) c.fail("A parenthesis is not closed.");
  c.next();
  const names: string[] = [];
  for (;;) {
    const token = c.token;
    if (token.kind !== WORD && token.kind !== QUOTED) c.fail("Expected a column.");
    const constraint = token.kind === WORD && /^(CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|CHECK)$/.test(token.text) && !c.isOp(",", 1) && !c.isOp(")", 1);
    if (!constraint) names.push(token.text);
    c.next();
    while (!c.isOp(",") && c.index < close) {
      const inner = c.isOp("(") ? c.token.match + 1 : c.index + 1;
      for (const word of readRest(c, Math.max(inner, c.index + 1))) words.add(word);
    }
    if (!c.op(",")) break;
  }
  c.needOp(")");
  return names;
}

const BARE_OPTIONS: readonly (readonly string[])[] = [
  ["COPY", "GRANTS"],
  ["READ", "ONLY"],
  ["ON", "COMMIT", "PRESERVE", "ROWS"],
  ["ON", "COMMIT", "DELETE", "ROWS"],
  ["ON", "COMMIT", "DROP"],
  ["REQUIRE", "USER"],
];
const NO_WORDS: ReadonlySet<string> = new Set();

/** Options before and behind a query: `NAME = value` and a few fixed phrases; anything else is refused. */
function readOptions(c: Cursor, words: Set<string>): void {
  for (;;) {
    c.op(",");
    if (c.isKind(WORD) && c.isOp("=", 1)) readAssignmentOption(c, words);
    else if (BARE_OPTIONS.some((phrase) => c.words(...phrase))) continue;
    else if (c.words("CLUSTER", "BY")) {
      c.word("LINEAR");
      readParentheses(c, words);
    }
    else if (!readProtectionOption(c, words)) return;
  }
}

function readProtectionOption(c: Cursor, words: Set<string>): boolean {
  const skip = c.isWord("WITH") ? 1 : 0;
  if (c.isWord("TAG", skip) && c.isOp("(", skip + 1)) {
    for (let i = 0; i <= skip; i++) c.next();
    words.add("TAG");
    readParentheses(c, words);
    return true;
  }
  const policy = ["ROW", "AGGREGATION", "JOIN", "STORAGE"].some((word) => c.isWord(word, skip));
  if (!policy) return false;
  while (!c.isWord("POLICY")) {
    if (!c.isKind(WORD) || c.isWord("AS")) c.fail("Expected a policy.");
    c.next();
  }
  c.next();
  readTargetName(c);
  words.add("POLICY");
  if (!c.word("ON") && !c.words("ENTITY", "KEY")) c.needWord("ON");
  readParentheses(c, words);
  return true;
}

function readAssignmentOption(c: Cursor, words: Set<string>): void {
  words.add(c.next().text);
  c.next();
  if (c.isOp("(")) readParentheses(c, words);
  else if (c.isKind(STRING) || c.isKind(NUMBER)) c.next();
  else {
    do words.add(c.ident(NO_WORDS).name);
    while (c.op("."));
  }
}

function readParentheses(c: Cursor, words: Set<string>): void {
  const close = c.isOp("(") ? c.token.match : -1;
  if (close < 0) c.fail("Expected `(`.");
  for (const word of readRest(c, close + 1)) words.add(word);
}

function resolveCreateRelation(ctx: Resolution, head: Head, body: Body): Outcome {
  const action: Action = body.source?.clone === true ? "clone" : "create";
  const object = addNamed(ctx, action, head.kind.kind, head.name, 3);
  addConsequences(ctx, head, object, body.words);
  if (body.source !== null) {
    const scope = newScope(null, null, []);
    // CLONE copies rows, LIKE only the shape.
    addTarget(ctx, scope, body.source.clone ? "read" : "metadata", body.source.name, null);
    scope.relations[0]?.touched?.columns.add("*");
    for (const expr of body.source.at) useExpression(ctx, scope, expr, "predicate");
  }
  if (body.query === null) return outcome();
  const result = ctx.resolveQuery(body.query, null, null);
  if (body.columns !== null && body.columns.length !== result.columns.length)
    ctx.reason("UNRESOLVED_COLUMN", "A column list of another length than the query.", body.query.start);
  const columns = result.columns.map((column, i): Column => ({ ...column, name: body.columns?.[i] ?? column.name }));
  return outcome({ columns, limit: limitOf(body.query), rowsMax: result.rows });
}

/** What creating brings along: the object that it replaces, a schedule, protection, a way out. */
function addConsequences(ctx: Resolution, head: Head, object: string, words: ReadonlySet<string>): void {
  const { kind, family } = head.kind;
  if (head.replace) ctx.access(kind === "database" ? "drop-database" : kind === "schema" ? "drop-schema" : "drop", kind, object);
  if (family === "schedule") ctx.access("schedule", kind, object);
  if ([...words].some((word) => CHANGES_PROTECTION.has(word))) ctx.access("dcl", kind, object);
  if (family === "egress" || [...words].some((word) => REACHES_OUT.has(word))) ctx.access("egress", kind, object);
}

function readCreateOther(c: Cursor, head: Head): Statement {
  const { kind } = head;
  if (head.name.length > Math.max(kind.parts, 1)) c.fail("A name with too many parts.");
  let source: Ident[] | null = null;
  let at: ReturnType<typeof readTimeTravel> = [];
  if ((kind.kind === "database" || kind.kind === "schema" || kind.kind === "stage") && c.word("CLONE")) {
    source = readTargetName(c);
    at = readTimeTravel(c);
  }
  if (kind.kind === "stage" || kind.kind === "other") refuseOddFormat(c);
  const stream = kind.words[0] === "STREAM" ? readStreamSource(c) : null;
  if (kind.opaque) swallow(c);
  const words = readRest(c);
  return {
    class: "create",
    label: "CREATE",
    resolve: (ctx) => {
      const action: Action = kind.family === "dcl" ? "dcl" : source === null ? "create" : "clone";
      const object = addNamed(ctx, action, kind.kind, head.name, kind.parts);
      if (action === "dcl") addDclConsequences(ctx, kind, object);
      else addConsequences(ctx, head, object, words);
      if (source !== null) addNamed(ctx, "read", kind.kind, source, kind.parts, ["*"]);
      for (const expr of at) useExpression(ctx, newScope(null, null, []), expr, "predicate");
      if (stream !== null) addTarget(ctx, newScope(null, null, []), "read", stream, null);
      if (kind.opaque) ctx.reason("UNSUPPORTED", "What this object will do can't be told from the statement.", null);
      return moved(head);
    },
  };
}

export function addDclConsequences(ctx: Resolution, kind: KindEntry, object: string): void {
  if (kind.words[0] === "SHARE" || kind.words.includes("INTEGRATION")) ctx.access("egress", kind.kind, object);
}

/** `FILE_FORMAT = 123` is no statement at all. */
function refuseOddFormat(c: Cursor): void {
  if (c.isWord("FILE_FORMAT") && c.ahead(2).kind === NUMBER) c.fail("A file format is a name or a list.");
}

function readStreamSource(c: Cursor): Ident[] | null {
  c.words("COPY", "GRANTS");
  if (!c.word("ON")) c.fail("Expected ON.");
  c.word("EXTERNAL");
  if (!c.word("TABLE") && !c.word("VIEW") && !c.word("STAGE")) c.word("DYNAMIC");
  c.word("TABLE");
  return readTargetName(c);
}

/** A new database or schema becomes the current one. */
function moved(head: Head): Outcome {
  const last = head.name[head.name.length - 1]?.name ?? "";
  if (head.kind.kind === "database") return outcome({ sets: [{ what: "database", name: last }], movesSession: true });
  if (head.kind.kind === "schema") {
    const database = head.name.length === 2 ? [{ what: "database", name: head.name[0]?.name ?? "" }] : [];
    return outcome({ sets: [...database, { what: "schema", name: last }], movesSession: true });
  }
  return outcome();
}

/** The query and column names of a CREATE VIEW text. */
export function parseCreateView(c: Cursor): { query: Query; names: readonly string[] | null } {
  c.needWord("CREATE");
  const head = readHead(c);
  const body = readBody(c, true);
  if (head.kind.kind !== "view" || body.query === null) c.fail("Expected a view.");
  return { query: body.query, names: body.columns };
}
