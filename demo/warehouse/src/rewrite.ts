/**
 * Turns the tree of a Snowflake statement into one that the translation to DuckDB gets right: folds
 * identifiers to upper case, renames types, puts our own functions where the dialects differ, and
 * collects what has to be done around the statement (waits, earlier results).
 */
import { CATALOG_SCHEMA } from "./database.ts";
import { WarehouseError } from "./errors.ts";
import { child, children, expressionSnippet, isNode, type Node, tableSnippet, type Value } from "./ast.ts";
import { strftimeOf } from "./formats.ts";

/** What the rewriting of one statement knows and finds. */
export interface Rewriting {
  /** The expression for bind number `n`. */
  readonly bind: (n: number) => Node;
  /** Milliseconds that SYSTEM$WAIT asks for. */
  waitMs: number;
  /** Query ids named in RESULT_SCAN; LAST for LAST_QUERY_ID(). */
  readonly scans: Set<string>;
}

export function rewrite(value: Value, state: Rewriting): Value {
  if (Array.isArray(value)) return value.map((item) => rewrite(item, state));
  if (!isNode(value)) return value;
  const early = rewriteTableFunction(value, state);
  if (early !== null) return early;
  const node: Node = {};
  for (const [key, item] of Object.entries(value)) node[key] = rewrite(item, state);
  return rewriteNode(node, state);
}

function rewriteNode(node: Node, state: Rewriting): Node {
  if (typeof node["data_type"] === "string") return engineType(node);
  if (isIdentifier(node)) return { ...node, name: node["quoted"] === true ? node["name"] ?? "" : String(node["name"]).toUpperCase(), quoted: true };
  const [key] = Object.keys(node);
  const body = key === undefined ? null : child(node, key);
  if (key === undefined || body === null) return tableName(node);
  switch (key) {
    case "parameter":
      return parameter(node, body, state);
    case "function":
      return rewriteFunction(node, body, state);
    case "j_s_o_n_extract":
      return isNode(body["variant_extract"]) ? get(body["this"], variantPath(literalText(body["expression"]) ?? "")) : node;
    case "subscript":
      return subscript(node, body);
    case "cast":
      return rewriteCast(node, body);
    case "array_size":
      return expressionSnippet("SLUICE_SIZE(X__)", { X__: body["this"] ?? null });
    case "create_view":
      return { create_view: { ...body, secure: false, comment: null, copy_grants: false } };
    case "create_table":
      return { create_table: { ...body, comment: null } };
    default:
      return tableName(node);
  }
}

/** Identifiers are `{name, quoted}` without arguments or style. `$1` and the like stay as they are. */
function isIdentifier(node: Node): boolean {
  return typeof node["name"] === "string" && typeof node["quoted"] === "boolean" && !("args" in node) && !("style" in node) && !node["name"].startsWith("$");
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

const variable = (name: string): Node => expressionSnippet(`getvariable('${name.replaceAll("'", "''")}')`);
const get = (value: Value | undefined, path: string): Node => expressionSnippet(`SLUICE_GET(X__, '${path.replaceAll("'", "''")}')`, { X__: value ?? null });

/** `a.b[0]."C d"` as the engine's `$.a.b[0]."C d"`. */
function variantPath(path: string): string {
  const keyed = path.replaceAll(/\["((?:[^"\\]|\\.)*)"\]/g, '."$1"').replaceAll(/\['([^']*)'\]/g, '."$1"');
  return keyed.startsWith(".") || keyed.startsWith("[") ? `$${keyed}` : `$.${keyed}`;
}

function subscript(node: Node, body: Node): Node {
  const index = child(child(body, "index"), "literal");
  if (index?.["literal_type"] === "number") return get(body["this"], `$[${String(index["value"])}]`);
  if (index?.["literal_type"] === "string") return get(body["this"], `$."${String(index["value"])}"`);
  return node;
}

/** Text of a string or number literal. */
export function literalText(value: Value | undefined): string | null {
  const literal = isNode(value) ? child(value, "literal") : null;
  return typeof literal?.["value"] === "string" ? literal["value"] : null;
}

const SESSION_VALUES: ReadonlySet<string> = new Set([
  "CURRENT_USER", "CURRENT_ROLE", "CURRENT_DATABASE", "CURRENT_SCHEMA", "CURRENT_WAREHOUSE", "CURRENT_SESSION", "CURRENT_ACCOUNT",
  "CURRENT_ACCOUNT_NAME", "CURRENT_ORGANIZATION_NAME", "CURRENT_REGION", "CURRENT_VERSION", "CURRENT_CLIENT", "CURRENT_IP_ADDRESS",
  "CURRENT_AVAILABLE_ROLES", "CURRENT_SECONDARY_ROLES", "CURRENT_SCHEMAS", "CURRENT_TRANSACTION", "LAST_QUERY_ID",
]);
const MOMENTS: Readonly<Record<string, string>> = {
  CURRENT_TIMESTAMP: "SLUICE_NOW()", LOCALTIMESTAMP: "SLUICE_NOW()", GETDATE: "SLUICE_NOW()", SYSTIMESTAMP: "SLUICE_NOW()",
  CURRENT_DATE: "SLUICE_TODAY()", CURRENT_TIME: "SLUICE_TIME_OF_DAY()", LOCALTIME: "SLUICE_TIME_OF_DAY()",
};

/** The engine's windows into itself and the machine: Snowflake has no such functions. */
const ENGINE_ONLY = /^(DUCKDB_|PRAGMA_|READ_|SNIFF_|PARQUET_|GLOB$|GETENV$|GETVARIABLE$|QUERY$|QUERY_TABLE$|SLUICE_)/;

function rewriteFunction(node: Node, body: Node, state: Rewriting): Node {
  const name = String(body["name"]).toUpperCase();
  const args = children(body, "args");
  if (SESSION_VALUES.has(name)) return variable(name);
  const moment = MOMENTS[name];
  if (moment !== undefined) return expressionSnippet(moment);
  if (ENGINE_ONLY.test(name)) throw new WarehouseError("002141", "42601", `SQL compilation error:\nUnknown user-defined function ${name}`);
  switch (name) {
    case "SYSTEM$WAIT":
      return wait(args, state);
    case "TO_CHAR":
    case "TO_VARCHAR": {
      const format = literalText(args[1]);
      if (format !== null) return expressionSnippet(`SLUICE_FORMAT(X__, '${strftimeOf(format)}')`, { X__: args[0] ?? null });
      return expressionSnippet("SLUICE_TEXT(X__)", { X__: args[0] ?? null });
    }
    case "GET": {
      const index = literalText(args[1]);
      if (index === null) return node;
      return get(args[0], /^\d+$/.test(index) ? `$[${index}]` : `$."${index}"`);
    }
    case "DATEDIFF":
    case "TIMESTAMPDIFF":
    case "TIMEDIFF":
      return difference(node, args);
    case "GET_PATH":
      return get(args[0], variantPath(literalText(args[1]) ?? ""));
    default:
      return node;
  }
}

/** The library casts both sides to DATE, which loses hours. */
function difference(node: Node, args: readonly Value[]): Node {
  const part = isNode(args[0]) ? child(args[0], "var")?.["this"] ?? literalText(args[0]) : null;
  if (typeof part !== "string" || !/^\w+$/.test(part)) return node;
  return expressionSnippet(`SLUICE_DIFF('${part.toLowerCase()}', A__, B__)`, { A__: args[1] ?? null, B__: args[2] ?? null });
}

function wait(args: readonly Value[], state: Rewriting): Node {
  const amount = Number(literalText(args[0]) ?? 0);
  const unit = (literalText(args[1]) ?? "SECONDS").toUpperCase();
  state.waitMs += amount * (unit === "MILLISECONDS" ? 1 : unit === "MINUTES" ? 60_000 : 1000);
  return expressionSnippet(`'waited ${amount} ${unit.toLowerCase()}'`);
}

/** RESULT_SCAN, FLATTEN and VALUES stand in a FROM clause and become tables of the engine. */
function rewriteTableFunction(node: Node, state: Rewriting): Node | null {
  if (child(node, "from") !== null) return namedValues(node, state);
  const lateral = child(node, "lateral");
  const alias = child(node, "alias");
  if (lateral !== null) return flattened(child(lateral, "this"), typeof lateral["alias"] === "string" ? lateral["alias"] : "F", state);
  if (alias !== null) {
    const name = String(child(alias, "alias")?.["name"] ?? "F");
    const inner = tableFunction(child(alias, "this"));
    if (named(inner, "FLATTEN")) return flattened(inner, name, state);
    const scan = resultScan(inner, state, name);
    if (scan !== null) return scan;
  }
  const inner = tableFunction(node);
  if (named(inner, "FLATTEN")) return flattened(inner, "F", state);
  return resultScan(inner, state, null);
}

/** `FROM VALUES (…)` without column names: Snowflake calls them COLUMN1, COLUMN2 … */
function namedValues(node: Node, state: Rewriting): Node | null {
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
  const named = items.map((item, i) => (i === index ? table : item));
  return rewrite({ ...node, from: { ...from, expressions: named } }, state) as Node;
}

/** The function inside `TABLE(f(…))`. */
function tableFunction(node: Node | null): Node | null {
  const outer = child(node, "function");
  if (String(outer?.["name"]).toUpperCase() !== "TABLE") return null;
  const [first] = children(outer, "args");
  return isNode(first) ? first : null;
}

const named = (node: Node | null, name: string): boolean => String(child(node, "function")?.["name"]).toUpperCase() === name;

function resultScan(node: Node | null, state: Rewriting, alias: string | null): Node | null {
  if (!named(node, "RESULT_SCAN")) return null;
  const [argument] = children(child(node, "function"), "args");
  const id = (literalText(argument) ?? "LAST").toLowerCase();
  state.scans.add(id);
  return tableSnippet(`"SLUICE_RESULT_${id.replaceAll(/[^a-z0-9-]/g, "")}"${alias === null ? "" : ` AS "${alias.toUpperCase()}"`}`);
}

function flattened(node: Node | null, alias: string, state: Rewriting): Node | null {
  if (!named(node, "FLATTEN")) return null;
  const args = children(child(node, "function"), "args").map((value): Value => {
    const argument = isNode(value) ? child(value, "named_argument") : null;
    return argument !== null && String(child(argument, "name")?.["name"]).toUpperCase() === "INPUT" ? argument["value"] ?? null : value;
  });
  const input = rewrite(args[0] ?? null, state);
  return tableSnippet(
    `LATERAL (SELECT 1 AS SEQ, unnest(SLUICE_KEYS(X__)) AS "KEY", unnest(SLUICE_KEYS(X__)) AS PATH, unnest(SLUICE_INDEXES(X__)) AS "INDEX", unnest(SLUICE_ELEMENTS(X__)) AS "VALUE", SLUICE_JSON(X__) AS "THIS") AS "${alias.toUpperCase()}"`,
    { X__: input },
  );
}

function rewriteCast(node: Node, body: Node): Node {
  const type = child(body, "to");
  const holes = { X__: body["this"] ?? null };
  const isLiteral = literalText(body["this"]) !== null;
  if (type?.["data_type"] === "text" || type?.["data_type"] === "var_char") return isLiteral ? node : expressionSnippet("SLUICE_TEXT(X__)", holes);
  if (type?.["data_type"] === "binary" || type?.["name"] === "BLOB") return expressionSnippet("SLUICE_BINARY(X__)", holes);
  switch (type?.["name"]) {
    case "SLUICE_MAP":
      return expressionSnippet("SLUICE_OBJECT(X__)", holes);
    case "SLUICE_LIST":
      return expressionSnippet("SLUICE_ARRAY(X__)", holes);
    case "SLUICE_TZ":
      return expressionSnippet("SLUICE_ZONED(X__)", holes);
    case "JSON":
      return expressionSnippet("SLUICE_JSON(X__)", holes);
    default:
      return node;
  }
}

/** A Snowflake type as the engine's. Whole numbers are NUMBER(38, 0) whatever they are called. */
function engineType(node: Node): Node {
  const custom = (name: string): Node => ({ data_type: "custom", name });
  const name = String(node["name"] ?? "").toUpperCase();
  switch (node["data_type"]) {
    case "timestamp":
      return custom(node["timezone"] === true ? "SLUICE_TZ" : "TIMESTAMP");
    case "int":
    case "big_int":
    case "small_int":
    case "tiny_int":
      return { data_type: "decimal", precision: 38, scale: 0 };
    case "binary":
    case "var_binary":
      return custom("BLOB");
    case "time":
      return custom("TIME");
    case "array":
      return custom("SLUICE_LIST");
    case "object":
      return custom("SLUICE_MAP");
    case "custom":
      if (name.startsWith("TIMESTAMPLTZ")) return custom("TIMESTAMPTZ");
      if (name.startsWith("TIMESTAMPNTZ")) return custom(name === "TIMESTAMPNTZ(9)" ? "TIMESTAMP_NS" : "TIMESTAMP");
      return custom(CUSTOM_TYPES[name] ?? name);
    default:
      return node;
  }
}

const CUSTOM_TYPES: Readonly<Record<string, string>> = {
  VARIANT: "JSON", OBJECT: "SLUICE_MAP", ARRAY: "SLUICE_LIST", DATETIME: "TIMESTAMP", NUMBER: "DECIMAL(38, 0)", INTEGER: "DECIMAL(38, 0)", BYTEINT: "DECIMAL(38, 0)", STRING: "VARCHAR",
};
