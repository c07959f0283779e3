/**
 * CREATE: tables and views are read to the end, because a query may stand in them; other kinds by their head.
 */

import type { Action } from "../facts.ts";
import type { Expr, Ident } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Cursor } from "./cursor.ts";
import type { KindEntry } from "./object-kinds.ts";
import { CHANGES_PROTECTION, REACHES_OUT } from "./object-kinds.ts";
import { readTimeTravel } from "./parse-from.ts";
import type { CreateHead, RelationBody } from "./read-create.ts";
import { readCreateHead, readRelationBody } from "./read-create.ts";
import { readRest, swallow } from "./read-rest.ts";
import type { Resolution } from "./resolution.ts";
import { useExpression } from "./resolve-expression.ts";
import { newScope } from "./scope.ts";
import type { Outcome, Statement } from "./statement.ts";
import { addNamed, addTarget, limitOf, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";
import { NUMBER } from "./token.ts";

export function readCreate(c: Cursor): Statement {
  c.needWord("CREATE");
  const head = readCreateHead(c);
  const word = head.kind.words[head.kind.words.length - 1];
  if (head.kind.family !== "egress" && (word === "TABLE" || word === "VIEW")) return readCreateRelation(c, head, word);
  return readCreateOther(c, head);
}

function readCreateRelation(c: Cursor, head: CreateHead, word: "TABLE" | "VIEW"): Statement {
  const body = readRelationBody(c, word === "VIEW");
  if (word === "VIEW" && body.query === null) c.fail("A view without a query.");
  const label = body.query === null ? "CREATE" : word === "VIEW" ? "CREATE VIEW" : "CTAS";
  return { class: "create", label, resolve: (ctx) => resolveCreateRelation(ctx, head, body) };
}

function resolveCreateRelation(ctx: Resolution, head: CreateHead, body: RelationBody): Outcome {
  const action: Action = body.source?.clone === true ? "clone" : "create";
  const object = addNamed(ctx, action, head.kind.kind, head.name, 3);
  addConsequences(ctx, head, object, body.words);
  if (body.source !== null) {
    const scope = newScope(null, null, []);
    // CLONE copies rows, LIKE only the shape.
    addTarget(ctx, scope, body.source.clone ? "read" : "metadata", body.source.name, null);
    scope.relations[0]?.touched?.columns.add("*");
    for (const expr of body.source.at) useExpression(ctx, scope, expr, "predicate");
    // What a clone holds is a copy of every column, under a name that no tag is laid over.
    if (body.source.clone) return outcome({ columns: scope.relations[0]?.columns ?? [] });
  }
  if (body.query === null) return outcome();
  const result = ctx.resolveQuery(body.query, null, null);
  if (body.columns !== null && body.columns.length !== result.columns.length)
    ctx.reason("UNRESOLVED_COLUMN", "A column list of another length than the query.", body.query.start);
  const columns = result.columns.map((column, i): Column => ({ ...column, name: body.columns?.[i] ?? column.name }));
  return outcome({ columns, limit: limitOf(body.query), rowsMax: result.rows });
}

/** What creating brings along: the object that it replaces, a schedule, protection, a way out. */
function addConsequences(ctx: Resolution, head: CreateHead, object: string, words: ReadonlySet<string>): void {
  const { kind, family } = head.kind;
  if (head.replace)
    ctx.access(kind === "database" ? "drop-database" : kind === "schema" ? "drop-schema" : "drop", kind, object);
  if (family === "schedule") ctx.access("schedule", kind, object);
  if ([...words].some((word) => CHANGES_PROTECTION.has(word))) ctx.access("dcl", kind, object);
  if (family === "egress" || [...words].some((word) => REACHES_OUT.has(word))) ctx.access("egress", kind, object);
}

function readCreateOther(c: Cursor, head: CreateHead): Statement {
  const { kind } = head;
  if (head.name.length > Math.max(kind.parts, 1)) c.fail("A name with too many parts.");
  let source: Ident[] | null = null;
  let at: readonly Expr[] = [];
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
function moved(head: CreateHead): Outcome {
  const last = head.name[head.name.length - 1]?.name ?? "";
  if (head.kind.kind === "database") return outcome({ sets: [{ what: "database", name: last }], movesSession: true });
  if (head.kind.kind === "schema") {
    const database = head.name.length === 2 ? [{ what: "database", name: head.name[0]?.name ?? "" }] : [];
    return outcome({ sets: [...database, { what: "schema", name: last }], movesSession: true });
  }
  return outcome();
}
