/**
 * A statement that was read: its class, and how it resolves. Reading and resolving one kind of statement stand in
 * one file each; this is what they share.
 */

import type { Action, ObjectKind, StatementClass } from "../facts.ts";
import type { Expr, Ident, Query } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import { renderName } from "./names.ts";
import type { Resolution } from "./resolution.ts";
import { countOf } from "./resolve-query.ts";
import { isStale } from "./resolve-table.ts";
import { expandView } from "./resolve-view.ts";
import type { Scope } from "./scope.ts";
import { relation } from "./scope.ts";

export interface Outcome {
  readonly columns: readonly Column[];
  readonly hasWhere: boolean | null;
  readonly whereIsAlwaysTrue: boolean | null;
  readonly limit: number | null;
  readonly rowsMax: number | null;
  readonly sets: readonly { readonly what: string; readonly name: string }[];
  /** The statement may move the current database or schema to where only the warehouse knows. */
  readonly movesSession: boolean;
  readonly session: { readonly database?: string | null; readonly schema?: string | null };
}

const NOTHING: Outcome = {
  columns: [],
  hasWhere: null,
  whereIsAlwaysTrue: null,
  limit: null,
  rowsMax: null,
  sets: [],
  movesSession: false,
  session: {},
};

export function outcome(parts: Partial<Outcome> = {}): Outcome {
  return { ...NOTHING, ...parts };
}

export interface Statement {
  readonly class: StatementClass;
  /** Finer than the class: CTAS, CREATE VIEW, COPY UNLOAD. */
  readonly label: string;
  readonly resolve: (ctx: Resolution) => Outcome;
}

/** The outermost row count of a query, when it is written as a number. */
export function limitOf(query: Query): number | null {
  const top = query.body.k === "select" ? countOf(query.body.top) : null;
  return (
    countOf(query.limit) ?? top ?? (query.body.k === "subselect" && query.limit === null ? limitOf(query.body) : null)
  );
}

/** Refers to a table that the statement changes: an access with that action, and a relation for its expressions. */
export function addTarget(
  ctx: Resolution,
  scope: Scope,
  action: Action,
  name: readonly Ident[],
  alias: Ident | null,
): readonly string[] {
  const full = ctx.fill(name);
  const object = ctx.objectName(name);
  const entry = ctx.index.tables.get(object);
  const touched = ctx.access(action, entry?.kind ?? "table", object);
  ctx.underlying.add(object);
  const label = alias?.name ?? name[name.length - 1]?.name ?? null;
  const own = alias === null ? full : null;
  const columns =
    entry === undefined || isStale(ctx, object, full)
      ? null
      : entry.kind === "view"
        ? expandView(ctx, entry, name[0]?.start ?? 0)
        : entry.columns;
  if (columns === null) {
    ctx.reason("UNRESOLVED_OBJECT", `${object.slice(0, 200)} is not in the catalog.`, name[0]?.start ?? null);
    scope.relations.push(relation(label, [], null, { open: object, touched, full: own }));
    return [];
  }
  scope.relations.push(relation(label, columns, null, { touched, full: own }));
  return columns.flatMap((column) => (column.name === null ? [] : [column.name]));
}

/** An access to an object that is only named. `parts` says how many parts a full name has. */
export function addNamed(
  ctx: Resolution,
  action: Action,
  kind: ObjectKind,
  name: readonly Ident[],
  parts: 0 | 1 | 2 | 3,
  columns: readonly string[] = [],
): string {
  const object = nameFor(ctx, name, parts);
  ctx.access(action, kind, object, columns);
  return object;
}

/** Canonical name of an object of the account (1), a database (2), or a schema (3); 0 for none. */
export function nameFor(ctx: Resolution, name: readonly Ident[], parts: 0 | 1 | 2 | 3): string {
  if (parts === 3) return ctx.objectName(name);
  const own = name.map((part) => part.name);
  if (parts === 2 && own.length === 1) {
    const database = ctx.input.session.database ?? ctx.index.defaultDatabase;
    if (database !== null) own.unshift(database);
    if (ctx.input.sessionUnknown)
      ctx.reason(
        "UNRESOLVED_OBJECT",
        "An earlier statement may have changed the current database.",
        name[0]?.start ?? null,
      );
  }
  const object = renderName(own);
  const first = name[0];
  const last = name[name.length - 1];
  if (first !== undefined && last !== undefined) ctx.span(object, first.start, last.end);
  return object;
}

/** A plain value: no name in it, so nothing is read. */
export function isConstantValue(expr: Expr): boolean {
  return (
    expr.k === "literal" ||
    expr.k === "bind" ||
    (expr.k === "op" && expr.op === "neg" && expr.args.every(isConstantValue))
  );
}
