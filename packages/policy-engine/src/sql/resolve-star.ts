/**
 * Stars in a select list: the columns that they show, in order, after EXCLUDE, ILIKE, REPLACE and RENAME.
 */

import type { Star } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Resolution } from "./resolution.ts";
import { flowOf } from "./resolve-expression.ts";
import { everything, findRelations, touch } from "./resolve-name.ts";
import type { Relation, Scope } from "./scope.ts";

const PATTERN_MAX = 256;

export function expandStar(ctx: Resolution, scope: Scope, star: Star): Column[] {
  const qualified = star.parts.length > 0;
  const rels = qualified
    ? findRelations(
        scope,
        star.parts.map((part) => part.name),
      )
    : scope.relations;
  if (rels.length === 0 || rels.some((rel) => rel.open !== null)) return [unknownStar(ctx, scope, rels, star)];
  if (rels.every((rel) => rel.columns.length === 0)) return [unknownStar(ctx, scope, rels, star)];
  const shown = rels.flatMap((rel) => columnsOf(rel, qualified, star));
  checkModifiers(ctx, shown, star);
  return shown.map((column) => modified(ctx, scope, column, star));
}

/** A star over views of INFORMATION_SCHEMA alone: what it shows is the warehouse's to say, and holds nobody's data. */
export function isAnnounced(scope: Scope, star: Star): boolean {
  if (star.replace.length > 0) return false;
  const rels =
    star.parts.length === 0
      ? scope.relations
      : findRelations(
          scope,
          star.parts.map((part) => part.name),
        );
  for (const rel of rels) if (rel.metadata) touch(rel, "*");
  return rels.length > 0 && rels.every((rel) => rel.metadata);
}

function unknownStar(ctx: Resolution, scope: Scope, rels: readonly Relation[], star: Star): Column {
  for (const rel of rels) if (rel.open !== null) touch(rel, "*");
  ctx.reason("UNRESOLVED_COLUMN", "A star over columns that are not known.", star.start);
  return { name: null, flow: everything(ctx, scope), resolved: false };
}

function columnsOf(rel: Relation, qualified: boolean, star: Star): Column[] {
  const excluded = new Set(star.exclude.map((ident) => ident.name));
  const out: Column[] = [];
  for (const column of rel.columns) {
    const { name } = column;
    if (name !== null) {
      if (!qualified && rel.hidden?.has(name) === true) continue;
      if (excluded.has(name)) continue;
      if (star.ilike !== null && !matchesLike(name, star.ilike)) continue;
      touch(rel, name);
    }
    const merged = qualified || name === null ? undefined : rel.merged?.get(name);
    out.push(merged === undefined ? column : { ...column, flow: merged });
  }
  return out;
}

/** A modifier for a column that isn't there is refused by the warehouse, unless it sees other columns than we do. */
function checkModifiers(ctx: Resolution, shown: readonly Column[], star: Star): void {
  const names = new Set(shown.map((column) => column.name));
  const wanted = [...star.replace.map((each) => each.name), ...star.rename.map((each) => each.from)];
  for (const ident of wanted)
    if (!names.has(ident.name))
      ctx.reason("UNRESOLVED_COLUMN", "A star modifier for a column that is not there.", ident.start);
  if (star.ilike !== null && star.ilike.length > PATTERN_MAX)
    ctx.reason("LIMIT", "A star pattern that is too long.", star.start);
}

function modified(ctx: Resolution, scope: Scope, column: Column, star: Star): Column {
  const before = ctx.unresolved;
  const replacement = star.replace.find((each) => each.name.name === column.name);
  const flow = replacement === undefined ? column.flow : flowOf(ctx, scope, replacement.value);
  const renamed = star.rename.find((each) => each.from.name === column.name);
  return { name: renamed?.to.name ?? column.name, flow, resolved: column.resolved && ctx.unresolved === before };
}

/** LIKE without case over a name: `%` and `_`, nothing else. */
export function matchesLike(name: string, pattern: string): boolean {
  const text = name.toUpperCase();
  const like = pattern.slice(0, PATTERN_MAX).toUpperCase();
  let t = 0;
  let p = 0;
  let anchor = -1;
  let resume = 0;
  while (t < text.length) {
    const char = like.charAt(p);
    if (char === "%") {
      anchor = p++;
      resume = t;
    } else if (char !== "" && (char === "_" || char === text.charAt(t))) {
      p++;
      t++;
    } else if (anchor >= 0) {
      p = anchor + 1;
      t = ++resume;
    } else return false;
  }
  while (like.charAt(p) === "%") p++;
  return p === like.length;
}
