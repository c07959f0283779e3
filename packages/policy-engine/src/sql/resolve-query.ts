/**
 * Queries: from the tree to result columns with their flow, recording on the way what steers them.
 */

import type { Expr, Query, QueryBody, Select, SelectItem, SetOperation, Values } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Flow, Sink } from "./flow.ts";
import { EMPTY, isBare, NULL_VALUE, sameBare } from "./flow.ts";
import { AGGREGATE } from "./functions.ts";
import type { Resolution } from "./resolution.ts";
import { resolveCtes } from "./resolve-cte.ts";
import { flowOf, gather, resolveItem, useExpression } from "./resolve-expression.ts";
import { addFrom } from "./resolve-from.ts";
import { expandStar, isAnnounced } from "./resolve-star.ts";
import type { CteScope, Result, Scope } from "./scope.ts";
import { childrenOf, newScope, relation } from "./scope.ts";

/** Resolves a query. `outer` is the scope around it, for correlation. */
export function resolveQuery(ctx: Resolution, query: Query, outer: Scope | null, around: CteScope | null): Result {
  ctx.step();
  const ctes = resolveCtes(ctx, query, outer, around, (body, scope) => resolveBody(ctx, body, outer, scope));
  const result =
    query.body.k === "select"
      ? resolveSelect(ctx, query.body, outer, ctes, query)
      : orderedBody(ctx, query, outer, ctes);
  const scope = newScope(outer, ctes, []);
  if (query.offset !== null) useExpression(ctx, scope, query.offset, "predicate");
  if (query.limit === null) return result;
  useExpression(ctx, scope, query.limit, "predicate");
  return { columns: result.columns, rows: least(result.rows, countOf(query.limit)) };
}

/** A row count that is written as a number. */
export function countOf(expr: Expr | null): number | null {
  if (expr?.k !== "literal" || expr.type !== "number") return null;
  const count = Number(expr.value);
  return Number.isSafeInteger(count) && count >= 0 ? count : null;
}

function least(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** ORDER BY behind a set operation or VALUES sees the result's columns only. */
function orderedBody(ctx: Resolution, query: Query, outer: Scope | null, ctes: CteScope | null): Result {
  const result = resolveBody(ctx, query.body, outer, ctes);
  if (query.orderAll) for (const column of result.columns) ctx.use(column.flow, "order");
  if (query.order.length === 0) return result;
  const scope = newScope(outer, ctes, []);
  scope.relations.push(relation(null, result.columns, result.rows));
  for (const item of query.order) {
    const column = ordinal(item.value, result.columns);
    if (column !== null) ctx.use(column.flow, "order");
    else useExpression(ctx, scope, item.value, "order");
  }
  return result;
}

function ordinal(expr: Expr, columns: readonly Column[]): Column | null {
  const position = countOf(expr);
  return position === null ? null : (columns[position - 1] ?? null);
}

export function resolveBody(ctx: Resolution, body: QueryBody, outer: Scope | null, ctes: CteScope | null): Result {
  switch (body.k) {
    case "select":
      return resolveSelect(ctx, body, outer, ctes, null);
    case "set":
      return resolveSet(ctx, body, outer, ctes);
    case "values":
      return resolveValues(ctx, body, outer, ctes);
    case "subselect":
      return resolveQuery(ctx, body, outer, ctes);
  }
}

function resolveValues(ctx: Resolution, body: Values, outer: Scope | null, ctes: CteScope | null): Result {
  const scope = newScope(outer, ctes, []);
  const width = Math.max(...body.rows.slice(0, 1).map((row) => row.length), 0);
  const sinks = Array.from({ length: width }, (): Sink => new Map());
  for (const row of body.rows) {
    if (row.length !== width) ctx.reason("UNPARSED", "VALUES rows differ in length.", body.start);
    row.forEach((value, i) => gather(ctx, scope, value, sinks[i] ?? new Map()));
  }
  return {
    columns: sinks.map((flow, i): Column => ({ name: `COLUMN${i + 1}`, flow, resolved: true })),
    rows: body.rows.length,
  };
}

function resolveSelect(
  ctx: Resolution,
  select: Select,
  outer: Scope | null,
  ctes: CteScope | null,
  query: Query | null,
): Result {
  ctx.step();
  const scope = newScope(outer, ctes, select.items, select.connect !== null);
  let rows: number | null = 1;
  for (const from of select.from) rows = product(rows, addFrom(ctx, scope, from));
  const columns: Column[] = [];
  for (const item of select.items) {
    if (query !== null && ctx.root === query && item.value.k === "star" && isAnnounced(scope, item.value))
      ctx.announced = true;
    else if (item.value.k === "star") columns.push(...expandStar(ctx, scope, item.value));
    else columns.push(resolveItem(ctx, scope, item));
  }
  if (select.where !== null) useExpression(ctx, scope, select.where, "predicate");
  if (select.connect !== null) {
    if (select.connect.start !== null) useExpression(ctx, scope, select.connect.start, "predicate");
    useExpression(ctx, scope, select.connect.by, "join");
    rows = null;
  }
  resolveClauses(ctx, scope, select, columns, query);
  if (select.distinct) for (const column of columns) if (!isBare(column.flow)) ctx.use(column.flow, "group");
  if (select.top !== null) useExpression(ctx, scope, select.top, "predicate");
  return { columns, rows: least(rowsOf(select, rows), countOf(select.top)) };
}

/** Clauses in which a name may be a column or an alias. */
function resolveClauses(
  ctx: Resolution,
  scope: Scope,
  select: Select,
  columns: readonly Column[],
  query: Query | null,
): void {
  scope.both = true;
  for (const expr of select.group) useGroup(ctx, scope, expr, columns);
  if (select.groupAll) for (const item of select.items) if (!hasAggregate(item.value)) useItem(ctx, scope, item);
  if (select.having !== null) useExpression(ctx, scope, select.having, "predicate");
  if (select.qualify !== null) useExpression(ctx, scope, select.qualify, "predicate");
  for (const item of query?.order ?? []) {
    const column = ordinal(item.value, columns);
    if (column !== null) ctx.use(column.flow, "order");
    else useExpression(ctx, scope, item.value, "order");
  }
  if (query?.orderAll === true) for (const column of columns) ctx.use(column.flow, "order");
  scope.both = false;
}

function useGroup(ctx: Resolution, scope: Scope, expr: Expr, columns: readonly Column[]): void {
  const column = ordinal(expr, columns);
  if (column !== null) ctx.use(column.flow, "group");
  else useExpression(ctx, scope, expr, "group");
}

function useItem(ctx: Resolution, scope: Scope, item: SelectItem): void {
  if (item.value.k === "star") for (const column of expandStar(ctx, scope, item.value)) ctx.use(column.flow, "group");
  else ctx.use(resolveItem(ctx, scope, item).flow, "group");
}

function product(a: number | null, b: number | null): number | null {
  if (a === 0 || b === 0) return 0;
  if (a === null || b === null) return null;
  const rows = a * b;
  return Number.isSafeInteger(rows) ? rows : null;
}

function rowsOf(select: Select, rows: number | null): number | null {
  if (select.grouped) return select.groupSets ? null : rows === null ? null : Math.max(rows, 1);
  const folds =
    select.items.some((item) => hasAggregate(item.value)) || (select.having !== null && hasAggregate(select.having));
  return folds ? 1 : rows;
}

/** Whether an expression folds rows: an aggregate that is not a window function. */
export function hasAggregate(expr: Expr): boolean {
  if (expr.k === "call" && expr.over === null && expr.name.length === 1 && AGGREGATE.has(expr.name[0]?.name ?? ""))
    return true;
  return childrenOf(expr).some(hasAggregate);
}

function resolveSet(ctx: Resolution, set: SetOperation, outer: Scope | null, ctes: CteScope | null): Result {
  const results = set.branches.map((branch) => resolveBody(ctx, branch, outer, ctes));
  const aligned = set.byName ? alignByName(ctx, results, set) : alignByPosition(ctx, results, set);
  if (set.op === "intersect" || set.op === "except") {
    for (const result of results) for (const column of result.columns) ctx.use(column.flow, "predicate");
    const first = results[0];
    return { columns: aligned.map((branches) => branches[0] ?? NO_COLUMN), rows: first?.rows ?? null };
  }
  const columns = aligned.map((branches) => mergeBranches(ctx, branches, set.op === "union"));
  return {
    columns,
    rows: results.reduce<number | null>(
      (sum, result) => (sum === null || result.rows === null ? null : sum + result.rows),
      0,
    ),
  };
}

const NO_COLUMN: Column = { name: null, flow: EMPTY, resolved: true };
const NULL_COLUMN: Column = { name: null, flow: NULL_VALUE, resolved: true };

function alignByPosition(ctx: Resolution, results: readonly Result[], set: SetOperation): Column[][] {
  const width = Math.max(...results.map((result) => result.columns.length));
  if (results.some((result) => result.columns.length !== width))
    ctx.reason("UNRESOLVED_COLUMN", "The branches of a set operation differ in width.", set.start);
  return Array.from({ length: width }, (_, i) => results.map((result) => result.columns[i] ?? NULL_COLUMN));
}

function alignByName(ctx: Resolution, results: readonly Result[], set: SetOperation): Column[][] {
  const names: string[] = [];
  const seen = new Set<string>();
  for (const result of results) {
    const own = new Set<string>();
    for (const { name } of result.columns) {
      if (name === null || own.has(name))
        ctx.reason("UNRESOLVED_COLUMN", "BY NAME over a column whose name is not known or not unique.", set.start);
      if (name === null) continue;
      own.add(name);
      if (!seen.has(name)) names.push(name);
      seen.add(name);
    }
  }
  return names.map((name) =>
    results.map((result) => result.columns.find((column) => column.name === name) ?? { ...NULL_COLUMN, name }),
  );
}

/**
 * One output of a union. It stays bare when every branch is the same column or NULL. Where it does not, a
 * UNION that removes duplicates compares the branches: that is a use.
 */
function mergeBranches(ctx: Resolution, branches: readonly Column[], distinct: boolean): Column {
  const name = branches[0]?.name ?? null;
  const resolved = branches.every((column) => column.resolved);
  const flows: Flow[] = branches.map((column) => column.flow);
  if (flows.every((flow) => flow === NULL_VALUE)) return { name, flow: NULL_VALUE, resolved };
  if (sameBare(flows)) return { name, flow: flows.find((flow) => flow !== NULL_VALUE) ?? EMPTY, resolved };
  const sink: Sink = new Map();
  for (const flow of flows) ctx.addDerived(sink, flow);
  if (distinct) ctx.use(sink, "group");
  return { name, flow: sink, resolved };
}

/** Flow of a value outside any query, as in VALUES or SET. */
export function valueFlow(ctx: Resolution, expr: Expr): Flow {
  return flowOf(ctx, newScope(null, null, []), expr);
}
