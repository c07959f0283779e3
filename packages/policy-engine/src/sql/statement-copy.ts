/**
 * Files: COPY INTO a table (load) or a location (unload), PUT, GET, LIST, REMOVE.
 */

import type { Expr, Ident, Query } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Cursor } from "./cursor.ts";
import { RESERVED } from "./keywords.ts";
import { renderName } from "./names.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseQuery } from "./parse-query.ts";
import { readRest } from "./read-rest.ts";
import type { Resolution } from "./resolution.ts";
import { useExpression } from "./resolve-expression.ts";
import { touchAll } from "./resolve-name.ts";
import { addTable } from "./resolve-table.ts";
import { newScope } from "./scope.ts";
import { stageObject } from "./stage.ts";
import type { Outcome, Statement } from "./statement.ts";
import { addTarget, limitOf, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";
import type { Token } from "./token.ts";
import { FILE, STAGE, STRING } from "./token.ts";

interface Location {
  readonly text: string;
  readonly start: number;
  /** A URL of somebody's storage, not a stage. */
  readonly url: boolean;
}

function readLocation(c: Cursor): Location {
  const token: Token = c.token;
  if (token.kind !== STAGE && token.kind !== STRING) c.fail("Expected a stage.");
  c.next();
  const { text, start } = token;
  if (token.kind === STRING && /^[A-Za-z0-9]+:\/\//.test(text)) return { text, start, url: true };
  if (!text.startsWith("@")) c.fail("A location that is neither a stage nor a URL.");
  return { text, start, url: false };
}

/** A URL is named by its scheme and host: what follows may hold a key. */
function addLocation(
  ctx: Resolution,
  action: "load" | "unload" | "read" | "metadata" | "delete",
  location: Location,
): void {
  if (!location.url) {
    const object = stageObject(ctx, location.text, location.start);
    ctx.access(action, "stage", object, action === "read" ? ["*"] : []);
    ctx.span(object, location.start, location.start + location.text.length);
    ctx.written.set(`stage ${object}`, location.text);
    return;
  }
  const host = /^[A-Za-z0-9]+:\/\/[^/?#]*/.exec(location.text)?.[0] ?? "";
  const object = renderName([host.slice(0, 200)]);
  ctx.access(action, "stage", object);
  ctx.access("egress", "stage", object);
}

export function readCopy(c: Cursor): Statement {
  c.needWord("COPY");
  c.needWord("INTO");
  return c.isKind(STAGE) || c.isKind(STRING) ? readUnload(c) : readLoad(c);
}

function readUnload(c: Cursor): Statement {
  const location = readLocation(c);
  c.needWord("FROM");
  let query: Query | null = null;
  let table: Ident[] | null = null;
  if (c.op("(")) {
    query = parseQuery(c, null);
    c.needOp(")");
  } else table = readTargetName(c);
  const partition = c.words("PARTITION", "BY") ? parseExpression(c) : null;
  const words = readRest(c);
  return {
    class: "copy-unload",
    label: "COPY UNLOAD",
    resolve: (ctx) => resolveUnload(ctx, location, query, table, partition, words),
  };
}

function resolveUnload(
  ctx: Resolution,
  location: Location,
  query: Query | null,
  table: readonly Ident[] | null,
  partition: Expr | null,
  words: ReadonlySet<string>,
): Outcome {
  addLocation(ctx, "unload", location);
  addReach(ctx, words);
  const scope = newScope(null, null, []);
  if (table !== null) {
    addTable(ctx, scope, {
      k: "table",
      fromText: false,
      name: table,
      at: [],
      alias: null,
      columns: null,
      start: table[0]?.start ?? 0,
      end: 0,
    });
    for (const rel of scope.relations) touchAll(rel);
    if (partition !== null) useExpression(ctx, scope, partition, "predicate");
    return outcome({
      columns: scope.relations.flatMap((rel) => rel.columns),
      rowsMax: scope.relations[0]?.rows ?? null,
    });
  }
  if (query === null) return outcome();
  if (partition !== null) ctx.reason("UNSUPPORTED", "PARTITION BY over a query.", partition.start);
  const result = ctx.resolveQuery(query, null, null);
  return outcome({ columns: result.columns, limit: limitOf(query), rowsMax: result.rows });
}

function addReach(ctx: Resolution, words: ReadonlySet<string>): void {
  if (words.has("STORAGE_INTEGRATION") || words.has("CREDENTIALS"))
    for (const record of [...ctx.accesses.values()])
      if (record.kind === "stage") ctx.access("egress", "stage", record.object);
}

function readLoad(c: Cursor): Statement {
  const name = readTargetName(c);
  const columns = c.isOp("(") ? c.parenList(() => c.ident(RESERVED)) : null;
  let source: Location | Query | null = null;
  if (c.word("FROM")) {
    if (c.op("(")) {
      source = parseQuery(c, null);
      c.needOp(")");
    } else source = readLocation(c);
  }
  const words = readRest(c);
  return { class: "copy-load", label: "COPY LOAD", resolve: (ctx) => resolveLoad(ctx, name, columns, source, words) };
}

function resolveLoad(
  ctx: Resolution,
  name: readonly Ident[],
  columns: readonly Ident[] | null,
  source: Location | Query | null,
  words: ReadonlySet<string>,
): Outcome {
  const scope = newScope(null, null, []);
  addTarget(ctx, scope, "load", name, null);
  const touched = scope.relations[0]?.touched?.columns;
  if (columns === null) touched?.add("*");
  for (const column of columns ?? []) touched?.add(column.name);
  let out: readonly Column[] = [];
  if (source !== null && "k" in source) out = ctx.resolveQuery(source, null, null).columns;
  else if (source !== null) addLocation(ctx, "read", source);
  addReach(ctx, words);
  // What comes from files has no lineage; a table in the query would.
  return outcome({ columns: out.filter((column) => column.flow.size > 0) });
}

/** `PUT file://… @stage options`: a file of the client's machine goes up. */
export function readPut(c: Cursor): Statement {
  c.needWord("PUT");
  readFile(c);
  const location = readLocation(c);
  readRest(c);
  return transfer("put", "PUT", "load", location);
}

/** `GET @stage file://… options`: staged files come down. */
export function readGet(c: Cursor): Statement {
  c.needWord("GET");
  const location = readLocation(c);
  readFile(c);
  readRest(c);
  return transfer("get", "GET", "unload", location);
}

function readFile(c: Cursor): void {
  const token = c.token;
  if (token.kind !== FILE && !(token.kind === STRING && token.text.startsWith("file://"))) c.fail("Expected a file.");
  c.next();
}

export function readList(c: Cursor): Statement {
  c.next();
  const location = readLocation(c);
  readRest(c);
  return transfer("list", "LIST", "metadata", location);
}

export function readRemove(c: Cursor): Statement {
  c.next();
  const location = readLocation(c);
  readRest(c);
  return transfer("remove", "REMOVE", "delete", location);
}

function transfer(
  kind: "put" | "get" | "list" | "remove",
  label: string,
  action: "load" | "unload" | "metadata" | "delete",
  location: Location,
): Statement {
  return {
    class: kind,
    label,
    resolve: (ctx) => {
      addLocation(ctx, action, location);
      return outcome();
    },
  };
}
