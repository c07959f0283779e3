/** Functions and paths into semi-structured values, where the two dialects differ. */
import { child, children, expressionSnippet, isNode, type Node, type Value } from "./ast.ts";
import { WarehouseError } from "./errors.ts";
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

/** Text of a string or number literal. */
export function literalText(value: Value | undefined): string | null {
  const literal = isNode(value) ? child(value, "literal") : null;
  return typeof literal?.["value"] === "string" ? literal["value"] : null;
}

/** What a session variable holds. */
export const variable = (name: string): Node => expressionSnippet(`getvariable('${name.replaceAll("'", "''")}')`);

/** The value at a path of a semi-structured value. */
export const get = (value: Value | undefined, path: string): Node =>
  expressionSnippet(`SLUICE_GET(X__, '${path.replaceAll("'", "''")}')`, { X__: value ?? null });

/** `a.b[0]."C d"` as the engine's `$.a.b[0]."C d"`. */
export function variantPath(path: string): string {
  const keyed = path.replaceAll(/\["((?:[^"\\]|\\.)*)"\]/g, '."$1"').replaceAll(/\['([^']*)'\]/g, '."$1"');
  return keyed.startsWith(".") || keyed.startsWith("[") ? `$${keyed}` : `$.${keyed}`;
}

/** `a[0]` and `a['k']` with a literal. */
export function subscript(node: Node, body: Node): Node {
  const index = child(child(body, "index"), "literal");
  if (index?.["literal_type"] === "number") return get(body["this"], `$[${String(index["value"])}]`);
  if (index?.["literal_type"] === "string") return get(body["this"], `$."${String(index["value"])}"`);
  return node;
}

const SESSION_VALUES: ReadonlySet<string> = new Set([
  "CURRENT_USER",
  "CURRENT_ROLE",
  "CURRENT_DATABASE",
  "CURRENT_SCHEMA",
  "CURRENT_WAREHOUSE",
  "CURRENT_SESSION",
  "CURRENT_ACCOUNT",
  "CURRENT_ACCOUNT_NAME",
  "CURRENT_ORGANIZATION_NAME",
  "CURRENT_REGION",
  "CURRENT_VERSION",
  "CURRENT_CLIENT",
  "CURRENT_IP_ADDRESS",
  "CURRENT_AVAILABLE_ROLES",
  "CURRENT_SECONDARY_ROLES",
  "CURRENT_SCHEMAS",
  "CURRENT_TRANSACTION",
  "LAST_QUERY_ID",
]);
const MOMENTS: Readonly<Record<string, string>> = {
  CURRENT_TIMESTAMP: "SLUICE_NOW()",
  LOCALTIMESTAMP: "SLUICE_NOW()",
  GETDATE: "SLUICE_NOW()",
  SYSTIMESTAMP: "SLUICE_NOW()",
  CURRENT_DATE: "SLUICE_TODAY()",
  CURRENT_TIME: "SLUICE_TIME_OF_DAY()",
  LOCALTIME: "SLUICE_TIME_OF_DAY()",
};

/** The engine's windows into itself and the machine: Snowflake has no such functions. */
const ENGINE_ONLY = /^(DUCKDB_|PRAGMA_|READ_|SNIFF_|PARQUET_|GLOB$|GETENV$|GETVARIABLE$|QUERY$|QUERY_TABLE$|SLUICE_)/;

export function rewriteFunction(node: Node, body: Node, state: Rewriting): Node {
  const name = String(body["name"]).toUpperCase();
  const args = children(body, "args");
  if (SESSION_VALUES.has(name)) return variable(name);
  const moment = MOMENTS[name];
  if (moment !== undefined) return expressionSnippet(moment);
  if (ENGINE_ONLY.test(name))
    throw new WarehouseError("002141", "42601", `SQL compilation error:\nUnknown user-defined function ${name}`);
  switch (name) {
    case "SYSTEM$WAIT":
      return wait(args, state);
    case "TO_CHAR":
    case "TO_VARCHAR": {
      const format = literalText(args[1]);
      if (format !== null)
        return expressionSnippet(`SLUICE_FORMAT(X__, '${strftimeOf(format)}')`, { X__: args[0] ?? null });
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
    case "DATEADD":
    case "TIMESTAMPADD":
    case "TIMEADD":
      return addition(node, args);
    case "TO_TIMESTAMP_TZ":
      return args.length === 1 ? expressionSnippet("SLUICE_ZONED(X__)", { X__: args[0] ?? null }) : node;
    case "ARRAY_CONSTRUCT":
      return { function: { ...body, args: args.map((arg) => expressionSnippet("SLUICE_JSON(X__)", { X__: arg })) } };
    case "GET_PATH":
      return get(args[0], variantPath(literalText(args[1]) ?? ""));
    default:
      return node;
  }
}

const UNIT_NAMES: Readonly<Record<string, string>> = {
  YY: "YEAR",
  YYYY: "YEAR",
  Y: "YEAR",
  QTR: "QUARTER",
  Q: "QUARTER",
  MM: "MONTH",
  MON: "MONTH",
  WK: "WEEK",
  W: "WEEK",
  DD: "DAY",
  D: "DAY",
  DAYOFMONTH: "DAY",
  HH: "HOUR",
  H: "HOUR",
  MI: "MINUTE",
  M: "MINUTE",
  MIN: "MINUTE",
  S: "SECOND",
  SEC: "SECOND",
  MS: "MILLISECOND",
};
const UNIT = /^(YEAR|QUARTER|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND|MILLISECOND)$/;

/** The library loses the sign of a negative amount and makes a timestamp of every date. */
function addition(node: Node, args: readonly Value[]): Node {
  const word = isNode(args[0]) ? (child(args[0], "var")?.["this"] ?? literalText(args[0])) : null;
  const name = String(word).toUpperCase();
  const unit = UNIT_NAMES[name] ?? name.replace(/S$/, "");
  if (!UNIT.test(unit)) return node;
  return expressionSnippet(`SLUICE_ADD_${unit}(X__, N__)`, { X__: args[2] ?? null, N__: args[1] ?? null });
}

/** The library casts both sides to DATE, which loses hours. */
function difference(node: Node, args: readonly Value[]): Node {
  const part = isNode(args[0]) ? (child(args[0], "var")?.["this"] ?? literalText(args[0])) : null;
  if (typeof part !== "string" || !/^\w+$/.test(part)) return node;
  return expressionSnippet(`SLUICE_DIFF('${part.toLowerCase()}', A__, B__)`, {
    A__: args[1] ?? null,
    B__: args[2] ?? null,
  });
}

function wait(args: readonly Value[], state: Rewriting): Node {
  const amount = Number(literalText(args[0]) ?? 0);
  const unit = (literalText(args[1]) ?? "SECONDS").toUpperCase();
  state.waitMs += amount * (unit === "MILLISECONDS" ? 1 : unit === "MINUTES" ? 60_000 : 1000);
  return expressionSnippet(`'waited ${amount} ${unit.toLowerCase()}'`);
}
