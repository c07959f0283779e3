/**
 * Common table expressions. A recursive one is resolved until its columns' flow stops growing, which it must,
 * because there are only so many columns; the number of rounds is bounded all the same.
 */

import type { Cte, Query, QueryBody } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Flow, Sink } from "./flow.ts";
import { mergeEdge } from "./flow.ts";
import { renderName } from "./names.ts";
import type { Resolution } from "./resolution.ts";
import type { CteScope, Result, Scope } from "./scope.ts";

const ROUNDS_MAX = 24;

type BodyResolver = (body: QueryBody, ctes: CteScope | null) => Result;

export function resolveCtes(
  ctx: Resolution,
  query: Query,
  outer: Scope | null,
  around: CteScope | null,
  resolveBody: BodyResolver,
): CteScope | null {
  let scope = around;
  for (const cte of query.ctes) scope = resolveCte(ctx, cte, query.recursive, outer, scope, resolveBody);
  return scope;
}

function resolveCte(
  ctx: Resolution,
  cte: Cte,
  recursive: boolean,
  outer: Scope | null,
  scope: CteScope | null,
  resolveBody: BodyResolver,
): CteScope {
  const { name } = cte.name;
  const { body } = cte.query;
  const rest = body.k === "set" && (body.op === "union all" || body.op === "union") ? body.branches.slice(1) : [];
  const first = body.k === "set" ? body.branches[0] : undefined;
  const selfReferring = rest.some((branch) => ctx.mentions(name, branch.start, branch.end));
  const anchorMentions = first !== undefined && ctx.mentions(name, first.start, first.end);
  if (!selfReferring || first === undefined || (anchorMentions && !recursive)) {
    const result = ctx.resolveQuery(cte.query, outer, scope);
    return { name, columns: rename(ctx, cte, result.columns), rows: result.rows, parent: scope };
  }
  if (!recursive && ctx.index.tables.has(renderName(ctx.fill([cte.name]))))
    ctx.reason("UNSUPPORTED", "A WITH name that can mean itself or a table.", cte.name.start);
  let columns = rename(ctx, cte, resolveBody(first, scope).columns);
  for (let round = 0; ; round++) {
    const result = ctx.resolveQuery(cte.query, outer, { name, columns, rows: null, parent: scope });
    const next = grow(columns, rename(ctx, cte, result.columns));
    if (next === null) break;
    columns = next;
    if (round >= ROUNDS_MAX) {
      ctx.reason("LIMIT", "A recursive query whose columns don't settle.", cte.name.start);
      break;
    }
  }
  return { name, columns, rows: null, parent: scope };
}

function rename(ctx: Resolution, cte: Cte, columns: readonly Column[]): readonly Column[] {
  if (cte.columns === null) return columns;
  if (cte.columns.length !== columns.length)
    ctx.reason("UNRESOLVED_COLUMN", "A WITH column list of another length.", cte.name.start);
  const names = cte.columns;
  return columns.map((column, i) => ({ ...column, name: names[i]?.name ?? column.name }));
}

/** Both flows together; null when nothing was added. */
function grow(known: readonly Column[], seen: readonly Column[]): readonly Column[] | null {
  let changed = false;
  const out = known.map((column, i) => {
    const flow = seen[i]?.flow;
    if (flow === undefined || covers(column.flow, flow)) return column;
    changed = true;
    const sink: Sink = new Map(column.flow);
    for (const [ref, via] of flow) mergeEdge(sink, ref, via);
    return { ...column, flow: sink, resolved: column.resolved && (seen[i]?.resolved ?? true) };
  });
  return changed ? out : null;
}

function covers(known: Flow, seen: Flow): boolean {
  for (const [ref, via] of seen) {
    const have = known.get(ref);
    if (have === undefined || have < via) return false;
  }
  return true;
}
