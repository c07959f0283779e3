/**
 * The catalog in the form that the resolver asks it: by canonical name, with the flow of every column ready.
 * Built once per catalog object and kept as long as that object lives.
 */

import type { Catalog, CatalogColumn, CatalogTable, ColumnRef } from "../facts.ts";
import type { Flow } from "./flow.ts";
import { BARE } from "./flow.ts";
import { parseNameText, renderName, renderPart } from "./names.ts";

export interface Column {
  /** null: the warehouse's name for it can't be predicted. */
  readonly name: string | null;
  readonly flow: Flow;
  readonly resolved: boolean;
}

export interface TableEntry {
  readonly name: string;
  readonly parts: readonly string[];
  readonly kind: "table" | "view";
  readonly columns: readonly Column[];
  readonly byName: ReadonlyMap<string, Column>;
  readonly viewText: string | null;
  readonly rows: number | null;
}

export interface CatalogIndex {
  readonly tables: ReadonlyMap<string, TableEntry>;
  readonly defaultDatabase: string | null;
  readonly defaultSchema: string | null;
  /** Tags of a column or of a path in it: own tags, and those of every tagged path that holds it or is held by it. */
  tagsOf(ref: ColumnRef): readonly string[];
  /** Refs of the tagged paths of a column; empty for most. */
  pathsOf(ref: ColumnRef): readonly ColumnRef[];
}

interface TaggedPath {
  readonly ref: ColumnRef;
  readonly steps: readonly string[];
  readonly tags: readonly string[];
}

const NO_TAGS: readonly string[] = [];
const NO_PATHS: readonly ColumnRef[] = [];

const indexes = new WeakMap<Catalog, CatalogIndex>();

export function indexOf(catalog: Catalog): CatalogIndex {
  const known = indexes.get(catalog);
  if (known !== undefined) return known;
  const made = build(catalog);
  indexes.set(catalog, made);
  return made;
}

function build(catalog: Catalog): CatalogIndex {
  const tables = new Map<string, TableEntry>();
  const tags = new Map<ColumnRef, readonly string[]>();
  const paths = new Map<ColumnRef, readonly TaggedPath[]>();
  for (const table of catalog.tables) {
    const entry = entryOf(table);
    if (entry === null) continue;
    tables.set(entry.name, entry);
    for (const column of table.columns) addTags(`${entry.name}.${renderPart(columnName(column))}`, column, tags, paths);
  }
  const pathRefs = new Map<ColumnRef, readonly ColumnRef[]>();
  for (const [ref, list] of paths)
    pathRefs.set(
      ref,
      list.map((path) => path.ref),
    );
  return {
    tables,
    defaultDatabase: foldDefault(catalog.defaultDatabase),
    defaultSchema: foldDefault(catalog.defaultSchema),
    tagsOf: (ref) => tagsOf(ref, tags, paths),
    pathsOf: (ref) => pathRefs.get(ref) ?? NO_PATHS,
  };
}

/** A default is written as a canonical part. */
function foldDefault(name: string | undefined): string | null {
  if (name === undefined || name === "") return null;
  const parts = parseNameText(name);
  return parts?.length === 1 ? (parts[0] ?? null) : null;
}

function columnName(column: CatalogColumn): string {
  const { name } = column;
  return name.length > 2 && name.startsWith('"') && name.endsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function entryOf(table: CatalogTable): TableEntry | null {
  const parts = parseNameText(table.name);
  if (parts === null || parts.length !== 3) return null;
  const name = renderName(parts);
  const columns: Column[] = [];
  const byName = new Map<string, Column>();
  for (const each of table.columns) {
    const plain = columnName(each);
    const flow: Flow = new Map([[`${name}.${renderPart(plain)}`, BARE]]);
    const column: Column = { name: plain, flow, resolved: true };
    columns.push(column);
    byName.set(plain, column);
  }
  return {
    name,
    parts,
    kind: table.kind ?? "table",
    columns,
    byName,
    viewText: table.viewText ?? null,
    rows: table.rows ?? null,
  };
}

function addTags(
  ref: ColumnRef,
  column: CatalogColumn,
  tags: Map<ColumnRef, readonly string[]>,
  paths: Map<ColumnRef, readonly TaggedPath[]>,
): void {
  if (column.tags !== undefined && column.tags.length > 0) tags.set(ref, [...column.tags].sort());
  const list: TaggedPath[] = [];
  for (const [path, names] of Object.entries(column.paths ?? {}))
    if (names.length > 0) list.push({ ref: `${ref}:${path}`, steps: pathSteps(path), tags: names });
  if (list.length > 0) paths.set(ref, list);
}

/** Whether a column or a path in it carries a tag. */
export function isProtected(index: CatalogIndex, ref: ColumnRef): boolean {
  return index.tagsOf(ref).length > 0 || index.pathsOf(ref).length > 0;
}

/** Whether a table or view, or one of a schema or database, has a column that carries a tag. */
export function holdsProtected(index: CatalogIndex, object: string): boolean {
  for (const entry of index.tables.values())
    if (entry.name === object || entry.name.startsWith(`${object}.`))
      for (const { flow } of entry.columns) for (const ref of flow.keys()) if (isProtected(index, ref)) return true;
  return false;
}

const PATH_STEP = /"((?:[^"]|"")*)"|\[[^\]]*\]|[^."[\]]+/g;

/** Names of a path, without subscripts: whatever element of an array it is, it carries the tag. */
export function pathSteps(path: string): string[] {
  const steps: string[] = [];
  for (const match of path.matchAll(PATH_STEP)) {
    const text = match[0];
    if (text.startsWith("[")) continue;
    steps.push(match[1] === undefined ? text : match[1].replaceAll('""', '"'));
  }
  return steps;
}

function overlaps(a: readonly string[], b: readonly string[]): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Where a reference's path begins: the first colon outside quotes, or -1. */
export function pathColon(ref: ColumnRef): number {
  let quoted = false;
  for (let i = 0; i < ref.length; i++) {
    const code = ref.charCodeAt(i);
    if (code === 34) quoted = !quoted;
    else if (code === 58 && !quoted) return i;
  }
  return -1;
}

function tagsOf(
  ref: ColumnRef,
  tags: ReadonlyMap<ColumnRef, readonly string[]>,
  paths: ReadonlyMap<ColumnRef, readonly TaggedPath[]>,
): readonly string[] {
  const own = tags.get(ref);
  const colon = pathColon(ref);
  if (colon < 0) return own ?? NO_TAGS;
  const base = ref.slice(0, colon);
  const found = new Set(tags.get(base) ?? NO_TAGS);
  const steps = pathSteps(ref.slice(colon + 1));
  for (const path of paths.get(base) ?? [])
    if (overlaps(steps, path.steps)) for (const tag of path.tags) found.add(tag);
  return [...found].sort();
}
