/**
 * Snowflake SQL to DuckDB SQL: a library's parser and translation, with our own rewriting of the tree
 * between them. One statement at a time; translations are kept by text and bind types.
 */
import {
  child,
  children,
  expressionSnippet,
  isNode,
  type Node,
  parseStatement,
  renderForEngine,
  selectSnippet,
  type Value,
} from "./ast.ts";
import { rewrite } from "./rewrite.ts";
import type { Rewriting } from "./rewrite-functions.ts";
import { selectItems, tokenize } from "./tokens.ts";

export interface Translation {
  /** The top node's name: select, union, insert, update, delete, merge, create_table … */
  readonly kind: string;
  /** DuckDB's SQL with `$1`, `$2` … for binds, each a text. */
  readonly sql: string;
  /** For an INSERT of one row of binds: the same over the rows of table SLUICE_BIND_ROWS (columns P1, P2 …). */
  readonly bulkSql: string | null;
  readonly bindCount: number;
  readonly waitMs: number;
  readonly scans: readonly string[];
  /** Name of the table, view or schema that a DDL statement is about, as the tree has it. */
  readonly target: Node | null;
}

/** SQL text that reads bind number `n` as its type: `CAST($1 AS DECIMAL(38, 0))`. */
export type BindText = (n: number) => string;

const kept = new Map<string, Translation>();
const KEPT_MAX = 2000;
const KEPT_CHARS_MAX = 20_000;

/** Translates one statement; `bindTexts` has the reading text of each bind given, in order. */
export function translate(sql: string, bindTexts: readonly string[]): Translation {
  const key = `${bindTexts.join("|")}\n${sql}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const made = translateNow(sql, bindTexts);
  if (kept.size >= KEPT_MAX) kept.clear();
  if (key.length <= KEPT_CHARS_MAX) kept.set(key, made);
  return made;
}

function translateNow(sql: string, bindTexts: readonly string[]): Translation {
  const { text, count } = numberPlaceholders(withoutDropBehavior(sql));
  const tree = parseStatement(text);
  nameColumns(tree, sql);
  const state: Rewriting = {
    bind: (n) => expressionSnippet(bindTexts[n - 1] ?? `CAST($${n} AS VARCHAR)`),
    waitMs: 0,
    scans: new Set(),
  };
  const rewritten = rewriteTree(tree, state);
  const [kind] = Object.keys(rewritten);
  return {
    kind: kind ?? "",
    sql: renderForEngine(rewritten),
    bulkSql: kind === "insert" && bindTexts.length > 0 ? bulkInsert(tree) : null,
    bindCount: Math.max(count, bindTexts.length),
    waitMs: state.waitMs,
    scans: [...state.scans],
    target: targetOf(rewritten, kind ?? ""),
  };
}

function rewriteTree(tree: Node, state: Rewriting): Node {
  const rewritten = rewrite(tree, state);
  if (!isNode(rewritten)) throw new TypeError("a statement is a node");
  return rewritten;
}

/** DROP … CASCADE or RESTRICT without its last word: nothing hangs on an object here. */
function withoutDropBehavior(sql: string): string {
  const tokens = tokenize(sql).filter((token) => token.text !== ";");
  const last = tokens.at(-1);
  if (tokens[0]?.upper !== "DROP" || last === undefined || !["CASCADE", "RESTRICT"].includes(last.upper)) return sql;
  return sql.slice(0, last.start) + sql.slice(last.end);
}

/** Writes each `?` as `:1`, `:2` … in order of appearance; numbered binds stay as they are. */
function numberPlaceholders(sql: string): { text: string; count: number } {
  let text = "";
  let at = 0;
  let count = 0;
  for (const token of tokenize(sql)) {
    if (token.text !== "?" || token.kind !== "mark") continue;
    text += `${sql.slice(at, token.start)}:${++count}`;
    at = token.end;
  }
  return { text: text + sql.slice(at), count };
}

/** Gives unnamed columns of the outermost query the name that Snowflake gives them: their text, upper-case. */
function nameColumns(tree: Node, sql: string): void {
  let query: Node = tree;
  for (;;) {
    const next =
      child(child(query, "union"), "left") ??
      child(child(query, "intersect"), "left") ??
      child(child(query, "except"), "left") ??
      child(child(query, "subquery"), "this");
    if (next === null) break;
    query = next;
  }
  const select = child(query, "select");
  const expressions = children(select, "expressions");
  const texts = select === null ? null : selectItems(sql);
  if (select === null || texts === null || texts.length !== expressions.length) return;
  select["expressions"] = expressions.map((expression, i): Value => {
    if (!isNode(expression) || NAMED.some((key) => key in expression)) return expression;
    const name = (texts[i] ?? "").toUpperCase().replaceAll('"', "");
    return { alias: { ...aliasShape(), this: expression, alias: { ...identifierShape(), name, quoted: true } } };
  });
}

const NAMED = ["alias", "column", "star"];
const aliasShape = (): Node => child(expressionSnippet('1 AS "x"'), "alias") ?? {};
const identifierShape = (): Node => child(aliasShape(), "alias") ?? {};

/** INSERT … VALUES (one row) or INSERT … SELECT without FROM, read from the rows of SLUICE_BIND_ROWS. */
function bulkInsert(tree: Node): string | null {
  const insert = child(tree, "insert");
  const [row, more] = children(insert, "values");
  const select = child(child(insert, "query"), "select");
  const cells = Array.isArray(row)
    ? row
    : select !== null && select["from"] === null
      ? children(select, "expressions")
      : null;
  if (insert === null || cells === null || more !== undefined) return null;
  const state: Rewriting = { bind: (n) => expressionSnippet(`"P${n}"`), waitMs: 0, scans: new Set() };
  const query = selectSnippet('1 FROM "SLUICE_BIND_ROWS"');
  const body = child(query, "select");
  if (body === null) return null;
  body["expressions"] = cells;
  return renderForEngine(rewriteTree({ insert: { ...insert, values: [], query } }, state));
}

function targetOf(tree: Node, kind: string): Node | null {
  const body = child(tree, kind);
  const table = child(body, "table") ?? child(body, "name");
  return table ?? (children(body, "names").find(isNode) as Node | undefined) ?? null;
}
