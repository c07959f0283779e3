/**
 * From a name in an expression to the columns it means. A column beats an alias of the select list; where
 * Snowflake's choice is unclear both are taken. What is found nowhere makes the statement incomplete, and the
 * value is then taken to come from everything in scope.
 */

import type { ColumnName, Expr, Ident, PositionalColumn, SelectItem } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Flow, Sink } from "./flow.ts";
import { BARE, EMPTY, uniteFlows } from "./flow.ts";
import { CONTEXT_WORDS } from "./keywords.ts";
import type { Resolution } from "./resolution.ts";
import { openRef } from "./resolution.ts";
import type { Relation, Scope } from "./scope.ts";
import { aliasItems, columnOf, qualifies } from "./scope.ts";

export type ItemResolver = (ctx: Resolution, scope: Scope, item: SelectItem) => Column;

const HIERARCHY = new Set(["LEVEL", "CONNECT_BY_ISLEAF", "CONNECT_BY_ISCYCLE"]);

export function touch(rel: Relation, column: string): void {
  rel.touched?.columns.add(column);
}

/** A column of one relation by name, touched; for an open relation any name is one. */
export function relationFlow(rel: Relation, name: string): Flow | null {
  const column = columnOf(rel, name);
  if (column !== null) {
    touch(rel, name);
    return rel.merged?.get(name) ?? column.flow;
  }
  return null;
}

/** What a name means in a relation whose columns are not known. Files have positions and METADATA$ columns only. */
function openFlow(rel: Relation, name: string): Flow | null {
  if (rel.open === null) return null;
  if (rel.open.startsWith("@")) return name.startsWith("METADATA$") ? EMPTY : null;
  touch(rel, name);
  return new Map([[openRef(rel.open, name), BARE]]);
}

interface Found {
  readonly flow: Flow;
  /** Only a relation whose columns are not known could have it: the name may as well mean something further out. */
  readonly guessed: boolean;
}

function inRelations(scope: Scope, name: string): Found | null {
  let sure: Flow | null = null;
  let guess: Flow | null = null;
  for (const rel of scope.relations) {
    const flow = relationFlow(rel, name);
    if (flow !== null) sure = sure === null ? flow : uniteFlows([sure, flow]);
    else guess = openFlow(rel, name) ?? guess;
  }
  if (sure === null) return guess === null ? null : { flow: guess, guessed: true };
  return { flow: guess === null ? sure : uniteFlows([sure, guess]), guessed: false };
}

function inAliases(ctx: Resolution, scope: Scope, name: string, resolveItem: ItemResolver): Flow | null {
  const flows: Flow[] = [];
  for (const item of aliasItems(scope, name)) if (!scope.busy.has(item)) flows.push(resolveItem(ctx, scope, item).flow);
  return flows.length === 0 ? null : uniteFlows(flows);
}

function unqualified(ctx: Resolution, scope: Scope, ident: Ident, resolveItem: ItemResolver): Flow {
  const { name } = ident;
  for (let each: Scope | null = scope; each !== null; each = each.parent) {
    if (each.params?.includes(name) === true) return EMPTY;
    const column = inRelations(each, name);
    const unsure = column === null || column.guessed;
    const alias = unsure || each.both ? inAliases(ctx, each, name, resolveItem) : null;
    if (column !== null || alias !== null) {
      const outer = unsure && each.parent !== null ? quiet(ctx, each.parent, name, resolveItem) : null;
      return uniteFlows([column?.flow ?? null, alias, outer].filter((flow) => flow !== null));
    }
    if (each.hierarchical && HIERARCHY.has(name)) return EMPTY;
  }
  if (!ident.quoted && CONTEXT_WORDS.has(name)) return EMPTY;
  return unknownName(ctx, scope, ident);
}

/** The same search without complaint. */
function quiet(ctx: Resolution, scope: Scope, name: string, resolveItem: ItemResolver): Flow | null {
  const flows: Flow[] = [];
  for (let each: Scope | null = scope; each !== null; each = each.parent) {
    if (each.params?.includes(name) === true) break;
    const column = inRelations(each, name);
    const flow = column?.flow ?? inAliases(ctx, each, name, resolveItem);
    if (flow !== null) flows.push(flow);
    if (flow !== null && column?.guessed !== true) break;
  }
  return flows.length === 0 ? null : uniteFlows(flows);
}

/** A bare word that may be a date unit: the column of that name, if there is one. */
export function columnIfAny(ctx: Resolution, scope: Scope, name: string, resolveItem: ItemResolver): Flow {
  return quiet(ctx, scope, name, resolveItem) ?? EMPTY;
}

export function findRelations(scope: Scope, qualifier: readonly string[]): readonly Relation[] {
  for (let each: Scope | null = scope; each !== null; each = each.parent) {
    const found = each.relations.filter((rel) => qualifies(rel, qualifier));
    if (found.length > 0) return found;
  }
  return [];
}

function qualified(ctx: Resolution, scope: Scope, parts: readonly Ident[], column: Ident): Flow {
  const qualifier = parts.map((part) => part.name);
  const flows: Flow[] = [];
  for (const rel of findRelations(scope, qualifier)) {
    const flow = relationFlow(rel, column.name) ?? openFlow(rel, column.name);
    if (flow !== null) flows.push(flow);
  }
  if (flows.length > 0) return uniteFlows(flows);
  if (findRelations(scope, qualifier).length === 0 && (column.name === "NEXTVAL" || column.name === "CURRVAL")) {
    ctx.access("read", "other", ctx.objectName(parts));
    return EMPTY;
  }
  return unknownName(ctx, scope, column);
}

function unknownName(ctx: Resolution, scope: Scope, ident: Ident): Flow {
  ctx.unresolved++;
  // A quoted name may be a literal in the wrong quotes, and literals stay out of facts.
  ctx.reason(
    "UNRESOLVED_COLUMN",
    ident.quoted ? "No column of this name in scope." : `No column ${ident.name.slice(0, 80)} in scope.`,
    ident.start,
  );
  return everything(ctx, scope);
}

/** All that the value can come from, when it can't be told. */
export function everything(ctx: Resolution, scope: Scope): Flow {
  const sink: Sink = new Map();
  for (let each: Scope | null = scope; each !== null; each = each.parent)
    for (const rel of each.relations) {
      ctx.step();
      for (const column of rel.columns) ctx.addDerived(sink, column.flow);
      if (rel.columns.length > 0) touchAll(rel);
    }
  return sink;
}

export function touchAll(rel: Relation): void {
  if (rel.touched === null) return;
  if (rel.open !== null) rel.touched.columns.add("*");
  for (const column of rel.columns) if (column.name !== null) rel.touched.columns.add(column.name);
}

export function resolveColumn(ctx: Resolution, scope: Scope, expr: ColumnName, resolveItem: ItemResolver): Flow {
  ctx.step();
  const last = expr.parts[expr.parts.length - 1];
  if (last === undefined) return EMPTY;
  if (expr.parts.length === 1) return unqualified(ctx, scope, last, resolveItem);
  return qualified(ctx, scope, expr.parts.slice(0, -1), last);
}

/** `$n`: the n-th column of the one source, or of every source that it could mean. */
export function resolvePositional(ctx: Resolution, scope: Scope, expr: PositionalColumn): Flow {
  ctx.step();
  const qualifier = expr.parts.map((part) => part.name);
  const rels = qualifier.length === 0 ? innermost(scope) : findRelations(scope, qualifier);
  const flows: Flow[] = [];
  for (const rel of rels) {
    const column = rel.columns[expr.index - 1];
    if (column !== undefined) {
      if (column.name !== null) touch(rel, column.name);
      flows.push(column.flow);
    } else if (rel.open !== null) {
      touch(rel, "*");
      flows.push(EMPTY);
      if (!rel.open.startsWith("@"))
        ctx.reason("UNRESOLVED_COLUMN", "A position in a source whose columns are not known.", expr.start);
    }
  }
  if (flows.length > 0) return uniteFlows(flows);
  ctx.unresolved++;
  ctx.reason("UNRESOLVED_COLUMN", "No column at this position.", expr.start);
  return everything(ctx, scope);
}

function innermost(scope: Scope): readonly Relation[] {
  for (let each: Scope | null = scope; each !== null; each = each.parent)
    if (each.relations.length > 0) return each.relations;
  return [];
}

/** The plain column's name, for an output that has no alias. */
export function nameOf(expr: Expr): string | null {
  return expr.k === "column" ? (expr.parts[expr.parts.length - 1]?.name ?? null) : null;
}
