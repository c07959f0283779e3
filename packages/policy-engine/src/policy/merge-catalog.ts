/**
 * The catalog that analysis runs with: what the warehouse says of its tables, and the tags that people accepted
 * in `kind: Catalog` documents laid over it. Tags only add up; no document can take away a tag that another gave.
 * A table that only a document knows is kept, so that policies can be tested without a warehouse.
 */
import { canonicalJson } from "../canonical-json.ts";
import type { Crypto } from "../crypto.ts";
import type { Catalog, CatalogColumn, CatalogTable } from "../facts.ts";
import type { Bundle } from "./bundle.ts";
import type { CatalogDocument } from "./documents.ts";

export function mergeCatalog(introspected: readonly CatalogTable[], bundle: Bundle, crypto: Crypto): Catalog {
  return mergeDocuments(introspected, bundle.catalogs, crypto);
}

/** As `mergeCatalog`, over chosen documents. */
export function mergeDocuments(
  introspected: readonly CatalogTable[],
  documents: readonly CatalogDocument[],
  crypto: Crypto,
): Catalog {
  const tables = new Map<string, CatalogTable>();
  for (const table of introspected) tables.set(table.name, table);
  for (const document of documents) {
    for (const table of document.tables) {
      const known = tables.get(table.name);
      tables.set(table.name, known === undefined ? table : overlay(known, table));
    }
  }
  const sorted = [...tables.values()].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const defaultDatabase = documents.find((document) => document.defaultDatabase !== null)?.defaultDatabase;
  const defaultSchema = documents.find((document) => document.defaultSchema !== null)?.defaultSchema;
  const catalog: Catalog = {
    ...(typeof defaultDatabase === "string" ? { defaultDatabase } : {}),
    ...(typeof defaultSchema === "string" ? { defaultSchema } : {}),
    tables: sorted,
  };
  return { ...catalog, digest: crypto.sha256Hex(canonicalJson(catalog)) };
}

function overlay(base: CatalogTable, over: CatalogTable): CatalogTable {
  const byName = new Map(over.columns.map((column) => [column.name, column]));
  return { ...over, ...base, columns: base.columns.map((column) => overlayColumn(column, byName.get(column.name))) };
}

function overlayColumn(base: CatalogColumn, over: CatalogColumn | undefined): CatalogColumn {
  if (over === undefined) return base;
  const tags = union(base.tags, over.tags);
  const paths: Record<string, readonly string[]> = { ...base.paths };
  for (const [path, added] of Object.entries(over.paths ?? {})) paths[path] = union(paths[path], added);
  return {
    name: base.name,
    type: base.type,
    ...(tags.length === 0 ? {} : { tags }),
    ...(Object.keys(paths).length === 0 ? {} : { paths }),
  };
}

function union(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] {
  return [...new Set([...(a ?? []), ...(b ?? [])])].sort();
}
