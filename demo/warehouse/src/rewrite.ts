/**
 * Turns the tree of a Snowflake statement into one that the translation to DuckDB gets right: folds
 * identifiers to upper case, renames types, puts our own functions where the dialects differ, and
 * collects what has to be done around the statement (waits, earlier results).
 */
import { child, expressionSnippet, isNode, type Node, selectSnippet, type Value } from "./ast.ts";
import { CATALOG_SCHEMA } from "./database.ts";
import {
  get,
  literalText,
  type Rewriting,
  rewriteFunction,
  subscript,
  variable,
  variantPath,
} from "./rewrite-functions.ts";
import { rewriteTable } from "./rewrite-tables.ts";
import { engineType, rewriteCast } from "./rewrite-types.ts";

/** Rewrites a tree, from its leaves up. */
export function rewrite(value: Value, state: Rewriting): Value {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, state));
  if (!isNode(value)) return value;
  const early = rewriteTable(value, state, rewrite);
  if (early !== null) return early;
  const node: Node = {};
  for (const [key, item] of Object.entries(value)) node[key] = rewrite(item, state);
  return rewriteNode(node, state);
}

function rewriteNode(node: Node, state: Rewriting): Node {
  if (typeof node["data_type"] === "string") return engineType(node);
  if (isIdentifier(node))
    return {
      ...node,
      name: node["quoted"] === true ? (node["name"] ?? "") : String(node["name"]).toUpperCase(),
      quoted: true,
    };
  const [key] = Object.keys(node);
  const body = key === undefined ? null : child(node, key);
  if (key === undefined || body === null) return tableName(node);
  switch (key) {
    case "parameter":
      return parameter(node, body, state);
    case "function":
      return rewriteFunction(node, body, state);
    case "j_s_o_n_extract":
      return isNode(body["variant_extract"])
        ? get(body["this"], variantPath(literalText(body["expression"]) ?? ""))
        : node;
    case "subscript":
      return subscript(node, body);
    case "cast":
      return rewriteCast(node, body);
    case "array_size":
      return expressionSnippet("SLUICE_SIZE(X__)", { X__: body["this"] ?? null });
    case "array_contains":
      return expressionSnippet("SLUICE_CONTAINS(A__, B__)", {
        A__: body["this"] ?? null,
        B__: body["expression"] ?? null,
      });
    case "typeof":
      return expressionSnippet("SLUICE_TYPEOF(X__)", { X__: body["this"] ?? null });
    case "initcap":
      return expressionSnippet("SLUICE_INITCAP(X__)", { X__: body["this"] ?? null });
    case "create_view":
      return { create_view: { ...body, secure: false, comment: null, copy_grants: false } };
    case "create_table":
      return { create_table: { ...body, comment: null, ...cloned(body) } };
    default:
      return tableName(node);
  }
}

/** CREATE TABLE … CLONE t, as a copy of the rows. */
function cloned(body: Node): Node {
  const source = child(body, "clone_source");
  if (source === null) return {};
  const query = selectSnippet('* FROM "CLONED"');
  const from = child(child(query, "select"), "from");
  if (from !== null) from["expressions"] = [{ table: source }];
  return { clone_source: null, as_select: query };
}

/** Identifiers are `{name, quoted}` without arguments or style. `$1` and the like stay as they are. */
function isIdentifier(node: Node): boolean {
  return (
    typeof node["name"] === "string" &&
    typeof node["quoted"] === "boolean" &&
    !("args" in node) &&
    !("style" in node) &&
    !node["name"].startsWith("$")
  );
}

function tableName(node: Node): Node {
  const schema = child(node, "schema");
  return schema?.["name"] === "INFORMATION_SCHEMA" ? { ...node, schema: { ...schema, name: CATALOG_SCHEMA } } : node;
}

function parameter(node: Node, body: Node, state: Rewriting): Node {
  if (body["style"] === "Colon" && typeof body["index"] === "number") return state.bind(body["index"]);
  if (body["style"] === "Dollar" && typeof body["name"] === "string") return variable(`$${body["name"].toUpperCase()}`);
  return node;
}
