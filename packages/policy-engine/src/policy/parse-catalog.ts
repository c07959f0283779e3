/**
 * Reads a `kind: Catalog` document: tables, columns, types and, above all, tags that a person has accepted.
 */
import type { CatalogColumn, CatalogTable } from "../facts.ts";
import type { CatalogDocument } from "./documents.ts";
import { quoteName, splitName } from "./object-pattern.ts";
import {
  anyListOf,
  type Cursor,
  type Decode,
  fail,
  listOf,
  nonEmptyText,
  oneOf,
  readEntries,
  readMap,
  wholeNumber,
} from "./yaml-reader.ts";

const CATALOG_KEYS = ["apiVersion", "kind", "name", "defaultDatabase", "defaultSchema", "tables"];

export function parseCatalog(node: unknown, cursor: Cursor): CatalogDocument | undefined {
  const map = readMap(node, cursor, "a Catalog", CATALOG_KEYS);
  const tables = map?.required("tables", anyListOf(table));
  if (map === undefined || tables === undefined) return undefined;
  return {
    kind: "Catalog",
    name: map.optional("name", nonEmptyText),
    path: cursor.path,
    defaultDatabase: map.optional("defaultDatabase", namePart),
    defaultSchema: map.optional("defaultSchema", namePart),
    tables,
  };
}

function canonicalParts(typed: string): readonly string[] | null {
  return splitName(typed)?.map((part) => quoteName(part.quoted ? part.text : part.text.toUpperCase())) ?? null;
}

const namePart: Decode<string> = (node, cursor) => {
  const typed = nonEmptyText(node, cursor);
  const [part, ...rest] = typed === undefined ? [] : (canonicalParts(typed) ?? []);
  if (typed === undefined) return undefined;
  return part !== undefined && rest.length === 0
    ? part
    : fail(cursor, node, "WRONG_VALUE", `\`${typed}\` must be one name.`);
};

const tableName: Decode<string> = (node, cursor) => {
  const typed = nonEmptyText(node, cursor);
  if (typed === undefined) return undefined;
  const parts = canonicalParts(typed);
  return parts?.length === 3
    ? parts.join(".")
    : fail(cursor, node, "WRONG_VALUE", `\`${typed}\` must have three parts: DATABASE.SCHEMA.TABLE.`);
};

const tags: Decode<readonly string[]> = anyListOf(nonEmptyText, 50);

const paths: Decode<Readonly<Record<string, readonly string[]>>> = (node, cursor) => {
  const entries = readEntries(node, cursor, "`paths`");
  if (entries === undefined) return undefined;
  const read = new Map<string, readonly string[]>();
  for (const [path, , value] of entries) read.set(path, listOf(nonEmptyText, 50)(value, cursor) ?? []);
  return Object.fromEntries(read);
};

const column: Decode<CatalogColumn> = (node, cursor) => {
  const map = readMap(node, cursor, "a column", ["name", "type", "tags", "paths"]);
  const name = map?.required("name", namePart);
  const type = map?.required("type", nonEmptyText);
  if (map === undefined || name === undefined || type === undefined) return undefined;
  const accepted = map.optional("tags", tags);
  const inside = map.optional("paths", paths);
  return {
    name,
    type,
    ...(accepted === null ? {} : { tags: accepted }),
    ...(inside === null ? {} : { paths: inside }),
  };
};

const table: Decode<CatalogTable> = (node, cursor) => {
  const map = readMap(node, cursor, "a table", ["name", "kind", "columns", "query", "rows"]);
  const name = map?.required("name", tableName);
  const columns = map?.required("columns", listOf(column, 2000));
  if (map === undefined || name === undefined || columns === undefined) return undefined;
  const kind = map.optional("kind", oneOf(["table", "view"], "a kind of table"));
  const query = map.optional("query", nonEmptyText);
  const rows = map.optional("rows", wholeNumber(0, Number.MAX_SAFE_INTEGER));
  return {
    name,
    columns,
    ...(kind === null ? {} : { kind }),
    ...(query === null ? {} : { viewText: query }),
    ...(rows === null ? {} : { rows }),
  };
};
