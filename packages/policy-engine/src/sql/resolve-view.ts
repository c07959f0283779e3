/**
 * Views, expanded from their stored text. The statement's access is the read of the view; its base columns appear
 * in lineage, indirect uses and tags only, because that is how the warehouse grants: on the view, not below it.
 * What a view does depends on the catalog alone, so it is worked out once per catalog.
 */

import type { CatalogIndex, Column, TableEntry } from "./catalog-index.ts";
import { ParseStop } from "./cursor.ts";
import type { Flow, Sink } from "./flow.ts";
import { BARE, EMPTY } from "./flow.ts";
import { lex } from "./lexer.ts";
import { renderPart } from "./names.ts";
import { parseViewText } from "./parse-view.ts";
import { Resolution, VIEW_DEPTH_MAX } from "./resolution.ts";

interface Expansion {
  readonly columns: readonly Column[] | null;
  readonly inner: Resolution | null;
}

const PENDING = "pending";
const expansions = new WeakMap<CatalogIndex, Map<string, Expansion | typeof PENDING>>();

/** Columns of a view with their base columns; null (and a reason) when its text can't be followed. */
export function expandView(ctx: Resolution, entry: TableEntry, at: number): readonly Column[] | null {
  let known = expansions.get(ctx.index);
  if (known === undefined) {
    known = new Map();
    expansions.set(ctx.index, known);
  }
  let expansion = known.get(entry.name);
  if (expansion === PENDING || ctx.input.viewDepth >= VIEW_DEPTH_MAX) {
    ctx.reason("UNRESOLVED_OBJECT", `The view ${entry.name} refers to itself, or too deep.`, at);
    return null;
  }
  if (expansion === undefined) {
    known.set(entry.name, PENDING);
    expansion = expand(ctx, entry);
    known.set(entry.name, expansion);
  }
  return adopt(ctx, entry, expansion, at);
}

function adopt(ctx: Resolution, entry: TableEntry, expansion: Expansion, at: number): readonly Column[] | null {
  const { inner, columns } = expansion;
  if (inner === null || columns === null || inner.reasons.length > 0) {
    ctx.reason("UNRESOLVED_OBJECT", `The definition of the view ${entry.name} can't be followed.`, at);
    if (inner === null || columns === null) return null;
  }
  for (const object of inner.underlying) {
    ctx.underlying.add(object);
    if (ctx.input.stale.has(object))
      ctx.reason("UNRESOLVED_OBJECT", `A source of the view ${entry.name} is changed by the same text.`, at);
  }
  for (const [column, bits] of inner.indirect) ctx.indirect.set(column, (ctx.indirect.get(column) ?? 0) | bits);
  for (const name of inner.functions) ctx.functions.add(name);
  // What a view reaches beyond tables (a function that calls out, history) is the statement's doing too.
  for (const record of inner.accesses.values())
    if (record.action !== "read") ctx.access(record.action, record.kind, record.object, [...record.columns]);
  return columns;
}

function expand(ctx: Resolution, entry: TableEntry): Expansion {
  if (entry.viewText === null) return { columns: null, inner: null };
  const lexed = lex(entry.viewText);
  if (!lexed.ok) return { columns: null, inner: null };
  const [database = null, schema = null] = entry.parts;
  const inner = new Resolution({
    index: ctx.index,
    session: { database, schema },
    sql: entry.viewText,
    tokens: lexed.tokens,
    stale: new Set(),
    sessionUnknown: false,
    viewDepth: ctx.input.viewDepth + 1,
    resolver: ctx.input.resolver,
    caller: ctx.input.caller,
  });
  try {
    const { query, names } = parseViewText(entry.viewText, lexed.tokens);
    const result = inner.resolveQuery(query, null, null);
    return { columns: storedColumns(inner, entry, names, result.columns), inner };
  } catch (stop) {
    if (stop instanceof ParseStop) return { columns: null, inner: null };
    throw stop;
  }
}

/** Names as the catalog has them, else as the definition lists them; a tag on the view's own column stays with it. */
function storedColumns(
  inner: Resolution,
  entry: TableEntry,
  names: readonly string[] | null,
  columns: readonly Column[],
): readonly Column[] | null {
  const known = entry.columns.length > 0 ? entry.columns.map((column) => column.name) : names;
  if (known !== null && known.length !== columns.length) return null;
  return columns.map((column, i) => {
    const name = known?.[i] ?? column.name;
    return { ...column, name, flow: withOwnTag(inner, entry, name, column.flow) };
  });
}

function withOwnTag(inner: Resolution, entry: TableEntry, name: string | null, flow: Flow): Flow {
  if (name === null) return flow;
  const ref = `${entry.name}.${renderPart(name)}`;
  if (inner.index.tagsOf(ref).length === 0 && inner.index.pathsOf(ref).length === 0) return flow;
  const sink: Sink = new Map(flow === EMPTY ? [] : flow);
  return sink.set(ref, BARE);
}
