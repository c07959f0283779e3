/**
 * Session parameters: Snowflake's defaults that drivers read, with the JSON types they expect
 * (protocol reference 3.7), and what a session has set over them.
 */

export type ParameterValue = string | number | boolean;

export const DEFAULTS: Readonly<Record<string, ParameterValue>> = {
  ABORT_DETACHED_QUERY: false,
  AUTOCOMMIT: true,
  BINARY_OUTPUT_FORMAT: "HEX",
  CLIENT_DISABLE_INCIDENTS: true,
  CLIENT_ENABLE_LOG_INFO_STATEMENT_PARAMETERS: false,
  CLIENT_HONOR_CLIENT_TZ_FOR_TIMESTAMP_NTZ: true,
  CLIENT_MEMORY_LIMIT: 1536,
  CLIENT_METADATA_REQUEST_USE_CONNECTION_CTX: false,
  CLIENT_METADATA_USE_SESSION_DATABASE: false,
  CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED: false,
  CLIENT_PREFETCH_THREADS: 4,
  CLIENT_RESULT_CHUNK_SIZE: 160,
  CLIENT_RESULT_COLUMN_CASE_INSENSITIVE: false,
  CLIENT_RESULT_PREFETCH_SLOTS: 2,
  CLIENT_RESULT_PREFETCH_THREADS: 1,
  CLIENT_SESSION_CLONE: false,
  CLIENT_SESSION_KEEP_ALIVE: false,
  CLIENT_SESSION_KEEP_ALIVE_HEARTBEAT_FREQUENCY: 3600,
  CLIENT_STAGE_ARRAY_BINDING_THRESHOLD: 2_147_483_647,
  CLIENT_TELEMETRY_ENABLED: false,
  CLIENT_TELEMETRY_SESSIONLESS_ENABLED: false,
  CLIENT_TIMESTAMP_TYPE_MAPPING: "TIMESTAMP_LTZ",
  CLIENT_USE_V1_QUERY_API: true,
  CLIENT_VALIDATE_DEFAULT_PARAMETERS: false,
  DATE_INPUT_FORMAT: "AUTO",
  DATE_OUTPUT_FORMAT: "YYYY-MM-DD",
  ENABLE_STAGE_S3_PRIVATELINK_FOR_US_EAST_1: false,
  JDBC_EFFICIENT_CHUNK_STORAGE: false,
  JDBC_ENABLE_COMBINED_DESCRIBE: false,
  JDBC_ENABLE_PUT_GET: true,
  JDBC_QUERY_RESULT_FORMAT: "ARROW",
  JDBC_RS_COLUMN_CASE_INSENSITIVE: false,
  JDBC_TREAT_DECIMAL_AS_INT: true,
  JS_DRIVER_DISABLE_OCSP_FOR_NON_SF_ENDPOINTS: false,
  JS_TREAT_INTEGER_AS_BIGINT: false,
  LOCK_TIMEOUT: 43_200,
  MULTI_STATEMENT_COUNT: 1,
  PYTHON_CONNECTOR_QUERY_RESULT_FORMAT: "ARROW",
  PYTHON_CONNECTOR_USE_NANOARROW: true,
  QUERY_CONTEXT_CACHE_SIZE: 5,
  QUERY_TAG: "",
  QUOTED_IDENTIFIERS_IGNORE_CASE: false,
  ROWS_PER_RESULTSET: 0,
  STATEMENT_QUEUED_TIMEOUT_IN_SECONDS: 0,
  STATEMENT_TIMEOUT_IN_SECONDS: 172_800,
  TIMESTAMP_INPUT_FORMAT: "AUTO",
  TIMESTAMP_LTZ_OUTPUT_FORMAT: "",
  TIMESTAMP_NTZ_OUTPUT_FORMAT: "YYYY-MM-DD HH24:MI:SS.FF3",
  TIMESTAMP_OUTPUT_FORMAT: "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM",
  TIMESTAMP_TYPE_MAPPING: "TIMESTAMP_NTZ",
  TIMESTAMP_TZ_OUTPUT_FORMAT: "",
  TIMEZONE: "America/Los_Angeles",
  TIME_INPUT_FORMAT: "AUTO",
  TIME_OUTPUT_FORMAT: "HH24:MI:SS",
  TRANSACTION_ABORT_ON_ERROR: false,
  TRANSACTION_DEFAULT_ISOLATION_LEVEL: "READ COMMITTED",
  USE_CACHED_RESULT: true,
  WEEK_OF_YEAR_POLICY: 0,
  WEEK_START: 0,
};

export class Parameters {
  readonly #own = new Map<string, ParameterValue>();

  /** Sets a parameter; unknown names are kept too, as drivers send some that are in no list. */
  set(name: string, value: unknown): void {
    const key = name.toUpperCase();
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return;
    this.#own.set(key, asTypeOf(DEFAULTS[key], value));
  }

  unset(name: string): void {
    this.#own.delete(name.toUpperCase());
  }

  get(name: string): ParameterValue | undefined {
    return this.#own.get(name) ?? DEFAULTS[name];
  }

  isSet(name: string): boolean {
    return this.#own.has(name);
  }

  /** All parameters as drivers want them. */
  list(): { name: string; value: ParameterValue }[] {
    const names = new Set([...Object.keys(DEFAULTS), ...this.#own.keys()]);
    return [...names].sort().map((name) => ({ name, value: this.get(name) ?? "" }));
  }
}

function asTypeOf(model: ParameterValue | undefined, value: ParameterValue): ParameterValue {
  if (typeof model === "boolean") return String(value).toLowerCase() === "true" || value === 1;
  if (typeof model === "number" && Number.isFinite(Number(value))) return Number(value);
  if (typeof model === "string") return String(value);
  return value;
}
