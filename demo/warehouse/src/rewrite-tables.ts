/** What stands in a FROM clause and is no table: VALUES, FLATTEN, RESULT_SCAN. */
import { child, children, isNode, type Node, tableSnippet, type Value } from "./ast.ts";
import { literalText, type Rewriting } from "./rewrite-functions.ts";

/** Rewrites a node inside; handed in, as it calls this module itself. */
export type Rewrite = (value: Value, state: Rewriting) => Value;

/** RESULT_SCAN, FLATTEN and VALUES stand in a FROM clause and become tables of the engine. */
export function rewriteTable(node: Node, state: Rewriting, rewrite: Rewrite): Node | null {
  if (child(node, "from") !== null) return namedValues(node, state, rewrite);
  const lateral = child(node, "lateral");
  const alias = child(node, "alias");
  if (lateral !== null)
    return flattened(
      child(lateral, "this"),
      typeof lateral["alias"] === "string" ? lateral["alias"] : "F",
      state,
      rewrite,
    );
  if (alias !== null) {
    const name = String(child(alias, "alias")?.["name"] ?? "F");
    const inner = tableFunction(child(alias, "this"));
    if (named(inner, "FLATTEN")) return flattened(inner, name, state, rewrite);
    const scan = resultScan(inner, state, name);
    if (scan !== null) return scan;
  }
  const inner = tableFunction(node);
  if (named(inner, "FLATTEN")) return flattened(inner, "F", state, rewrite);
  return resultScan(inner, state, null);
}

/** `FROM VALUES (…)` without column names: Snowflake calls them COLUMN1, COLUMN2 … */
function namedValues(node: Node, state: Rewriting, rewrite: Rewrite): Node | null {
  const from = child(node, "from");
  const items = children(from, "expressions");
  const index = items.findIndex((item) => isNode(item) && "values" in item);
  const values = items[index];
  if (from === null || !isNode(values)) return null;
  const [row] = children(child(values, "values"), "expressions");
  const names = children(isNode(row) ? row : null, "expressions").map((_, i) => `"COLUMN${i + 1}"`);
  const table = tableSnippet(`(VALUES (1)) AS "VALUES" (${names.join(", ")})`);
  const subquery = child(table, "subquery");
  if (subquery === null) return null;
  subquery["this"] = values;
  const renamed = items.map((item, i) => (i === index ? table : item));
  return rewrite({ ...node, from: { ...from, expressions: renamed } }, state) as Node;
}

/** The function inside `TABLE(f(…))`. */
function tableFunction(node: Node | null): Node | null {
  const outer = child(node, "function");
  if (String(outer?.["name"]).toUpperCase() !== "TABLE") return null;
  const [first] = children(outer, "args");
  return isNode(first) ? first : null;
}

const named = (node: Node | null, name: string): boolean =>
  String(child(node, "function")?.["name"]).toUpperCase() === name;

function resultScan(node: Node | null, state: Rewriting, alias: string | null): Node | null {
  if (!named(node, "RESULT_SCAN")) return null;
  const [argument] = children(child(node, "function"), "args");
  const id = (literalText(argument) ?? "LAST").toLowerCase();
  state.scans.add(id);
  return tableSnippet(
    `"SLUICE_RESULT_${id.replaceAll(/[^a-z0-9-]/g, "")}"${alias === null ? "" : ` AS "${alias.toUpperCase()}"`}`,
  );
}

function flattened(node: Node | null, alias: string, state: Rewriting, rewrite: Rewrite): Node | null {
  if (!named(node, "FLATTEN")) return null;
  const args = children(child(node, "function"), "args").map((value): Value => {
    const argument = isNode(value) ? child(value, "named_argument") : null;
    return argument !== null && String(child(argument, "name")?.["name"]).toUpperCase() === "INPUT"
      ? (argument["value"] ?? null)
      : value;
  });
  const input = rewrite(args[0] ?? null, state);
  return tableSnippet(
    `LATERAL (SELECT 1 AS SEQ, unnest(SLUICE_KEYS(X__)) AS "KEY", unnest(SLUICE_KEYS(X__)) AS PATH, unnest(SLUICE_INDEXES(X__)) AS "INDEX", unnest(SLUICE_ELEMENTS(X__)) AS "VALUE", SLUICE_JSON(X__) AS "THIS") AS "${alias.toUpperCase()}"`,
    { X__: input },
  );
}
