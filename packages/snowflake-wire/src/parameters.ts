/**
 * Session parameters: which of the caller's are carried on, and which a login answer must hold.
 *
 * Drivers send arbitrary keys at login and with each statement. The table is closed: a key outside it is
 * dropped and named as dropped; a key that would change what the analysed text means is refused unless its
 * value is the harmless one. Output types must be right: JDBC casts them (protocol §3.7, §20).
 */

import { type Json, JsonNumber, type JsonObject } from "./json.ts";
import { Fields, record, refuse } from "./shape.ts";

export type ParameterValue = string | number | boolean | null | JsonNumber;

export interface Parameter {
  readonly name: string;
  readonly value: ParameterValue;
}

/** Where a caller may set a parameter: at login, with one statement, or both. */
export type ParameterScope = "login" | "statement" | "both";

/** The parameters a caller may set, by upper-case name. Everything else is dropped. */
export const SETTABLE_PARAMETERS: Readonly<Record<string, ParameterScope>> = record([
  ["ABORT_DETACHED_QUERY", "both"],
  ["AUTOCOMMIT", "both"],
  ["BINARY_INPUT_FORMAT", "both"],
  ["BINARY_OUTPUT_FORMAT", "both"],
  ["CLIENT_MEMORY_LIMIT", "both"],
  ["CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX", "both"],
  ["CLIENT_METADATA_USE_SESSION_DATABASE", "both"],
  ["CLIENT_PREFETCH_THREADS", "both"],
  ["CLIENT_REQUEST_MFA_TOKEN", "login"],
  ["CLIENT_RESULT_CHUNK_SIZE", "both"],
  ["CLIENT_RESULT_COLUMN_CASE_INSENSITIVE", "both"],
  ["CLIENT_RESULT_PREFETCH_SLOTS", "both"],
  ["CLIENT_RESULT_PREFETCH_THREADS", "both"],
  ["CLIENT_SESSION_KEEP_ALIVE", "both"],
  ["CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", "both"],
  ["CLIENT_STORE_TEMPORARY_CREDENTIAL", "login"],
  ["CLIENT_TELEMETRY_ENABLED", "both"],
  ["CLIENT_TIMESTAMP_TYPE_MAPPING", "both"],
  ["CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ", "both"],
  ["CLIENT_VALIDATE_DEFAULT_PARAMETERS", "login"],
  ["C_API_QUERY_RESULT_FORMAT", "both"],
  ["DATE_INPUT_FORMAT", "both"],
  ["DATE_OUTPUT_FORMAT", "both"],
  ["DOTNET_QUERY_RESULT_FORMAT", "both"],
  ["ERROR_ON_NONDETERMINISTIC_MERGE", "both"],
  ["ERROR_ON_NONDETERMINISTIC_UPDATE", "both"],
  ["GEOGRAPHY_OUTPUT_FORMAT", "both"],
  ["GEOMETRY_OUTPUT_FORMAT", "both"],
  ["GO_QUERY_RESULT_FORMAT", "both"],
  ["JDBC_ENABLE_COMBINED_DESCRIBE", "both"],
  ["JDBC_ENABLE_PUT_GET", "both"],
  ["JDBC_QUERY_RESULT_FORMAT", "both"],
  ["JDBC_RS_COLUMN_CASE_INSENSITIVE", "both"],
  ["JDBC_TREAT_DECIMAL_AS_INT", "both"],
  ["JDBC_TREAT_TIMESTAMP_NTZ_AS_UTC", "both"],
  ["JDBC_USE_SESSION_TIMEZONE", "both"],
  ["JSON_INDENT", "both"],
  ["JS_TREAT_INTEGER_AS_BIGINT", "both"],
  ["LOCK_TIMEOUT", "both"],
  ["MULTI_STATEMENT_COUNT", "statement"],
  ["NEW_SQL_FORMAT", "statement"],
  ["ODBC_QUERY_RESULT_FORMAT", "both"],
  ["PYTHON_CONNECTOR_QUERY_RESULT_FORMAT", "both"],
  ["PYTHON_CONNECTOR_USE_NANOARROW", "both"],
  ["QUERY_CONTEXT_CACHE_SIZE", "both"],
  ["QUERY_RESULT_FORMAT", "both"],
  ["QUERY_TAG", "both"],
  ["QUERY_TIMEOUT", "statement"],
  ["ROWS_PER_RESULTSET", "both"],
  ["STATEMENT_QUEUED_TIMEOUT_IN_SECONDS", "both"],
  ["STATEMENT_TIMEOUT_IN_SECONDS", "both"],
  ["TIMESTAMP_INPUT_FORMAT", "both"],
  ["TIMESTAMP_LTZ_OUTPUT_FORMAT", "both"],
  ["TIMESTAMP_NTZ_OUTPUT_FORMAT", "both"],
  ["TIMESTAMP_OUTPUT_FORMAT", "both"],
  ["TIMESTAMP_TYPE_MAPPING", "both"],
  ["TIMESTAMP_TZ_OUTPUT_FORMAT", "both"],
  ["TIMEZONE", "both"],
  ["TIME_INPUT_FORMAT", "both"],
  ["TIME_OUTPUT_FORMAT", "both"],
  ["TRANSACTION_ABORT_ON_ERROR", "both"],
  ["TRANSACTION_DEFAULT_ISOLATION_LEVEL", "both"],
  ["TWO_DIGIT_CENTURY_START", "both"],
  ["UNSUPPORTED_DDL_ACTION", "both"],
  ["USE_CACHED_RESULT", "both"],
  ["WEEK_OF_YEAR_POLICY", "both"],
  ["WEEK_START", "both"],
]);

/**
 * Parameters that change which objects the analysed text names. Only the value given here is taken (and then
 * not carried on, being the default); any other is refused.
 */
export const REFUSED_PARAMETERS: Readonly<Record<string, string>> = record([
  ["QUOTED_IDENTIFIERS_IGNORE_CASE", "false"],
  ["SEARCH_PATH", ""],
]);

export interface FilteredParameters {
  /** Names as the caller wrote them. */
  readonly carried: Readonly<Record<string, ParameterValue>>;
  readonly dropped: readonly string[];
}

const PARAMETERS_MAX = 1_000;
const NAME_CHARS_MAX = 128;
const VALUE_CHARS_MAX = 4_096;

/** Sorts the caller's parameters into carried and dropped; refuses what would change the text's meaning. */
export function filterParameters(fields: Fields | null, scope: "login" | "statement"): FilteredParameters {
  const carried: [string, ParameterValue][] = [];
  const dropped: string[] = [];
  const seen = new Set<string>();
  const names = fields?.keys() ?? [];
  if (names.length > PARAMETERS_MAX) refuse("LIMIT", "too many session parameters");
  for (const name of names) {
    const key = name.toUpperCase();
    if (seen.has(key)) refuse("REFUSED_FIELD", "one session parameter in two spellings");
    seen.add(key);
    const value = fields?.get(name) ?? null;
    if (key in REFUSED_PARAMETERS) refuseUnlessHarmless(key, value);
    const settable = SETTABLE_PARAMETERS[key];
    if ((settable === scope || settable === "both") && isScalar(value) && isShort(value)) carried.push([name, value]);
    else dropped.push(name.slice(0, NAME_CHARS_MAX));
  }
  return { carried: record(carried), dropped };
}

function refuseUnlessHarmless(key: string, value: Json): void {
  const text = isScalar(value) ? scalarText(value).toLowerCase() : null;
  if (text !== REFUSED_PARAMETERS[key] && text !== "") {
    refuse("REFUSED_FIELD", `session parameter ${key} would change what names in the statement mean`);
  }
}

function isScalar(value: Json): value is ParameterValue {
  return value === null || typeof value !== "object" || value instanceof JsonNumber;
}

function isShort(value: ParameterValue): boolean {
  return scalarText(value).length <= VALUE_CHARS_MAX;
}

function scalarText(value: ParameterValue): string {
  if (value === null) return "";
  return value instanceof JsonNumber ? value.text : String(value);
}

/** Reads the `parameters` list of an answer: `{name, value}` with scalar values; others are left out. */
export function readParameters(fields: Fields): readonly Parameter[] {
  const out: Parameter[] = [];
  for (const [index, json] of fields.list("parameters", PARAMETERS_MAX).entries()) {
    const entry = new Fields(json, `${fields.at("parameters")}[${index}]`);
    const value = entry.get("value") ?? null;
    if (isScalar(value)) out.push({ name: entry.text("name"), value });
  }
  return out;
}

/** The `parameters` list of an answer. */
export function renderParameters(parameters: readonly Parameter[]): readonly JsonObject[] {
  return parameters.map(({ name, value }) => ({ name, value }));
}

/** `base` with the parameters of `over` put in their place, and added where they are missing. */
export function overlayParameters(base: readonly Parameter[], over: readonly Parameter[]): readonly Parameter[] {
  const byName = new Map(base.map((parameter) => [parameter.name, parameter]));
  for (const parameter of over) byName.set(parameter.name, parameter);
  return [...byName.values()];
}

/** The value of a parameter in a list, or null. */
export function parameterValue(parameters: readonly Parameter[], name: string): ParameterValue {
  return parameters.find((parameter) => parameter.name === name)?.value ?? null;
}

/**
 * What a gateway puts over the warehouse's parameters in every login and query answer: array binds stay
 * inline (2147483647 makes no driver stage them), and drivers keep their telemetry to themselves.
 */
export const FORCED_PARAMETERS: readonly Parameter[] = [
  { name: "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD", value: 2_147_483_647 },
  { name: "CLIENT_TELEMETRY_ENABLED", value: false },
  { name: "CLIENT_TELEMETRY_SESSIONLESS_ENABLED", value: false },
  { name: "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED", value: false },
  { name: "JDBC_ENABLE_PUT_GET", value: false },
];

/** A complete list for a server's login answer: every parameter that some driver misses when it isn't there. */
export const SERVER_PARAMETERS: readonly Parameter[] = [
  { name: "AUTOCOMMIT", value: true },
  { name: "BINARY_OUTPUT_FORMAT", value: "HEX" },
  { name: "CLIENT_DISABLE_INCIDENTS", value: true },
  { name: "CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS", value: false },
  { name: "CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ", value: true },
  { name: "CLIENT_MEMORY_LIMIT", value: 1536 },
  { name: "CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX", value: false },
  { name: "CLIENT_METADATA_USE_SESSION_DATABASE", value: false },
  { name: "CLIENT_PREFETCH_THREADS", value: 4 },
  { name: "CLIENT_RESULT_CHUNK_SIZE", value: 16 },
  { name: "CLIENT_RESULT_COLUMN_CASE_INSENSITIVE", value: false },
  { name: "CLIENT_RESULT_PREFETCH_SLOTS", value: 2 },
  { name: "CLIENT_RESULT_PREFETCH_THREADS", value: 1 },
  { name: "CLIENT_SESSION_CLONE", value: false },
  { name: "CLIENT_SESSION_KEEP_ALIVE", value: false },
  { name: "CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY", value: 3600 },
  { name: "CLIENT_TIMESTAMP_TYPE_MAPPING", value: "TIMESTAMP_LTZ" },
  { name: "CLIENT_USE_V1_QUERY_API", value: true },
  { name: "CLIENT_VALIDATE_DEFAULT_PARAMETERS", value: false },
  { name: "CSV_TIMESTAMP_FORMAT", value: "" },
  { name: "DATE_OUTPUT_FORMAT", value: "YYYY-MM-DD" },
  { name: "ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1", value: false },
  { name: "JS_DRIVER_DISABLE_OCSP_FOR_NON_SF_ENDPOINTS", value: true },
  { name: "JS_TREAT_INTEGER_AS_BIGINT", value: false },
  { name: "QUERY_CONTEXT_CACHE_SIZE", value: 5 },
  { name: "SERVICE_NAME", value: "" },
  { name: "TIMESTAMP_LTZ_OUTPUT_FORMAT", value: "" },
  { name: "TIMESTAMP_NTZ_OUTPUT_FORMAT", value: "YYYY-MM-DD HH24:MI:SS.FF3" },
  { name: "TIMESTAMP_OUTPUT_FORMAT", value: "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM" },
  { name: "TIMESTAMP_TZ_OUTPUT_FORMAT", value: "" },
  { name: "TIMEZONE", value: "America/Los_Angeles" },
  { name: "TIME_OUTPUT_FORMAT", value: "HH24:MI:SS" },
  ...FORCED_PARAMETERS,
];

/** The parameters that every query answer must echo: Node renders with these alone (protocol §20). */
export const ANSWER_PARAMETER_NAMES: readonly string[] = [
  "AUTOCOMMIT",
  "BINARY_OUTPUT_FORMAT",
  "CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ",
  "CLIENT_PREFETCH_THREADS",
  "CLIENT_RESULT_CHUNK_SIZE",
  "CLIENT_STAGE_ARRAY_BINDING_THRESHOLD",
  "CLIENT_TELEMETRY_ENABLED",
  "CLIENT_TIMESTAMP_TYPE_MAPPING",
  "DATE_OUTPUT_FORMAT",
  "JS_TREAT_INTEGER_AS_BIGINT",
  "QUERY_CONTEXT_CACHE_SIZE",
  "SERVICE_NAME",
  "TIMESTAMP_LTZ_OUTPUT_FORMAT",
  "TIMESTAMP_NTZ_OUTPUT_FORMAT",
  "TIMESTAMP_OUTPUT_FORMAT",
  "TIMESTAMP_TZ_OUTPUT_FORMAT",
  "TIMEZONE",
  "TIME_OUTPUT_FORMAT",
];

/** A `{NAME: value}` object as sent at login and with a statement. */
export function renderParameterObject(parameters: Readonly<Record<string, ParameterValue>>): JsonObject {
  return record(Object.entries(parameters));
}
