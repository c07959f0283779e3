/**
 * What an expression is made of. `flowOf` keeps a value bare where it only passes through; everywhere else
 * the parts are gathered as derived. Conditions are recorded as predicates and stay part of the value too.
 */

import type { Case, Cast, Expr, Path, PathStep, SelectItem } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import { pathColon } from "./catalog-index.ts";
import type { Flow, Sink } from "./flow.ts";
import { BARE, EMPTY, isBare, NULL_VALUE } from "./flow.ts";
import type { Resolution } from "./resolution.ts";
import { everything, findRelations, nameOf, resolveColumn, resolvePositional, touchAll } from "./resolve-name.ts";
import type { Scope } from "./scope.ts";
import { lambdaScope } from "./scope.ts";

/** Flow of a value; bare only where the value is the column itself. */
export function flowOf(ctx: Resolution, scope: Scope, expr: Expr): Flow {
  switch (expr.k) {
    case "literal":
      return expr.type === "null" ? NULL_VALUE : EMPTY;
    case "bind":
      return EMPTY;
    case "column":
      return resolveColumn(ctx, scope, expr, resolveItem);
    case "positional":
      return resolvePositional(ctx, scope, expr);
    case "cast":
      return castFlow(ctx, scope, expr);
    case "path":
      return pathFlow(ctx, scope, expr);
    case "query":
      return queryFlow(ctx, scope, expr);
    default: {
      const sink: Sink = new Map();
      gatherComposite(ctx, scope, expr, sink);
      return sink;
    }
  }
}

/** Adds everything that a value is made of, as derived. */
export function gather(ctx: Resolution, scope: Scope, expr: Expr, sink: Sink): void {
  switch (expr.k) {
    case "literal":
    case "bind":
      return;
    case "column":
    case "positional":
    case "cast":
    case "path":
    case "query":
      ctx.addDerived(sink, flowOf(ctx, scope, expr));
      return;
    case "call": {
      const inner: Sink = new Map();
      ctx.input.caller(ctx, scope, expr, inner);
      ctx.addDerived(sink, inner);
      return;
    }
    default:
      gatherComposite(ctx, scope, expr, sink);
  }
}

function gatherComposite(ctx: Resolution, scope: Scope, expr: Expr, sink: Sink): void {
  ctx.step();
  switch (expr.k) {
    case "op":
      if (expr.op === "stage") ctx.reason("UNSUPPORTED", "A stage as a value.", expr.start);
      for (const arg of expr.args) gather(ctx, scope, arg, sink);
      return;
    case "case":
      gatherCase(ctx, scope, expr, sink);
      return;
    case "call":
      ctx.input.caller(ctx, scope, expr, sink);
      return;
    case "star":
      gatherStar(ctx, scope, expr, sink);
      return;
    case "lambda": {
      const body: Sink = new Map();
      gather(ctx, lambdaScope(scope, expr.params), expr.body, body);
      ctx.use(body, "predicate");
      ctx.addDerived(sink, body);
      return;
    }
    case "variable":
      gatherVariable(ctx, expr.name, expr.start, sink);
      return;
    default:
      gather(ctx, scope, expr, sink);
  }
}

/** A session variable carries the labels of the query that set it; without them it is unknown. */
function gatherVariable(ctx: Resolution, name: string, at: number, sink: Sink): void {
  const labels = ctx.input.session.variables?.[name];
  if (labels === undefined) ctx.reason("DYNAMIC", "A session variable whose content is not known.", at);
  else for (const column of labels) sink.set(column, 2);
}

function gatherCase(ctx: Resolution, scope: Scope, expr: Case, sink: Sink): void {
  if (expr.operand !== null) condition(ctx, scope, expr.operand, sink);
  for (const each of expr.whens) {
    condition(ctx, scope, each.when, sink);
    gather(ctx, scope, each.then, sink);
  }
  if (expr.otherwise !== null) gather(ctx, scope, expr.otherwise, sink);
}

/** A condition inside a value: steers it, and shows through it. */
export function condition(ctx: Resolution, scope: Scope, expr: Expr, sink: Sink): void {
  const steering: Sink = new Map();
  gather(ctx, scope, expr, steering);
  ctx.use(steering, "predicate");
  ctx.addDerived(sink, steering);
}

/** A star among arguments is every column that it can mean; modifiers only take away, so they are ignored. */
function gatherStar(ctx: Resolution, scope: Scope, expr: Extract<Expr, { k: "star" }>, sink: Sink): void {
  for (const each of expr.replace) gather(ctx, scope, each.value, sink);
  if (expr.parts.length === 0) {
    for (const rel of scope.relations)
      if (rel.open !== null) ctx.reason("UNRESOLVED_COLUMN", "A star over columns that are not known.", expr.start);
    let each: Scope = scope;
    while (each.relations.length === 0 && each.parent !== null) each = each.parent;
    ctx.addDerived(sink, everything(ctx, each));
    return;
  }
  const rels = findRelations(
    scope,
    expr.parts.map((part) => part.name),
  );
  if (rels.length === 0 || rels.some((rel) => rel.open !== null))
    ctx.reason("UNRESOLVED_COLUMN", "A star over columns that are not known.", expr.start);
  for (const rel of rels) {
    touchAll(rel);
    for (const column of rel.columns) ctx.addDerived(sink, column.flow);
  }
}

function castFlow(ctx: Resolution, scope: Scope, expr: Cast): Flow {
  const flow = flowOf(ctx, scope, expr.value);
  if (flow === NULL_VALUE || (expr.toText && isBare(flow))) return flow;
  const sink: Sink = new Map();
  ctx.addDerived(sink, flow);
  return sink;
}

const PLAIN_STEP = /^[A-Za-z_][A-Za-z0-9_]*$/;

function renderStep(step: PathStep, first: boolean): string | null {
  if ("index" in step) return `[${step.index}]`;
  if (!("name" in step)) return null;
  const name = PLAIN_STEP.test(step.name) ? step.name : `"${step.name.replaceAll('"', '""')}"`;
  return first ? name : `.${name}`;
}

/** A constant path of a bare column reads what it names; any other path may read all of the value. */
function pathFlow(ctx: Resolution, scope: Scope, expr: Path): Flow {
  const base = flowOf(ctx, scope, expr.base);
  const rendered = expr.steps.map((step, i) => renderStep(step, i === 0));
  const column = base.size === 1 && isBare(base) ? [...base.keys()][0] : undefined;
  if (column !== undefined && expr.base.k === "column" && !rendered.includes(null)) {
    const joiner = pathColon(column) < 0 ? ":" : rendered[0]?.startsWith("[") === true ? "" : ".";
    return new Map([[column + joiner + rendered.join(""), BARE]]);
  }
  const sink: Sink = new Map();
  ctx.addDerived(sink, base);
  for (const step of expr.steps) if ("value" in step) gather(ctx, scope, step.value, sink);
  return sink;
}

function queryFlow(ctx: Resolution, scope: Scope, expr: Extract<Expr, { k: "query" }>): Flow {
  const result = ctx.resolveQuery(expr.query, scope, scope.ctes);
  if (expr.mode === "exists") return EMPTY;
  const only = result.columns[0];
  if (result.columns.length === 1 && only !== undefined) return only.flow;
  const sink: Sink = new Map();
  for (const column of result.columns) ctx.addDerived(sink, column.flow);
  return sink;
}

/** Records every column of an expression as steering something other than an output. */
export function useExpression(
  ctx: Resolution,
  scope: Scope,
  expr: Expr,
  use: "predicate" | "join" | "group" | "order",
): void {
  const sink: Sink = new Map();
  gather(ctx, scope, expr, sink);
  ctx.use(sink, use);
}

/** A select item as a column; worked out once per scope, and an alias never through itself. */
export function resolveItem(ctx: Resolution, scope: Scope, item: SelectItem): Column {
  const known = scope.done.get(item);
  if (known !== undefined) return known;
  scope.busy.add(item);
  const before = ctx.unresolved;
  const both = scope.both;
  scope.both = false;
  const flow = flowOf(ctx, scope, item.value);
  scope.both = both;
  scope.busy.delete(item);
  const column: Column = { name: item.alias?.name ?? nameOf(item.value), flow, resolved: ctx.unresolved === before };
  scope.done.set(item, column);
  return column;
}
