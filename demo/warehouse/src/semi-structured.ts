/**
 * Semi-structured values as JSON text, laid out over lines with two spaces as Snowflake sends them.
 * Works on text, so that numbers keep every digit.
 */
import { type DuckDBType, DuckDBTypeId, type DuckDBValue } from "@duckdb/node-api";

/** JSON text of a list, map or struct; JSON inside it stays as it is. */
export function jsonOf(value: DuckDBValue, type: DuckDBType): string {
  if (value === null) return "null";
  switch (type.typeId) {
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const { valueType } = type as DuckDBType & { valueType: DuckDBType };
      const { items } = value as unknown as { items: readonly DuckDBValue[] };
      return `[${items.map((item) => jsonOf(item, valueType)).join(",")}]`;
    }
    case DuckDBTypeId.MAP: {
      const { valueType } = type as DuckDBType & { valueType: DuckDBType };
      const { entries } = value as unknown as { entries: readonly { key: DuckDBValue; value: DuckDBValue }[] };
      return `{${entries.map((entry) => `${JSON.stringify(String(entry.key))}:${jsonOf(entry.value, valueType)}`).join(",")}}`;
    }
    case DuckDBTypeId.STRUCT: {
      const { entryNames, entryTypes } = type as DuckDBType & { entryNames: string[]; entryTypes: DuckDBType[] };
      const { entries } = value as unknown as { entries: Readonly<Record<string, DuckDBValue>> };
      const members = entryNames.map(
        (name, i) => `${JSON.stringify(name)}:${jsonOf(entries[name] ?? null, entryTypes[i] ?? type)}`,
      );
      return `{${members.join(",")}}`;
    }
    default:
      return scalarJson(value, type);
  }
}

function scalarJson(value: DuckDBValue, type: DuckDBType): string {
  if (type.alias === "JSON") return String(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object")
    return type.typeId === DuckDBTypeId.DECIMAL ? String(value) : JSON.stringify(String(value));
  return String(value);
}

/** Spreads JSON text over lines; text that holds no object or array is returned as it is. */
export function prettyJson(text: string): string {
  let out = "";
  let depth = 0;
  const scan = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;
  let previous = "";
  for (const [token] of text.matchAll(scan)) {
    if (token === "}" || token === "]") {
      depth--;
      out += previous === "{" || previous === "[" ? token : `\n${"  ".repeat(depth)}${token}`;
    } else {
      if (previous === "{" || previous === "[" || previous === ",") out += `\n${"  ".repeat(depth)}`;
      out += token === ":" ? ": " : token;
      if (token === "{" || token === "[") depth++;
    }
    previous = token;
  }
  return out;
}
