/**
 * INSERT: into one table or, with ALL and FIRST, into several. Outputs are what is written where.
 */

import type { Expr, Ident, Query } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Cursor } from "./cursor.ts";
import { RESERVED } from "./keywords.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseQuery, readValue } from "./parse-query.ts";
import type { Resolution } from "./resolution.ts";
import { flowOf, useExpression } from "./resolve-expression.ts";
import type { Scope } from "./scope.ts";
import { newScope, relation } from "./scope.ts";
import type { Outcome, Statement } from "./statement.ts";
import { addTarget, limitOf, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";

interface Target {
  readonly name: readonly Ident[];
  readonly columns: readonly Ident[] | null;
  readonly values: readonly Expr[] | null;
  readonly when: Expr | null;
}

export function readInsert(c: Cursor): Statement {
  c.needWord("INSERT");
  const overwrite = c.word("OVERWRITE");
  if (c.isWord("ALL") || c.isWord("FIRST")) return readMultiInsert(c, overwrite);
  c.needWord("INTO");
  const target = readTarget(c);
  const query = parseQuery(c, null);
  return { class: "insert", label: "INSERT", resolve: (ctx) => resolveInsert(ctx, target, query, overwrite) };
}

function readTarget(c: Cursor): Target {
  const name = readTargetName(c);
  const listed = c.isOp("(") && !c.isWord("SELECT", 1) && !c.isWord("WITH", 1) && !c.isOp("(", 1);
  return { name, columns: listed ? c.parenList(() => c.ident(RESERVED)) : null, values: null, when: null };
}

/** The access, and the names of the columns that the values go to. */
function openTarget(ctx: Resolution, target: Target, overwrite: boolean): readonly string[] {
  const scope = newScope(null, null, []);
  const all = addTarget(ctx, scope, "insert", target.name, null);
  const [rel] = scope.relations;
  const names = target.columns?.map((ident) => ident.name) ?? all;
  for (const ident of target.columns ?? [])
    if (all.length > 0 && !all.includes(ident.name))
      ctx.reason("UNRESOLVED_COLUMN", "The target has no such column.", ident.start);
  for (const name of names) rel?.touched?.columns.add(name);
  if (overwrite) ctx.access("truncate", "table", ctx.objectName(target.name), ["*"]);
  return names;
}

function resolveInsert(ctx: Resolution, target: Target, query: Query, overwrite: boolean): Outcome {
  const names = openTarget(ctx, target, overwrite);
  const result = ctx.resolveQuery(query, null, null);
  if (names.length > 0 && names.length !== result.columns.length)
    ctx.reason("UNRESOLVED_COLUMN", "INSERT of another number of columns.", query.start);
  const values = query.body.k === "values";
  const columns = result.columns.map((column, i): Column => ({ ...column, name: names[i] ?? column.name }));
  // Constants have no lineage worth a row each; with a column behind them they are a read like any other.
  return outcome({
    columns: values && columns.every((column) => column.flow.size === 0) ? [] : columns,
    limit: limitOf(query),
    rowsMax: result.rows,
  });
}

function readMultiInsert(c: Cursor, overwrite: boolean): Statement {
  const first = c.word("FIRST");
  if (!first) c.needWord("ALL");
  const targets: Target[] = [];
  while (!c.isWord("SELECT") && !c.isWord("WITH") && !c.isOp("(")) {
    let when: Expr | null = null;
    if (c.word("WHEN")) {
      when = parseExpression(c);
      c.needWord("THEN");
    } else c.word("ELSE");
    do targets.push({ ...readMultiTarget(c), when });
    while (c.isWord("INTO"));
  }
  const query = parseQuery(c, null);
  return { class: "insert", label: "INSERT", resolve: (ctx) => resolveMulti(ctx, targets, query, overwrite) };
}

function readMultiTarget(c: Cursor): Target {
  c.needWord("INTO");
  const name = readTargetName(c);
  const columns = c.isOp("(") ? c.parenList(() => c.ident(RESERVED)) : null;
  const values = c.word("VALUES") ? c.parenList(() => readValue(c)) : null;
  return { name, columns, values, when: null };
}

function resolveMulti(ctx: Resolution, targets: readonly Target[], query: Query, overwrite: boolean): Outcome {
  const result = ctx.resolveQuery(query, null, null);
  const scope = newScope(null, null, []);
  scope.relations.push(relation(null, result.columns, result.rows));
  const columns: Column[] = [];
  for (const target of targets) {
    const names = openTarget(ctx, target, overwrite);
    if (target.when !== null) useExpression(ctx, scope, target.when, "predicate");
    columns.push(...written(ctx, scope, target, names, result.columns));
  }
  return outcome({ columns, limit: limitOf(query) });
}

function written(
  ctx: Resolution,
  scope: Scope,
  target: Target,
  names: readonly string[],
  source: readonly Column[],
): Column[] {
  if (target.values === null) return source.map((column, i) => ({ ...column, name: names[i] ?? column.name }));
  return target.values.map(
    (value, i): Column => ({ name: names[i] ?? null, flow: flowOf(ctx, scope, value), resolved: true }),
  );
}
