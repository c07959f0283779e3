/**
 * INFORMATION_SCHEMA as Snowflake's: views over the engine's catalog, one set per database, kept in a
 * schema of another name (the translation rewrites the name). A view's Snowflake text is its comment.
 */

export interface CatalogView {
  readonly name: string;
  readonly sql: (database: string) => string;
}

const HIDDEN = "('main', 'SLUICE_INFORMATION_SCHEMA')";
const CREATED = "TIMESTAMPTZ '2026-01-01 00:00:00+00'";
const named = (column: string, database: string) => `${column} = '${database.replaceAll("'", "''")}'`;

/** Snowflake's name of an engine type, from the text of the type. */
export const SNOWFLAKE_TYPE = `CASE
  WHEN data_type LIKE 'DECIMAL%' OR data_type IN ('INTEGER', 'BIGINT', 'HUGEINT', 'SMALLINT', 'TINYINT', 'UBIGINT', 'UINTEGER') THEN 'NUMBER'
  WHEN data_type IN ('DOUBLE', 'FLOAT') THEN 'FLOAT'
  WHEN data_type = 'VARCHAR' THEN 'TEXT'
  WHEN data_type = 'BLOB' THEN 'BINARY'
  WHEN data_type LIKE 'TIMESTAMP WITH TIME ZONE%' THEN 'TIMESTAMP_LTZ'
  WHEN data_type LIKE 'TIMESTAMP%' THEN 'TIMESTAMP_NTZ'
  WHEN data_type LIKE 'TIME%' THEN 'TIME'
  WHEN data_type = 'JSON' THEN 'VARIANT'
  WHEN data_type LIKE '%$offset%' OR data_type = 'SLUICE_TZ' THEN 'TIMESTAMP_TZ'
  WHEN data_type LIKE '%[]' THEN 'ARRAY'
  WHEN data_type LIKE 'MAP%' OR data_type LIKE 'STRUCT%' THEN 'OBJECT'
  ELSE data_type END`;

const PRECISION = `CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_precision WHEN (${SNOWFLAKE_TYPE}) = 'NUMBER' THEN 38 END`;
const SCALE = `CASE WHEN data_type LIKE 'DECIMAL%' THEN numeric_scale WHEN (${SNOWFLAKE_TYPE}) = 'NUMBER' THEN 0 END`;

export const CATALOG_VIEWS: readonly CatalogView[] = [
  {
    name: "TABLES",
    sql: (
      database,
    ) => `SELECT database_name::VARCHAR AS TABLE_CATALOG, schema_name::VARCHAR AS TABLE_SCHEMA, table_name::VARCHAR AS TABLE_NAME, 'SYSADMIN' AS TABLE_OWNER,
      CASE WHEN temporary THEN 'LOCAL TEMPORARY' ELSE 'BASE TABLE' END AS TABLE_TYPE, 'NO' AS IS_TRANSIENT, NULL::VARCHAR AS CLUSTERING_KEY,
      estimated_size::DECIMAL(38, 0) AS ROW_COUNT, (estimated_size * 64)::DECIMAL(38, 0) AS BYTES, 1::DECIMAL(38, 0) AS RETENTION_TIME,
      ${CREATED} AS CREATED, ${CREATED} AS LAST_ALTERED, 'NO' AS AUTO_CLUSTERING_ON, comment::VARCHAR AS COMMENT
      FROM duckdb_tables() WHERE NOT internal AND ${named("database_name", database)} AND schema_name NOT IN ${HIDDEN}
      UNION ALL SELECT database_name, schema_name, view_name, 'SYSADMIN', 'VIEW', 'NO', NULL, NULL, NULL, NULL, ${CREATED}, ${CREATED}, 'NO', NULL
      FROM duckdb_views() WHERE NOT internal AND ${named("database_name", database)} AND schema_name NOT IN ${HIDDEN}`,
  },
  {
    name: "COLUMNS",
    sql: (
      database,
    ) => `SELECT database_name::VARCHAR AS TABLE_CATALOG, schema_name::VARCHAR AS TABLE_SCHEMA, table_name::VARCHAR AS TABLE_NAME, column_name::VARCHAR AS COLUMN_NAME,
      column_index::DECIMAL(9, 0) AS ORDINAL_POSITION, column_default::VARCHAR AS COLUMN_DEFAULT, CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS IS_NULLABLE,
      ${SNOWFLAKE_TYPE} AS DATA_TYPE, ${SNOWFLAKE_TYPE} AS DATA_TYPE_ALIAS, CASE WHEN data_type = 'VARCHAR' THEN 16777216 END::DECIMAL(9, 0) AS CHARACTER_MAXIMUM_LENGTH,
      CASE data_type WHEN 'VARCHAR' THEN 16777216 WHEN 'BLOB' THEN 8388608 END::DECIMAL(9, 0) AS CHARACTER_OCTET_LENGTH,
      (${PRECISION})::DECIMAL(9, 0) AS NUMERIC_PRECISION, CASE WHEN (${SNOWFLAKE_TYPE}) = 'NUMBER' THEN 10 END::DECIMAL(2, 0) AS NUMERIC_PRECISION_RADIX, (${SCALE})::DECIMAL(9, 0) AS NUMERIC_SCALE,
      CASE WHEN data_type LIKE 'TIME%' OR data_type LIKE '%$offset%' THEN 9 END::DECIMAL(9, 0) AS DATETIME_PRECISION, NULL::VARCHAR AS COLLATION_NAME,
      'NO' AS IS_IDENTITY, NULL::VARCHAR AS IDENTITY_GENERATION, NULL::VARCHAR AS IDENTITY_START, NULL::VARCHAR AS IDENTITY_INCREMENT, 'NO' AS IDENTITY_CYCLE, 'NO' AS IDENTITY_ORDERED, comment::VARCHAR AS COMMENT
      FROM duckdb_columns() WHERE NOT internal AND ${named("database_name", database)} AND schema_name NOT IN ${HIDDEN}`,
  },
  {
    name: "VIEWS",
    sql: (
      database,
    ) => `SELECT database_name::VARCHAR AS TABLE_CATALOG, schema_name::VARCHAR AS TABLE_SCHEMA, view_name::VARCHAR AS TABLE_NAME, 'SYSADMIN' AS TABLE_OWNER,
      coalesce(comment, sql)::VARCHAR AS VIEW_DEFINITION, 'NONE' AS CHECK_OPTION, 'NO' AS IS_UPDATABLE, 'NO' AS INSERTABLE_INTO,
      CASE WHEN coalesce(comment, '') ILIKE 'create%secure%view%' THEN 'YES' ELSE 'NO' END AS IS_SECURE, ${CREATED} AS CREATED, ${CREATED} AS LAST_ALTERED, NULL::VARCHAR AS COMMENT
      FROM duckdb_views() WHERE NOT internal AND ${named("database_name", database)} AND schema_name NOT IN ${HIDDEN}`,
  },
  {
    name: "SCHEMATA",
    sql: (
      database,
    ) => `SELECT database_name::VARCHAR AS CATALOG_NAME, schema_name::VARCHAR AS SCHEMA_NAME, 'SYSADMIN' AS SCHEMA_OWNER, 'NO' AS IS_TRANSIENT,
      'NO' AS IS_MANAGED_ACCESS, 1::DECIMAL(9, 0) AS RETENTION_TIME, ${CREATED} AS CREATED, ${CREATED} AS LAST_ALTERED, NULL::VARCHAR AS COMMENT
      FROM duckdb_schemas() WHERE NOT internal AND ${named("database_name", database)} AND schema_name NOT IN ${HIDDEN}
      UNION ALL SELECT '${database.replaceAll("'", "''")}', 'INFORMATION_SCHEMA', NULL, 'NO', 'NO', 1, ${CREATED}, ${CREATED}, 'Views describing the contents of schemas in this database'`,
  },
  {
    name: "TABLE_PRIVILEGES",
    sql: () =>
      `SELECT NULL::VARCHAR AS GRANTOR, NULL::VARCHAR AS GRANTEE, NULL::VARCHAR AS GRANTED_TO, NULL::VARCHAR AS TABLE_CATALOG, NULL::VARCHAR AS TABLE_SCHEMA, NULL::VARCHAR AS TABLE_NAME,
      NULL::VARCHAR AS PRIVILEGE_TYPE, NULL::VARCHAR AS IS_GRANTABLE, NULL::VARCHAR AS WITH_HIERARCHY, ${CREATED} AS CREATED WHERE false`,
  },
  {
    name: "DATABASES",
    sql: () => `SELECT database_name::VARCHAR AS DATABASE_NAME, 'SYSADMIN' AS DATABASE_OWNER, 'NO' AS IS_TRANSIENT, NULL::VARCHAR AS COMMENT, ${CREATED} AS CREATED, ${CREATED} AS LAST_ALTERED,
      1::DECIMAL(9, 0) AS RETENTION_TIME FROM duckdb_databases() WHERE NOT internal AND database_name NOT IN ('SLUICE', 'memory')`,
  },
];
