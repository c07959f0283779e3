/**
 * Column lists of aliases: `t (a, b)`.
 */

import type { Ident } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Resolution } from "./resolution.ts";

/** Applies an alias's column list. */
export function renameColumns(
  ctx: Resolution,
  columns: readonly Column[],
  names: readonly Ident[] | null,
  at: number,
): readonly Column[] {
  if (names === null) return columns;
  if (names.length > columns.length) ctx.reason("UNRESOLVED_COLUMN", "An alias names more columns than there are.", at);
  return columns.map((column, i) => ({ ...column, name: names[i]?.name ?? column.name }));
}
