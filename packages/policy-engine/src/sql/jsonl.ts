/**
 * One JSON object in, one out: the analyser for programs in other languages and for comparing it with others.
 * A line that can't be read yields an error object; nothing is thrown.
 */

import type { Catalog, CatalogColumn, CatalogTable, SessionContext } from "../facts.ts";
import type { DetailedStatement } from "./analyse.ts";
import { analyseDetailed } from "./analyse.ts";
import { pathColon } from "./catalog-index.ts";

/** Longest line that is read. */
const LINE_LENGTH_MAX = 8_388_608;

type Id = string | number | null;

interface ReportedObject {
  readonly name: string;
  readonly access: string;
}

/**
 * Analyses `{ id, sql, catalog?, session? }` and returns
 * `{ id, class, complete, reasons, outputs, indirect, objects, functions, actions }` or `{ id, error }`.
 * A text of several statements is reported as one: incomplete unless each is complete.
 */
export function analyseJsonLine(line: string): string {
  let id: Id = null;
  try {
    if (line.length > LINE_LENGTH_MAX) return failure(id, "LINE_TOO_LONG", "The line is too long.");
    const input: unknown = JSON.parse(line);
    if (!isRecord(input)) return failure(id, "NOT_AN_OBJECT", "The line is not a JSON object.");
    if (typeof input["id"] === "string" || typeof input["id"] === "number") id = input["id"];
    const { sql } = input;
    if (typeof sql !== "string") return failure(id, "NO_SQL", "`sql` must be a text.");
    const catalog = catalogOf(input["catalog"]);
    if (catalog === null) return failure(id, "BAD_CATALOG", "`catalog` has another shape.");
    return JSON.stringify(
      report(id, analyseDetailed(sql, { dialect: "snowflake", catalog, session: sessionOf(input["session"]) })),
    );
  } catch (error) {
    if (error instanceof SyntaxError) return failure(id, "BAD_JSON", "The line is not JSON.");
    return failure(id, "INTERNAL", "The line could not be analysed.");
  }
}

function failure(id: Id, code: string, message: string): string {
  return JSON.stringify({ id, error: { code, message } });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function sessionOf(value: unknown): SessionContext {
  if (!isRecord(value)) return { database: null, schema: null };
  return { database: text(value["database"]) ?? null, schema: text(value["schema"]) ?? null };
}

/** Catalogs repeat from line to line; the last one read is kept, so that its index is built once. */
let last: { readonly key: string; readonly catalog: Catalog } | null = null;

function catalogOf(value: unknown): Catalog | null {
  if (value === undefined || value === null) return EMPTY;
  if (!isRecord(value)) return null;
  const key = JSON.stringify(value);
  if (last?.key === key) return last.catalog;
  const tables: CatalogTable[] = [];
  for (const each of listOf(value["tables"])) {
    const table = tableOf(each);
    if (table === null) return null;
    tables.push(table);
  }
  for (const each of listOf(value["views"])) {
    const name = isRecord(each) ? text(each["name"]) : undefined;
    const viewText = isRecord(each) ? (text(each["sql"]) ?? text(each["viewText"])) : undefined;
    if (name === undefined || viewText === undefined) return null;
    tables.push({ name, kind: "view", columns: [], viewText });
  }
  const defaultDatabase = text(value["defaultDatabase"]);
  const defaultSchema = text(value["defaultSchema"]);
  const catalog: Catalog = {
    tables,
    ...(defaultDatabase === undefined ? {} : { defaultDatabase }),
    ...(defaultSchema === undefined ? {} : { defaultSchema }),
  };
  last = { key, catalog };
  return catalog;
}

const EMPTY: Catalog = { tables: [] };

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function tableOf(value: unknown): CatalogTable | null {
  if (!isRecord(value)) return null;
  const name = text(value["name"]);
  if (name === undefined) return null;
  const columns: CatalogColumn[] = [];
  for (const each of listOf(value["columns"])) {
    const column = isRecord(each) ? text(each["name"]) : undefined;
    if (!isRecord(each) || column === undefined) return null;
    columns.push({ name: column, type: text(each["type"]) ?? "" });
  }
  const viewText = text(value["viewText"]);
  return viewText === undefined ? { name, columns } : { name, kind: "view", columns, viewText };
}

const READ_WORDS: ReadonlyMap<string, string> = new Map([
  ["insert", "write"],
  ["update", "write"],
  ["merge", "write"],
  ["delete", "write"],
  ["load", "write"],
  ["unload", "write"],
  ["clone", "create"],
]);

/** What is done to the session or the account's past, not to an object. */
const NOT_OBJECTS = new Set(["unknown", "session", "history", "explain", "transaction"]);

/** Accesses in the words of reports: read, write, create, call; others by their action. */
function objectsOf(statement: DetailedStatement): ReportedObject[] {
  const ctx = statement.resolution;
  const found = new Map<string, ReportedObject>();
  for (const access of statement.facts.accesses) {
    if (access.object === "" || NOT_OBJECTS.has(access.action)) continue;
    const written =
      access.kind === "stage"
        ? ctx?.written.get(`stage ${access.object}`)
        : access.kind === "function"
          ? ctx?.written.get(access.object)
          : undefined;
    const name = written === undefined ? access.object : written.startsWith("@") ? written.toUpperCase() : written;
    if (!found.has(name)) found.set(name, { name, access: READ_WORDS.get(access.action) ?? access.action });
  }
  for (const name of ctx?.underlying ?? []) if (!found.has(name)) found.set(name, { name, access: "read" });
  return [...found.values()];
}

function baseColumn(ref: string): string {
  const colon = pathColon(ref);
  return colon < 0 ? ref : ref.slice(0, colon);
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)].sort();
}

function report(id: Id, statements: readonly DetailedStatement[]): Record<string, unknown> {
  const facts = statements.map((statement) => statement.facts);
  const [first] = statements;
  return {
    id,
    class: statements.length === 1 ? (first?.label ?? "UNKNOWN") : "MULTIPLE",
    complete: facts.every((each) => each.complete),
    reasons: facts.flatMap((each) => each.reasons),
    outputs: facts.flatMap((each) =>
      each.outputs.map(({ name, from }) => ({ name, from: unique(from.map((edge) => baseColumn(edge.column))) })),
    ),
    indirect: unique(facts.flatMap((each) => each.indirect.map((use) => baseColumn(use.column)))),
    objects: statements.flatMap(objectsOf),
    functions: unique(facts.flatMap((each) => each.functions)),
    actions: unique(facts.flatMap((each) => each.accesses.map((access) => access.action))),
  };
}
