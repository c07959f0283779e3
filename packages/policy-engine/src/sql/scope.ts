/**
 * Scopes: the relations that a name can mean, inside out, and how a name is found in them.
 * A name that fits several relations means all of them; the warehouse would refuse it, so nothing is lost.
 */

import type { Expr, SelectItem } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Flow } from "./flow.ts";
import { uniteFlows } from "./flow.ts";

/** The columns touched through one access, by their plain names. */
export interface Touched {
  readonly columns: Set<string>;
}

export interface Relation {
  /** What qualifies its columns; null for a derived table without alias. */
  readonly alias: string | null;
  /** Database, schema and name, when the table goes by its own name. */
  readonly full: readonly string[] | null;
  readonly columns: readonly Column[];
  byName: ReadonlyMap<string, Column> | null;
  readonly touched: Touched | null;
  /** Its columns are not known: any name may be one. Holds the object's name, `""` when it has none. */
  readonly open: string | null;
  readonly rows: number | null;
  /** A view of INFORMATION_SCHEMA: a star shows what the warehouse announces, and none of it is anybody's data. */
  readonly metadata: boolean;
  /** Made by FLATTEN of data as it stands: how many rows there are says nothing that the statement asked for. */
  readonly structural: boolean;
  /** Columns that a USING or NATURAL join shows once: not shown here. */
  hidden: Set<string> | null;
  /** Columns that a USING or NATURAL join shows here, with both sides' flow. */
  merged: Map<string, Flow> | null;
}

export interface Scope {
  readonly relations: Relation[];
  readonly parent: Scope | null;
  readonly ctes: CteScope | null;
  /** The select list, whose aliases may be used as names. */
  readonly items: readonly SelectItem[];
  aliases: Map<string, SelectItem[]> | null;
  /** Items being worked out or done, so that an alias is resolved once and never through itself. */
  readonly done: Map<SelectItem, Column>;
  readonly busy: Set<SelectItem>;
  /** Parameters of a lambda: they shadow columns. */
  readonly params: readonly string[] | null;
  /** In ORDER BY, GROUP BY, HAVING and QUALIFY a name may mean the column or the alias: both are taken. */
  both: boolean;
  /** CONNECT BY adds LEVEL and its like. */
  readonly hierarchical: boolean;
}

export interface CteScope {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly rows: number | null;
  readonly parent: CteScope | null;
}

export interface Result {
  readonly columns: readonly Column[];
  readonly rows: number | null;
}

export function newScope(
  parent: Scope | null,
  ctes: CteScope | null,
  items: readonly SelectItem[],
  hierarchical = false,
): Scope {
  return {
    relations: [],
    parent,
    ctes,
    items,
    aliases: null,
    done: new Map(),
    busy: new Set(),
    params: null,
    both: false,
    hierarchical,
  };
}

export function lambdaScope(parent: Scope, params: readonly string[]): Scope {
  return { ...newScope(parent, parent.ctes, []), params };
}

export function relation(
  alias: string | null,
  columns: readonly Column[],
  rows: number | null,
  more: Partial<Relation> = {},
): Relation {
  return {
    alias,
    full: null,
    columns,
    byName: null,
    touched: null,
    open: null,
    rows,
    metadata: false,
    structural: false,
    hidden: null,
    merged: null,
    ...more,
  };
}

export function findCte(ctes: CteScope | null, name: string): CteScope | null {
  for (let each = ctes; each !== null; each = each.parent) if (each.name === name) return each;
  return null;
}

/** Finds a column by name; columns of one name are taken together. */
export function columnOf(rel: Relation, name: string): Column | null {
  rel.byName ??= byName(rel.columns);
  return rel.byName.get(name) ?? null;
}

function byName(columns: readonly Column[]): Map<string, Column> {
  const map = new Map<string, Column>();
  for (const column of columns) {
    if (column.name === null) continue;
    const known = map.get(column.name);
    if (known === undefined) map.set(column.name, column);
    else
      map.set(column.name, {
        name: column.name,
        flow: uniteFlows([known.flow, column.flow]),
        resolved: known.resolved && column.resolved,
      });
  }
  return map;
}

export function qualifies(rel: Relation, qualifier: readonly string[]): boolean {
  const last = qualifier[qualifier.length - 1];
  if (qualifier.length === 1) return rel.alias !== null && rel.alias === last;
  if (rel.full === null || qualifier.length > rel.full.length) return false;
  for (let i = 1; i <= qualifier.length; i++)
    if (qualifier[qualifier.length - i] !== rel.full[rel.full.length - i]) return false;
  return true;
}

export function aliasItems(scope: Scope, name: string): readonly SelectItem[] {
  if (scope.items.length === 0) return NONE;
  if (scope.aliases === null) {
    scope.aliases = new Map();
    for (const item of scope.items) {
      if (item.alias === null) continue;
      const list = scope.aliases.get(item.alias.name);
      if (list === undefined) scope.aliases.set(item.alias.name, [item]);
      else list.push(item);
    }
  }
  return scope.aliases.get(name) ?? NONE;
}

const NONE: readonly SelectItem[] = [];

/** Sub-expressions of a node, queries excluded. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.k) {
    case "literal":
    case "column":
    case "positional":
    case "variable":
    case "bind":
    case "query":
      return [];
    case "star":
      return expr.replace.map((each) => each.value);
    case "path":
      return [expr.base, ...expr.steps.flatMap((step) => ("value" in step ? [step.value] : []))];
    case "cast":
      return [expr.value];
    case "op":
      return expr.args;
    case "case":
      return [
        ...(expr.operand === null ? [] : [expr.operand]),
        ...expr.whens.flatMap((each) => [each.when, each.then]),
        ...(expr.otherwise === null ? [] : [expr.otherwise]),
      ];
    case "call":
      return [
        ...expr.args.map((arg) => arg.value),
        ...expr.within.map((item) => item.value),
        ...(expr.filter === null ? [] : [expr.filter]),
      ];
    case "lambda":
      return [expr.body];
  }
}
