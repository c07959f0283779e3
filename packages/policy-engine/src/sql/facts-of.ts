/**
 * From what a resolution collected to `StatementFacts`: sorted, without duplicates, with the tags of every column
 * that it names.
 */

import type { Access, ColumnRef, Incomplete, IndirectUse, OutputColumn, StatementFacts } from "../facts.ts";
import type { CatalogIndex } from "./catalog-index.ts";
import { edgesOf } from "./flow.ts";
import { renderPart } from "./names.ts";
import type { Resolution } from "./resolution.ts";
import type { Outcome, Statement } from "./statement.ts";

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function accessesOf(ctx: Resolution): Access[] {
  if (ctx.accesses.size === 0) return [{ action: "session", kind: "session", object: "", columns: [] }];
  return [...ctx.accesses.values()].map(({ action, kind, object, columns }) => ({
    action,
    kind,
    object,
    columns: columns.has("*") ? ["*"] : [...columns].map(renderPart).sort(byText),
  }));
}

function tagsOf(
  index: CatalogIndex,
  accesses: readonly Access[],
  outputs: readonly OutputColumn[],
  indirect: readonly IndirectUse[],
): Record<ColumnRef, readonly string[]> {
  const refs = new Set<ColumnRef>();
  for (const output of outputs) for (const edge of output.from) refs.add(edge.column);
  for (const use of indirect) refs.add(use.column);
  for (const access of accesses)
    for (const column of wholeColumns(index, access)) {
      const ref = `${access.object}.${column}`;
      const paths = index.pathsOf(ref);
      // A column read only at some paths doesn't bring the tags of its other paths.
      const pathsOnly = paths.length > 0 && !refs.has(ref) && [...refs].some((each) => each.startsWith(`${ref}:`));
      refs.add(ref);
      if (!pathsOnly) for (const path of paths) refs.add(path);
    }
  for (const output of outputs)
    for (const edge of output.from) for (const path of index.pathsOf(edge.column)) refs.add(path);
  const tags: Record<ColumnRef, readonly string[]> = {};
  for (const ref of [...refs].sort(byText)) {
    const found = index.tagsOf(ref);
    if (found.length > 0) tags[ref] = found;
  }
  return tags;
}

/** `*` stands for every column that the catalog knows. */
function wholeColumns(index: CatalogIndex, access: Access): readonly string[] {
  if (access.columns[0] !== "*") return access.columns;
  const entry = index.tables.get(access.object);
  return entry?.columns.flatMap((column) => (column.name === null ? [] : [renderPart(column.name)])) ?? [];
}

export function factsOf(statement: Statement, ctx: Resolution, result: Outcome, fingerprint: string): StatementFacts {
  const outputs = result.columns.map(
    ({ name, flow, resolved }): OutputColumn => ({ name, from: edgesOf(flow), resolved }),
  );
  const indirect = ctx.indirectUses();
  const accesses = accessesOf(ctx);
  return {
    class: statement.class,
    accesses,
    outputs,
    indirect,
    functions: [...ctx.functions].sort(byText),
    tags: tagsOf(ctx.index, accesses, outputs, indirect),
    hasWhere: result.hasWhere,
    whereIsAlwaysTrue: result.whereIsAlwaysTrue,
    limit: result.limit,
    rowsMax: result.rowsMax,
    sets: result.sets,
    fingerprint,
    complete: ctx.reasons.length === 0,
    reasons: ctx.reasons,
    spans: ctx.spans,
  };
}

/** Facts of a text that was not understood: the one action `unknown`. */
export function unknownFacts(kind: StatementFacts["class"], reason: Incomplete, fingerprint: string): StatementFacts {
  return {
    class: kind,
    accesses: [{ action: "unknown", kind: "other", object: "", columns: ["*"] }],
    outputs: [],
    indirect: [],
    functions: [],
    tags: {},
    hasWhere: null,
    whereIsAlwaysTrue: null,
    limit: null,
    rowsMax: null,
    sets: [],
    fingerprint,
    complete: false,
    reasons: [reason],
    spans: [],
  };
}
