/**
 * Snowflake functions that the engine has not, as macros of the internal database. The translation
 * (`translate.ts`) calls the `SLUICE_…` ones; the others are found by their own name.
 */

/** SLUICE_JSON(x): the value as JSON, whatever its type. Text becomes a JSON string. */
const TO_JSON = "to_json(x)";

/** SLUICE_ADD_<unit>(x, n): a date stays a date where the unit is a day or longer. */
const UNITS: Readonly<Record<string, string>> = {
  YEAR: "to_years(n::INTEGER)",
  QUARTER: "to_months(3 * n::INTEGER)",
  MONTH: "to_months(n::INTEGER)",
  WEEK: "to_weeks(n::INTEGER)",
  DAY: "to_days(n::INTEGER)",
  HOUR: "to_hours(n)",
  MINUTE: "to_minutes(n)",
  SECOND: "to_seconds(n)",
  MILLISECOND: "to_milliseconds(n)",
};

const ADDITIONS = Object.entries(UNITS).map(([unit, interval]) => {
  const sum = `x + ${interval}`;
  const onDate = ["HOUR", "MINUTE", "SECOND", "MILLISECOND"].includes(unit) ? sum : `CAST(${sum} AS DATE)`;
  const others = ["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS"].map((type) => `(x ${type}, n) AS ${sum}`);
  return `CREATE MACRO SLUICE_ADD_${unit}(x DATE, n) AS ${onDate}, ${others.join(", ")}, (x VARCHAR, n) AS CAST(x AS TIMESTAMP) + ${interval}`;
});

export const FUNCTIONS: readonly string[] = [
  ...ADDITIONS,
  "CREATE TYPE SLUICE_BIGINT AS BIGINT",
  "CREATE TYPE SLUICE_NTZ AS TIMESTAMP_NS",
  "CREATE TYPE SLUICE_LTZ AS TIMESTAMPTZ",
  "CREATE TYPE SLUICE_MAP AS MAP(VARCHAR, JSON)",
  "CREATE TYPE SLUICE_LIST AS JSON[]",
  `CREATE TYPE SLUICE_TZ AS STRUCT("$utc" TIMESTAMP_NS, "$offset" INTEGER)`,
  `CREATE TABLE DUAL AS SELECT NULL::VARCHAR AS DUMMY`,
  `CREATE MACRO SLUICE_JSON(x) AS ${TO_JSON}`,
  `CREATE MACRO SLUICE_GET(x, path) AS json_extract(${TO_JSON}, path)`,
  `CREATE MACRO SLUICE_TEXT(x) AS CASE WHEN typeof(x) = 'JSON' THEN json_extract_string(${TO_JSON}, '$') WHEN typeof(x) LIKE '%[]' OR typeof(x) LIKE 'MAP%' OR typeof(x) LIKE 'STRUCT%' THEN ${TO_JSON}::VARCHAR ELSE CAST(x AS VARCHAR) END`,
  `CREATE MACRO SLUICE_OBJECT(x) AS CAST(${TO_JSON} AS MAP(VARCHAR, JSON))`,
  `CREATE MACRO SLUICE_ARRAY(x) AS CAST(${TO_JSON} AS JSON[])`,
  `CREATE MACRO SLUICE_BINARY(x) AS CASE WHEN typeof(x) = 'BLOB' THEN CAST(x AS BLOB) ELSE unhex(CAST(x AS VARCHAR)) END`,
  `CREATE MACRO SLUICE_OFFSET(s) AS CASE WHEN regexp_matches(s, '[+-]\\d{2}:?\\d{2}$')
     THEN (CASE WHEN regexp_extract(s, '([+-])\\d{2}:?\\d{2}$', 1) = '-' THEN -1 ELSE 1 END) * (regexp_extract(s, '[+-](\\d{2}):?\\d{2}$', 1)::INTEGER * 60 + regexp_extract(s, '[+-]\\d{2}:?(\\d{2})$', 1)::INTEGER)
     ELSE (date_diff('minute', (s::TIMESTAMPTZ) AT TIME ZONE 'UTC', (s::TIMESTAMPTZ)::TIMESTAMP))::INTEGER END`,
  `CREATE MACRO SLUICE_UTC(s) AS CASE WHEN regexp_matches(s, '[+-]\\d{2}:?\\d{2}$')
     THEN (trim(regexp_replace(s, '[+-]\\d{2}:?\\d{2}$', ''))::TIMESTAMP_NS - to_minutes(SLUICE_OFFSET(s)))::TIMESTAMP_NS
     ELSE ((s::TIMESTAMPTZ) AT TIME ZONE 'UTC')::TIMESTAMP_NS END`,
  `CREATE MACRO SLUICE_ZONED(x) AS CASE WHEN x IS NULL THEN NULL ELSE {'$utc': SLUICE_UTC(CAST(x AS VARCHAR)), '$offset': SLUICE_OFFSET(CAST(x AS VARCHAR))}::SLUICE_TZ END`,
  "CREATE MACRO SLUICE_NOW() AS now()",
  "CREATE MACRO SLUICE_TODAY() AS CAST(now() AS DATE)",
  "CREATE MACRO SLUICE_TIME_OF_DAY() AS CAST(CAST(now() AS TIMESTAMP) AS TIME)",
  "CREATE MACRO SLUICE_DIFF(part, a, b) AS date_diff(part, CAST(a AS TIMESTAMP), CAST(b AS TIMESTAMP))",
  `CREATE MACRO SLUICE_FORMAT(x, f) AS strftime(x, f)`,
  `CREATE MACRO TO_VARCHAR(x) AS SLUICE_TEXT(x)`,
  `CREATE MACRO TO_CHAR(x) AS SLUICE_TEXT(x)`,
  `CREATE MACRO TO_BINARY(x) AS unhex(x), (x, f) AS CASE WHEN upper(f) = 'HEX' THEN unhex(x) WHEN upper(f) = 'BASE64' THEN from_base64(x) ELSE encode(x) END`,
  `CREATE MACRO TO_NUMBER(x) AS CAST(x AS DECIMAL(38, 0)), (x, p, s) AS CAST(x AS DECIMAL(38, 2))`,
  `CREATE MACRO TRY_TO_NUMBER(x) AS TRY_CAST(x AS DECIMAL(38, 0))`,
  `CREATE MACRO TO_VARIANT(x) AS ${TO_JSON}`,
  `CREATE MACRO TO_OBJECT(x) AS SLUICE_OBJECT(x)`,
  `CREATE MACRO TO_ARRAY(x) AS SLUICE_ARRAY(x)`,
  `CREATE MACRO SHA2(x) AS sha256(x), (x, bits) AS sha256(x)`,
  `CREATE MACRO OBJECT_KEYS(x) AS json_keys(${TO_JSON})`,
  `CREATE MACRO SLUICE_SIZE(x) AS json_array_length(${TO_JSON})`,
  `CREATE MACRO SLUICE_ELEMENTS(x) AS CASE WHEN json_type(${TO_JSON}) = 'OBJECT' THEN json_extract(${TO_JSON}, '$.*') ELSE json_extract(${TO_JSON}, '$[*]') END`,
  `CREATE MACRO SLUICE_KEYS(x) AS CASE WHEN json_type(${TO_JSON}) = 'OBJECT' THEN json_keys(${TO_JSON}) ELSE [NULL::VARCHAR] END`,
  `CREATE MACRO SLUICE_INDEXES(x) AS CASE WHEN json_type(${TO_JSON}) = 'ARRAY' THEN range(0, json_array_length(${TO_JSON})::BIGINT) ELSE [NULL::BIGINT] END`,
  `CREATE MACRO GET_DDL(kind, name) AS (SELECT CASE WHEN upper(kind) = 'VIEW' THEN (SELECT max(coalesce(comment, sql)) FROM duckdb_views() WHERE NOT internal AND upper(database_name || '.' || schema_name || '.' || view_name) LIKE '%' || upper(name))
     ELSE (SELECT max(sql) FROM duckdb_tables() WHERE NOT internal AND upper(database_name || '.' || schema_name || '.' || table_name) LIKE '%' || upper(name)) END)`,
  `CREATE MACRO SQUARE(x) AS x * x`,
  `CREATE MACRO DIV0(a, b) AS CASE WHEN b = 0 THEN 0 ELSE a / b END`,
  `CREATE MACRO NULLIFZERO(x) AS CASE WHEN x = 0 THEN NULL ELSE x END`,
  `CREATE MACRO STARTSWITH(a, b) AS starts_with(a, b)`,
  `CREATE MACRO ENDSWITH(a, b) AS ends_with(a, b)`,
  `CREATE MACRO CHARINDEX(a, b) AS strpos(b, a)`,
  "CREATE MACRO SLUICE_INITCAP(x) AS array_to_string(list_transform(string_split(lower(x), ' '), lambda w: upper(w[1]) || w[2:]), ' ')",
  "CREATE MACRO OBJECT_AGG(k, v) AS CAST(json_group_object(k, v) AS MAP(VARCHAR, JSON))",
  "CREATE MACRO HEX_ENCODE(x) AS hex(x)",
  `CREATE MACRO SLUICE_CONTAINS(value, list) AS list_contains(json_extract(to_json(list), '$[*]'), to_json(value))`,
  `CREATE MACRO SLUICE_TYPEOF(x) AS CASE json_type(${TO_JSON}) WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'BIGINT' THEN 'INTEGER' WHEN 'NULL' THEN 'NULL_VALUE' WHEN 'DOUBLE' THEN 'DECIMAL' ELSE json_type(${TO_JSON}) END`,
  `CREATE MACRO BOOLOR_AGG(x) AS bool_or(x)`,
  `CREATE MACRO BOOLAND_AGG(x) AS bool_and(x)`,
];
