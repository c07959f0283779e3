/**
 * FROM: turns factors into relations of a scope, and joins into uses. Each function returns an upper bound of
 * rows, or null when there is none.
 */

import type {
  DerivedFactor,
  Factor,
  From,
  Ident,
  Join,
  MatchFactor,
  PivotFactor,
  StageFactor,
  UnpivotFactor,
} from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Flow, Sink } from "./flow.ts";
import { BARE, EMPTY, uniteFlows } from "./flow.ts";
import { renameColumns } from "./rename-columns.ts";
import type { Resolution } from "./resolution.ts";
import { gather, useExpression } from "./resolve-expression.ts";
import { relationFlow, touchAll } from "./resolve-name.ts";
import { addTable } from "./resolve-table.ts";
import { addTableFunction } from "./resolve-table-function.ts";
import type { Relation, Scope } from "./scope.ts";
import { columnOf, newScope, relation } from "./scope.ts";
import { stageObject } from "./stage.ts";

/** Adds one element of FROM with its joins. */
export function addFrom(ctx: Resolution, scope: Scope, from: From): number | null {
  const first = scope.relations.length;
  let rows = addFactor(ctx, scope, from.factor);
  for (const join of from.joins) {
    const right = scope.relations.length;
    const more = addFactor(ctx, scope, join.factor);
    if (join.on !== null) useExpression(ctx, scope, join.on, "join");
    if (join.match !== null) useExpression(ctx, scope, join.match, "join");
    if (join.natural || join.using.length > 0) mergeColumns(ctx, scope, join, first, right);
    rows = joinRows(join.type, rows, more);
  }
  return rows;
}

function joinRows(type: Join["type"], left: number | null, right: number | null): number | null {
  if (left === null || right === null) return null;
  const kept =
    type === "left" || type === "asof" ? left : type === "right" ? right : type === "full" ? left + right : 0;
  const rows = left * right + kept;
  return Number.isSafeInteger(rows) ? rows : null;
}

/** USING and NATURAL: the shared columns are compared, and shown once. */
function mergeColumns(ctx: Resolution, scope: Scope, join: Join, first: number, right: number): void {
  const lefts = scope.relations.slice(first, right);
  const rights = scope.relations.slice(right);
  if ([...lefts, ...rights].some((rel) => rel.open !== null))
    ctx.reason("UNRESOLVED_COLUMN", "A join on shared columns that are not known.", join.factor.start);
  const names = join.natural ? sharedNames(lefts, rights) : join.using.map((ident) => ident.name);
  for (const name of names) {
    const left = lefts.find((rel) => rel.hidden?.has(name) !== true && columnOf(rel, name) !== null);
    const other = rights.find((rel) => columnOf(rel, name) !== null);
    const a = left === undefined ? null : relationFlow(left, name);
    const b = other === undefined ? null : relationFlow(other, name);
    if (left === undefined || other === undefined || a === null || b === null) {
      ctx.reason("UNRESOLVED_COLUMN", "A shared column that one side does not have.", join.factor.start);
      continue;
    }
    ctx.use(a, "join");
    ctx.use(b, "join");
    left.merged = new Map([...(left.merged ?? []), [name, uniteFlows([a, b])]]);
    other.hidden = new Set([...(other.hidden ?? []), name]);
  }
}

function sharedNames(lefts: readonly Relation[], rights: readonly Relation[]): string[] {
  const names = new Set<string>();
  for (const rel of lefts)
    for (const { name } of rel.columns)
      if (name !== null && rights.some((other) => columnOf(other, name) !== null)) names.add(name);
  return [...names];
}

export function addFactor(ctx: Resolution, scope: Scope, factor: Factor): number | null {
  ctx.step();
  switch (factor.k) {
    case "table":
      return addTable(ctx, scope, factor);
    case "derived":
      return addDerivedTable(ctx, scope, factor);
    case "function":
      return addTableFunction(ctx, scope, factor);
    case "group":
      if (factor.alias !== null) ctx.reason("UNSUPPORTED", "An alias on a group of joins.", factor.start);
      return addFrom(ctx, scope, factor.from);
    case "stage":
      return addStage(ctx, scope, factor);
    case "dynamic":
      for (const value of factor.values) useExpression(ctx, scope, value, "predicate");
      ctx.reason("DYNAMIC", "A source that is known only when the statement runs.", factor.start);
      scope.relations.push(relation(factor.alias?.name ?? null, [], null, { open: "" }));
      return null;
    case "pivot":
      return addPivot(ctx, scope, factor);
    case "unpivot":
      return addUnpivot(ctx, scope, factor);
    case "match":
      return addMatch(ctx, scope, factor);
  }
}

function addDerivedTable(ctx: Resolution, scope: Scope, factor: DerivedFactor): number | null {
  const result = ctx.resolveQuery(factor.query, factor.lateral ? scope : scope.parent, scope.ctes);
  const columns = renameColumns(ctx, result.columns, factor.columns, factor.start);
  scope.relations.push(relation(factor.alias?.name ?? null, columns, result.rows));
  return factor.lateral ? null : result.rows;
}

function addStage(ctx: Resolution, scope: Scope, factor: StageFactor): null {
  const object = stageObject(ctx, factor.stage, factor.start);
  ctx.access("read", "stage", object, ["*"]);
  ctx.written.set(`stage ${object}`, factor.stage);
  ctx.span(object, factor.start, factor.start + factor.stage.length);
  scope.relations.push(relation(factor.alias?.name ?? null, [], null, { open: `@${object}` }));
  return null;
}

/** The source of an operator on a whole relation, taken together as one list of columns. */
function sourceOf(
  ctx: Resolution,
  scope: Scope,
  source: Factor,
): { inner: Scope; columns: Column[]; alias: string | null } {
  const inner = newScope(scope.parent, scope.ctes, []);
  addFactor(ctx, inner, source);
  const columns: Column[] = [];
  for (const rel of inner.relations) {
    if (rel.open !== null)
      ctx.reason("UNRESOLVED_COLUMN", "An operator over columns that are not known.", source.start);
    touchAll(rel);
    for (const column of rel.columns)
      if (column.name === null || rel.hidden?.has(column.name) !== true) columns.push(column);
  }
  return { inner, columns, alias: inner.relations.length === 1 ? (inner.relations[0]?.alias ?? null) : null };
}

function addPivot(ctx: Resolution, scope: Scope, factor: PivotFactor): null {
  const { inner, columns, alias } = sourceOf(ctx, scope, factor.source);
  const key: Flow = keyFlow(ctx, inner, factor.key);
  ctx.use(key, "predicate");
  const taken = new Set([factor.key.name]);
  const aggregates = factor.aggregates.map(({ value, alias: name }) => {
    const sink: Sink = new Map();
    gather(ctx, inner, value, sink);
    for (const column of columnNames(value)) taken.add(column);
    return { sink, name: name?.name ?? null };
  });
  for (const value of factor.used) useExpression(ctx, inner, value, "predicate");
  if (factor.values === null) ctx.reason("DYNAMIC", "A pivot whose columns come from data.", factor.start);
  const out: Column[] = columns.filter((column) => column.name === null || !taken.has(column.name));
  for (const value of factor.values ?? [])
    for (const { sink, name } of aggregates)
      out.push({ name: name === null ? value.name : `${value.name}_${name}`, flow: sink, resolved: true });
  pushOperator(ctx, scope, factor, out, alias);
  return null;
}

function keyFlow(ctx: Resolution, scope: Scope, key: Ident): Flow {
  const sink: Sink = new Map();
  gather(ctx, scope, { k: "column", parts: [key], start: key.start, end: key.end }, sink);
  return sink;
}

function columnNames(value: PivotFactor["aggregates"][number]["value"]): string[] {
  if (value.k !== "call") return [];
  return value.args.flatMap((arg) =>
    arg.value.k === "column" ? arg.value.parts.slice(-1).map((part) => part.name) : [],
  );
}

function addUnpivot(ctx: Resolution, scope: Scope, factor: UnpivotFactor): null {
  const { inner, columns, alias } = sourceOf(ctx, scope, factor.source);
  const value: Sink = new Map();
  for (const ident of factor.from)
    gather(ctx, inner, { k: "column", parts: [ident], start: ident.start, end: ident.end }, value);
  const taken = new Set(factor.from.map((ident) => ident.name));
  const out: Column[] = columns.filter((column) => column.name === null || !taken.has(column.name));
  out.push(
    { name: factor.name.name, flow: EMPTY, resolved: true },
    { name: factor.value.name, flow: value, resolved: true },
  );
  pushOperator(ctx, scope, factor, out, alias);
  return null;
}

function addMatch(ctx: Resolution, scope: Scope, factor: MatchFactor): null {
  const { inner, columns, alias } = sourceOf(ctx, scope, factor.source);
  // A pattern variable qualifies the source's columns: `A.price`.
  for (const symbol of factor.symbols) inner.relations.push(relation(symbol, columns, null, { byName: null }));
  const visible = newScope(scope.parent, scope.ctes, []);
  visible.relations.push(
    relation(alias, columns, null),
    ...inner.relations.slice(-factor.symbols.length || inner.relations.length),
  );
  for (const expr of factor.partition) useExpression(ctx, visible, expr, "group");
  for (const item of factor.order) useExpression(ctx, visible, item.value, "order");
  for (const expr of factor.defines) useExpression(ctx, visible, expr, "predicate");
  const out: Column[] = factor.allRows ? [...columns] : [];
  if (!factor.allRows) for (const expr of factor.partition) out.push(partitionColumn(ctx, visible, expr));
  for (const measure of factor.measures) {
    const sink: Sink = new Map();
    gather(ctx, visible, measure.value, sink);
    out.push({ name: measure.name.name, flow: sink, resolved: true });
  }
  pushOperator(ctx, scope, factor, out, alias);
  return null;
}

function partitionColumn(ctx: Resolution, scope: Scope, expr: MatchFactor["partition"][number]): Column {
  const sink: Sink = new Map();
  gather(ctx, scope, expr, sink);
  const name = expr.k === "column" ? (expr.parts[expr.parts.length - 1]?.name ?? null) : null;
  const only = sink.size === 1 && expr.k === "column" ? [...sink.keys()][0] : undefined;
  return { name, flow: only === undefined ? sink : new Map([[only, BARE]]), resolved: true };
}

function pushOperator(
  ctx: Resolution,
  scope: Scope,
  factor: PivotFactor | UnpivotFactor | MatchFactor,
  out: readonly Column[],
  alias: string | null,
): void {
  scope.relations.push(
    relation(factor.alias?.name ?? alias, renameColumns(ctx, out, factor.columns, factor.start), null),
  );
}
