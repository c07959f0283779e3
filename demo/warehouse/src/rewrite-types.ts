/** Snowflake's types in DDL and casts as the engine's. */
import { child, expressionSnippet, type Node } from "./ast.ts";
import { literalText } from "./rewrite-functions.ts";

/** A Snowflake type as the engine's. Whole numbers are NUMBER(38, 0) whatever they are called. */
export function engineType(node: Node): Node {
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
  VARIANT: "JSON",
  OBJECT: "SLUICE_MAP",
  ARRAY: "SLUICE_LIST",
  DATETIME: "TIMESTAMP",
  NUMBER: "DECIMAL(38, 0)",
  INTEGER: "DECIMAL(38, 0)",
  BYTEINT: "DECIMAL(38, 0)",
  STRING: "VARCHAR",
};

/** A cast to a type that the engine has not, as a call of our own function. The type is the engine's already. */
export function rewriteCast(node: Node, body: Node): Node {
  const type = child(body, "to");
  const holes = { X__: body["this"] ?? null };
  const isLiteral = literalText(body["this"]) !== null;
  if (type?.["data_type"] === "text" || type?.["data_type"] === "var_char")
    return isLiteral ? node : expressionSnippet("SLUICE_TEXT(X__)", holes);
  if (type?.["data_type"] === "binary" || type?.["name"] === "BLOB")
    return expressionSnippet("SLUICE_BINARY(X__)", holes);
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
