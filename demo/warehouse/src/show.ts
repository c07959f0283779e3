/**
 * SHOW and DESCRIBE as queries of the engine, with Snowflake's columns in Snowflake's order: some
 * drivers read them by position.
 */
import { SNOWFLAKE_TYPE } from "./catalog-views.ts";
import { literal } from "./database.ts";
import { unsupported } from "./errors.ts";
import { type Context, WAREHOUSES } from "./session.ts";
import { identifierValue, stringValue, type Token } from "./tokens.ts";

const CREATED = "TIMESTAMPTZ '2026-01-01 00:00:00+00' AS \"created_on\"";
const VISIBLE =
  "NOT internal AND schema_name NOT IN ('main', 'SLUICE_INFORMATION_SCHEMA') AND database_name NOT IN ('SLUICE', 'memory', 'system', 'temp')";

/** The type as SHOW and DESCRIBE spell it: `NUMBER(38,0)`, `VARCHAR(16777216)`. */
const SPELLED_TYPE = `CASE
  WHEN data_type LIKE 'DECIMAL%' THEN 'NUMBER(' || numeric_precision || ',' || numeric_scale || ')'
  WHEN data_type IN ('INTEGER', 'BIGINT', 'HUGEINT') THEN 'NUMBER(38,0)'
  WHEN data_type = 'VARCHAR' THEN 'VARCHAR(16777216)'
  WHEN data_type = 'BLOB' THEN 'BINARY(8388608)'
  WHEN data_type LIKE 'TIME%' OR data_type LIKE '%$offset%' THEN (${SNOWFLAKE_TYPE}) || '(9)'
  ELSE (${SNOWFLAKE_TYPE}) END`;

interface Clauses {
  readonly like: string | null;
  readonly startsWith: string | null;
  readonly limit: string | null;
  readonly database: string | null;
  readonly schema: string | null;
  readonly object: string | null;
}

/** The query for `SHOW …`; `tokens` is the whole statement. */
export function showQuery(tokens: readonly Token[], context: Context): string {
  const words = tokens.slice(1).filter((token) => !["TERSE", "PRIMARY"].includes(token.upper));
  const kind = words[0]?.upper ?? "";
  const clauses = readClauses(words.slice(1), context);
  switch (kind) {
    case "DATABASES":
      return filtered(DATABASES(context), "name", clauses);
    case "SCHEMAS":
      return filtered(SCHEMAS(context, schemasOf(words, clauses)), "name", clauses);
    case "TABLES":
      return filtered(`SELECT * FROM (${TABLES}) WHERE ${within(clauses)}`, "name", clauses);
    case "VIEWS":
      return filtered(`SELECT * FROM (${VIEWS}) WHERE ${within(clauses)}`, "name", clauses);
    case "OBJECTS":
      return filtered(`SELECT * FROM (${OBJECTS}) WHERE ${within(clauses)}`, "name", clauses);
    case "COLUMNS":
      return filtered(
        `SELECT * FROM (${COLUMNS}) WHERE ${within(clauses)}${clauses.object === null ? "" : ` AND upper("table_name") = ${literal(clauses.object)}`}`,
        "column_name",
        clauses,
      );
    case "WAREHOUSES":
      return filtered(WAREHOUSE_ROWS(context), "name", clauses);
    case "ROLES":
      return filtered(ROLES(context), "name", clauses);
    case "FUNCTIONS":
    case "PROCEDURES":
      return FUNCTIONS;
    case "USER":
      if (["FUNCTIONS", "PROCEDURES"].includes(words[1]?.upper ?? "")) return FUNCTIONS;
      throw unsupported(`SHOW USER ${words[1]?.upper}`);
    default:
      if (EMPTY_KINDS.has(kind))
        return `SELECT ${CREATED}, 'x' AS "name", '' AS "database_name", '' AS "schema_name", '' AS "comment" WHERE false`;
      throw unsupported(`SHOW ${kind}`);
  }
}

/** `IN x` without a word before it names the database here; without IN it is the session's. */
function schemasOf(words: readonly Token[], { database, schema }: Clauses): string | null {
  return words.some((token) => token.upper === "IN" && token.kind === "word") ? (schema ?? database) : database;
}

const EMPTY_KINDS: ReadonlySet<string> = new Set([
  "STAGES",
  "SEQUENCES",
  "STREAMS",
  "TASKS",
  "PIPES",
  "USERS",
  "GRANTS",
  "IMPORTED",
  "EXPORTED",
  "KEYS",
  "UNIQUE",
  "SHARES",
  "INTEGRATIONS",
  "POLICIES",
  "TAGS",
  "TRANSACTIONS",
  "LOCKS",
  "VARIABLES",
  "STREAMLITS",
  "NOTEBOOKS",
  "SECRETS",
  "ALERTS",
  "SERVICES",
]);

function readClauses(tokens: readonly Token[], context: Context): Clauses {
  const after = (word: string) => tokens.findIndex((token) => token.upper === word && token.kind === "word");
  const text = (index: number) => (tokens[index]?.kind === "string" ? stringValue(tokens[index]) : null);
  const [like, starts, limit, inAt] = [after("LIKE"), after("STARTS"), after("LIMIT"), after("IN")];
  const scope = inAt < 0 ? null : readScope(tokens.slice(inAt + 1));
  const parts = scope?.parts ?? [];
  const shared = {
    like: like < 0 ? null : text(like + 1),
    startsWith: starts < 0 ? null : text(starts + 2),
    limit: limit < 0 ? null : (tokens[limit + 1]?.text ?? null),
  };
  if (scope === null) return { ...shared, database: context.database, schema: context.schema, object: null };
  switch (scope.kind) {
    case "ACCOUNT":
      return { ...shared, database: null, schema: null, object: null };
    case "DATABASE":
      return { ...shared, database: parts.at(-1) ?? context.database, schema: null, object: null };
    case "TABLE":
    case "VIEW":
      return {
        ...shared,
        database: parts.at(-3) ?? context.database,
        schema: parts.at(-2) ?? context.schema,
        object: parts.at(-1) ?? null,
      };
    default:
      return {
        ...shared,
        database: parts.at(-2) ?? context.database,
        schema: parts.at(-1) ?? context.schema,
        object: null,
      };
  }
}

function readScope(tokens: readonly Token[]): { kind: string; parts: string[] } {
  const kinds = ["ACCOUNT", "DATABASE", "SCHEMA", "TABLE", "VIEW"];
  const [first] = tokens;
  const kind = first !== undefined && first.kind === "word" && kinds.includes(first.upper) ? first.upper : null;
  return { kind: kind ?? "SCHEMA", parts: dottedName(kind === null ? tokens : tokens.slice(1)) };
}

/** The parts of `a.b."C"` at the start of `tokens`. */
export function dottedName(tokens: readonly Token[]): string[] {
  const parts: string[] = [];
  for (let i = 0; i < tokens.length; i += 2) {
    const token = tokens[i];
    if (token === undefined || (token.kind !== "word" && token.kind !== "quoted")) break;
    parts.push(identifierValue(token));
    if (tokens[i + 1]?.text !== ".") break;
  }
  return parts;
}

function within({ database, schema }: Clauses): string {
  const parts = [
    database === null ? "true" : `upper("database_name") = ${literal(database.toUpperCase())}`,
    schema === null ? "true" : `upper("schema_name") = ${literal(schema.toUpperCase())}`,
  ];
  return parts.join(" AND ");
}

function filtered(sql: string, column: string, { like, startsWith, limit }: Clauses): string {
  const conditions = ["true"];
  if (like !== null) conditions.push(`"${column}" ILIKE ${literal(like)} ESCAPE '\\'`);
  if (startsWith !== null) conditions.push(`starts_with("${column}", ${literal(startsWith)})`);
  return `SELECT * FROM (${sql}) WHERE ${conditions.join(" AND ")}${limit !== null && /^\d+$/.test(limit) ? ` LIMIT ${limit}` : ""}`;
}

const DATABASES = (
  context: Context,
) => `SELECT ${CREATED}, database_name AS "name", 'N' AS "is_default", CASE WHEN database_name = ${literal(context.database ?? "")} THEN 'Y' ELSE 'N' END AS "is_current",
  '' AS "origin", 'SYSADMIN' AS "owner", '' AS "comment", '' AS "options", '1' AS "retention_time", 'STANDARD' AS "kind", NULL::VARCHAR AS "budget", 'ROLE' AS "owner_role_type", NULL::VARCHAR AS "object_visibility"
  FROM duckdb_databases() WHERE NOT internal AND database_name NOT IN ('SLUICE', 'memory') ORDER BY 2`;

const SCHEMAS = (
  context: Context,
  database: string | null,
) => `SELECT ${CREATED}, schema_name AS "name", 'N' AS "is_default", CASE WHEN schema_name = ${literal(context.schema ?? "")} AND database_name = ${literal(context.database ?? "")} THEN 'Y' ELSE 'N' END AS "is_current",
  database_name AS "database_name", 'SYSADMIN' AS "owner", '' AS "comment", '' AS "options", '1' AS "retention_time", 'ROLE' AS "owner_role_type", NULL::VARCHAR AS "classification_profile_database", NULL::VARCHAR AS "classification_profile_schema", NULL::VARCHAR AS "classification_profile", NULL::VARCHAR AS "object_visibility"
  FROM (SELECT schema_name, database_name, internal FROM duckdb_schemas() WHERE ${VISIBLE} UNION ALL SELECT 'INFORMATION_SCHEMA', database_name, false FROM duckdb_databases() WHERE NOT internal AND database_name NOT IN ('SLUICE', 'memory'))
  WHERE ${database === null ? "true" : `database_name = ${literal(database)}`} ORDER BY 5, 2`;

const TABLES = `SELECT ${CREATED}, table_name AS "name", database_name AS "database_name", schema_name AS "schema_name", CASE WHEN temporary THEN 'TEMPORARY' ELSE 'TABLE' END AS "kind", coalesce(comment, '') AS "comment", '' AS "cluster_by",
  estimated_size::DECIMAL(38, 0) AS "rows", (estimated_size * 64)::DECIMAL(38, 0) AS "bytes", 'SYSADMIN' AS "owner", '1' AS "retention_time", 'OFF' AS "automatic_clustering", 'OFF' AS "change_tracking",
  'OFF' AS "search_optimization", NULL::DECIMAL(38, 0) AS "search_optimization_progress", NULL::DECIMAL(38, 0) AS "search_optimization_bytes", 'N' AS "is_external", 'N' AS "enable_schema_evolution", 'ROLE' AS "owner_role_type", 'N' AS "is_event", NULL::VARCHAR AS "budget",
  'N' AS "is_hybrid", 'N' AS "is_iceberg", 'N' AS "is_dynamic", 'N' AS "is_immutable" FROM duckdb_tables() WHERE ${VISIBLE} ORDER BY 3, 4, 2`;

const VIEWS = `SELECT ${CREATED}, view_name AS "name", '' AS "reserved", database_name AS "database_name", schema_name AS "schema_name", 'SYSADMIN' AS "owner", '' AS "comment", coalesce(comment, sql) AS "text",
  CASE WHEN coalesce(comment, '') ILIKE 'create%secure%view%' THEN 'true' ELSE 'false' END AS "is_secure", 'false' AS "is_materialized", 'ROLE' AS "owner_role_type", 'OFF' AS "change_tracking" FROM duckdb_views() WHERE ${VISIBLE} ORDER BY 4, 5, 2`;

const OBJECTS = `SELECT "created_on", "name", "database_name", "schema_name", "kind", "comment", "cluster_by", "rows", "bytes", "owner", "retention_time", "owner_role_type", "budget", "is_hybrid", "is_dynamic", "is_iceberg" FROM (${TABLES})
  UNION ALL SELECT "created_on", "name", "database_name", "schema_name", 'VIEW', '', '', 0, 0, "owner", '1', 'ROLE', NULL, 'N', 'N', 'N' FROM (${VIEWS})`;

/** There are none, but tools read the columns. */
const FUNCTIONS = `SELECT ${CREATED}, '' AS "name", '' AS "schema_name", 'N' AS "is_builtin", 'N' AS "is_aggregate", 'N' AS "is_ansi", 0::DECIMAL(38, 0) AS "min_num_arguments", 0::DECIMAL(38, 0) AS "max_num_arguments",
  '' AS "arguments", '' AS "description", '' AS "catalog_name", 'N' AS "is_table_function", 'N' AS "valid_for_clustering", 'N' AS "is_secure" WHERE false`;

/** The type as SHOW COLUMNS has it: an object with what belongs to the type. */
const COLUMN_JSON = `CASE (${SNOWFLAKE_TYPE})
  WHEN 'NUMBER' THEN to_json({'type': 'FIXED', 'precision': CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_precision ELSE 38 END, 'scale': CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_scale ELSE 0 END, 'nullable': is_nullable})
  WHEN 'TEXT' THEN to_json({'type': 'TEXT', 'length': 16777216, 'byteLength': 16777216, 'nullable': is_nullable, 'fixed': false})
  WHEN 'BINARY' THEN to_json({'type': 'BINARY', 'length': 8388608, 'byteLength': 8388608, 'nullable': is_nullable, 'fixed': true})
  WHEN 'TIME' THEN to_json({'type': 'TIME', 'precision': 0, 'scale': 9, 'nullable': is_nullable})
  WHEN 'TIMESTAMP_NTZ' THEN to_json({'type': 'TIMESTAMP_NTZ', 'precision': 0, 'scale': 9, 'nullable': is_nullable})
  WHEN 'TIMESTAMP_LTZ' THEN to_json({'type': 'TIMESTAMP_LTZ', 'precision': 0, 'scale': 9, 'nullable': is_nullable})
  WHEN 'TIMESTAMP_TZ' THEN to_json({'type': 'TIMESTAMP_TZ', 'precision': 0, 'scale': 9, 'nullable': is_nullable})
  ELSE to_json({'type': CASE (${SNOWFLAKE_TYPE}) WHEN 'FLOAT' THEN 'REAL' ELSE (${SNOWFLAKE_TYPE}) END, 'nullable': is_nullable}) END`;

const COLUMNS = `SELECT table_name AS "table_name", schema_name AS "schema_name", column_name AS "column_name", ${COLUMN_JSON}::VARCHAR AS "data_type",
  CASE WHEN is_nullable THEN 'true' ELSE 'NOT_NULL' END AS "null?", coalesce(column_default, '') AS "default", 'COLUMN' AS "kind", '' AS "expression", coalesce(comment, '') AS "comment", database_name AS "database_name", '' AS "autoincrement", NULL::VARCHAR AS "schema_evolution_record"
  FROM duckdb_columns() WHERE ${VISIBLE} ORDER BY database_name, schema_name, table_name, column_index`;

const WAREHOUSE_ROWS = (context: Context) =>
  WAREHOUSES.map(
    (
      name,
    ) => `SELECT ${literal(name)} AS "name", 'STARTED' AS "state", 'STANDARD' AS "type", 'X-Small' AS "size", 1::DECIMAL(38, 0) AS "min_cluster_count", 1::DECIMAL(38, 0) AS "max_cluster_count", 1::DECIMAL(38, 0) AS "started_clusters",
  0::DECIMAL(38, 0) AS "running", 0::DECIMAL(38, 0) AS "queued", ${literal(name === WAREHOUSES[0] ? "Y" : "N")} AS "is_default", ${literal(name === context.warehouse ? "Y" : "N")} AS "is_current", 600::DECIMAL(38, 0) AS "auto_suspend", 'true' AS "auto_resume", '100' AS "available", '0' AS "provisioning", '0' AS "quiescing", '0' AS "other",
  TIMESTAMPTZ '2026-01-01 00:00:00+00' AS "created_on", TIMESTAMPTZ '2026-01-01 00:00:00+00' AS "resumed_on", TIMESTAMPTZ '2026-01-01 00:00:00+00' AS "updated_on", 'SYSADMIN' AS "owner", '' AS "comment"`,
  ).join(" UNION ALL ");

const ROLES = (
  context: Context,
) => `SELECT ${CREATED}, r AS "name", 'N' AS "is_default", CASE WHEN r = ${literal(context.role)} THEN 'Y' ELSE 'N' END AS "is_current", 'N' AS "is_inherited", '0' AS "assigned_to_users", '0' AS "granted_to_roles", '0' AS "granted_roles", '' AS "owner", '' AS "comment"
  FROM (SELECT unnest(list_distinct(['ACCOUNTADMIN', 'SYSADMIN', 'PUBLIC', ${literal(context.role)}])) AS r) ORDER BY 2`;

/** The query for `DESCRIBE TABLE|VIEW name`. */
export function describeQuery(database: string, schema: string, name: string): string {
  return `SELECT column_name AS "name", ${SPELLED_TYPE} AS "type", 'COLUMN' AS "kind", CASE WHEN is_nullable THEN 'Y' ELSE 'N' END AS "null?", column_default AS "default", 'N' AS "primary key", 'N' AS "unique key",
  NULL::VARCHAR AS "check", NULL::VARCHAR AS "expression", comment AS "comment", NULL::VARCHAR AS "policy name", NULL::VARCHAR AS "privacy domain"
  FROM duckdb_columns() WHERE ${VISIBLE} AND database_name = ${literal(database)} AND schema_name = ${literal(schema)} AND upper(table_name) = ${literal(name.toUpperCase())} ORDER BY column_index`;
}
