/**
 * A table by its name: a WITH name, a table or view of the catalog, or one of Snowflake's own schemas.
 * A name that the catalog doesn't hold is never guessed.
 */

import type { Ident, TableFactor } from "./ast.ts";
import type { Column, TableEntry } from "./catalog-index.ts";
import { actionOfOwnView } from "./information-schema.ts";
import { renderName } from "./names.ts";
import { renameColumns } from "./rename-columns.ts";
import type { Resolution } from "./resolution.ts";
import { useExpression } from "./resolve-expression.ts";
import { expandView } from "./resolve-view.ts";
import type { Scope } from "./scope.ts";
import { findCte, relation } from "./scope.ts";

export function addTable(ctx: Resolution, scope: Scope, factor: TableFactor): number | null {
  for (const expr of factor.at) useExpression(ctx, scope, expr, "predicate");
  const [first] = factor.name;
  const cte = factor.name.length === 1 && first !== undefined ? findCte(scope.ctes, first.name) : null;
  const alias = factor.alias?.name ?? factor.name[factor.name.length - 1]?.name ?? null;
  if (cte !== null) {
    if (factor.fromText)
      ctx.reason("UNSUPPORTED", "A name in a text that can mean a WITH query or a table.", factor.start);
    scope.relations.push(relation(alias, renameColumns(ctx, cte.columns, factor.columns, factor.start), cte.rows));
    return cte.rows;
  }
  const full = ctx.fill(factor.name);
  const object = renderName(full);
  spanOf(ctx, object, factor.name);
  const entry = ctx.index.tables.get(object);
  if (entry === undefined || isStale(ctx, object, full)) {
    addUnknown(ctx, scope, factor, object, full, alias);
    return null;
  }
  const touched = ctx.access("read", entry.kind, object);
  ctx.underlying.add(object);
  const columns = entry.kind === "view" ? expandView(ctx, entry, factor.start) : entry.columns;
  if (columns === null) {
    scope.relations.push(
      relation(alias, [], null, { open: object, touched, full: factor.alias === null ? full : null }),
    );
    return null;
  }
  pushKnown(ctx, scope, factor, entry, columns, { alias, full, touched });
  return factor.at.length > 0 ? null : entry.rows;
}

function pushKnown(
  ctx: Resolution,
  scope: Scope,
  factor: TableFactor,
  entry: TableEntry,
  columns: readonly Column[],
  names: { alias: string | null; full: readonly string[]; touched: { readonly columns: Set<string> } },
): void {
  const { alias, touched } = names;
  const full = factor.alias === null ? names.full : null;
  if (factor.columns === null) {
    const byName = entry.kind === "table" ? entry.byName : null;
    scope.relations.push(relation(alias, columns, entry.rows, { byName, touched, full }));
    return;
  }
  // Renamed columns lose the names that an access would list, so all of them count as touched.
  for (const column of columns) if (column.name !== null) touched.columns.add(column.name);
  scope.relations.push(
    relation(alias, renameColumns(ctx, columns, factor.columns, factor.start), entry.rows, { full }),
  );
}

function spanOf(ctx: Resolution, object: string, name: readonly Ident[]): void {
  const first = name[0];
  const last = name[name.length - 1];
  if (first !== undefined && last !== undefined) ctx.span(object, first.start, last.end);
}

/** True when an earlier statement of the same text changed the object, its schema or its database. */
export function isStale(ctx: Resolution, object: string, full: readonly string[]): boolean {
  const { stale } = ctx.input;
  if (stale.size === 0) return false;
  return stale.has(object) || stale.has(renderName(full.slice(0, 2))) || stale.has(renderName(full.slice(0, 1)));
}

/** Snowflake's own views: metadata of a database, or the account's history. Their columns hold no tagged data. */
function addUnknown(
  ctx: Resolution,
  scope: Scope,
  factor: TableFactor,
  object: string,
  full: readonly string[],
  alias: string | null,
): void {
  if (factor.name.length === 1 && factor.name[0]?.name === "DUAL" && !ctx.input.stale.has(object)) {
    // One row without columns that could be named.
    scope.relations.push(relation(alias, [], 1));
    return;
  }
  const own = actionOfOwnView(full);
  if (own === null) ctx.reason("UNRESOLVED_OBJECT", `${object.slice(0, 200)} is not in the catalog.`, factor.start);
  const touched = ctx.access(own ?? "read", own === null ? "table" : "view", object);
  ctx.underlying.add(object);
  const metadata = own === "metadata" && factor.columns === null;
  scope.relations.push(
    relation(alias, [], null, { open: object, touched, metadata, full: factor.alias === null ? full : null }),
  );
}
