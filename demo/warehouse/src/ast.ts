/**
 * The SQL library behind a small door: parsing, generating and translating, and building nodes from
 * snippets. Only the CommonJS entry of the library is used; its ESM entry replaces the global fetch.
 */
import { createRequire } from "node:module";
import type * as Polyglot from "@polyglot-sql/sdk";
import { syntaxError, unsupported } from "./errors.ts";

export type Value = null | boolean | number | string | Value[] | Node;
export interface Node {
  [key: string]: Value;
}

const library = createRequire(import.meta.url)("@polyglot-sql/sdk") as typeof Polyglot;

/** Loads the library's WebAssembly; wait for it before anything else here. */
export async function loadTranslator(): Promise<void> {
  await library.init();
}

/** Parses one Snowflake statement, or throws 001003. */
export function parseStatement(sql: string): Node {
  const result = library.parse(sql, "snowflake" as Polyglot.Dialect);
  if (!result.success || !Array.isArray(result.ast)) throw parseFault(sql, result);
  const nodes = result.ast as unknown as Value[];
  const [node] = nodes;
  if (nodes.length !== 1 || !isNode(node)) throw unsupported("more than one statement");
  return node;
}

/** DuckDB's SQL for a Snowflake tree. */
export function renderForEngine(node: Node): string {
  const snowflake = library.generate([node], "snowflake" as Polyglot.Dialect);
  const text = snowflake.success ? snowflake.sql?.[0] : undefined;
  if (text === undefined) throw unsupported(snowflake.error ?? "statement");
  const result = library.transpile(text, "snowflake" as Polyglot.Dialect, "duckdb" as Polyglot.Dialect);
  const sql = result.success ? result.sql?.[0] : undefined;
  if (sql === undefined) throw unsupported(result.error ?? "statement");
  return sql;
}

function parseFault(sql: string, result: { error?: string | null; errorStart?: number; errorEnd?: number }): Error {
  if (typeof result.error === "string" && !result.error.startsWith("Parse error")) return unsupported(result.error);
  const start = Math.min(result.errorStart ?? sql.length, sql.length);
  const before = sql.slice(0, start).split("\n");
  const word = sql.slice(start, result.errorEnd ?? start + 1).trim();
  return syntaxError(before.length, before.at(-1)?.length ?? 0, word === "" ? "<EOF>" : word);
}

export function isNode(value: Value | undefined): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A child node, or null where there is none of that name. */
export function child(node: Node | null, key: string): Node | null {
  const value = node?.[key];
  return isNode(value) ? value : null;
}

export function children(node: Node | null, key: string): Value[] {
  const value = node?.[key];
  return Array.isArray(value) ? value : [];
}

const snippets = new Map<string, Node>();

/** The tree of `SELECT <text>`, with each column named `<NAME>__` replaced by a node. */
export function selectSnippet(text: string, holes: Readonly<Record<string, Value>> = {}): Node {
  const known = snippets.get(text) ?? parseStatement(`SELECT ${text}`);
  snippets.set(text, known);
  return fillHoles(structuredClone(known), holes) as Node;
}

/** One expression from its text. */
export function expressionSnippet(text: string, holes: Readonly<Record<string, Value>> = {}): Node {
  const [node] = children(child(selectSnippet(text, holes), "select"), "expressions");
  if (!isNode(node)) throw new TypeError(`not an expression: ${text}`);
  return node;
}

/** One item of a FROM clause from its text. */
export function tableSnippet(text: string, holes: Readonly<Record<string, Value>> = {}): Node {
  const from = child(child(selectSnippet(`1 FROM ${text}`, holes), "select"), "from");
  const [node] = children(from, "expressions");
  if (!isNode(node)) throw new TypeError(`not a table: ${text}`);
  return node;
}

function fillHoles(value: Value, holes: Readonly<Record<string, Value>>): Value {
  if (Array.isArray(value)) return value.map((item) => fillHoles(item, holes));
  if (!isNode(value)) return value;
  const name = child(child(value, "column"), "name")?.["name"];
  const filling = typeof name === "string" ? holes[name] : undefined;
  if (filling !== undefined) return structuredClone(filling);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillHoles(item, holes)]));
}
