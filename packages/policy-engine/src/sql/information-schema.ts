/**
 * INFORMATION_SCHEMA: the closed table of its views. They say something about objects and hold no row of any table.
 * Their columns are not listed: Snowflake adds some every year, and what a star shows is known when the warehouse
 * announces it.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const METADATA: ReadonlySet<string> = new Set(
  words(`
    APPLICABLE_ROLES APPLICATION_CONFIGURATIONS APPLICATION_SPECIFICATIONS CLASSES CLASS_INSTANCES CLASS_INSTANCE_FUNCTIONS
    CLASS_INSTANCE_PROCEDURES COLUMNS CORTEX_SEARCH_SERVICES CURRENT_PACKAGES_POLICY DATABASES ELEMENT_TYPES ENABLED_ROLES
    EVENT_TABLES EXTERNAL_TABLES FIELDS FILE_FORMATS FUNCTIONS GIT_REPOSITORIES HYBRID_TABLES INDEXES INDEX_COLUMNS
    INFORMATION_SCHEMA_CATALOG_NAME KEY_COLUMN_USAGE MODEL_VERSIONS NOTEBOOKS OBJECT_PRIVILEGES PACKAGES PIPES PROCEDURES
    REFERENTIAL_CONSTRAINTS REPLICATION_DATABASES REPLICATION_GROUPS SCHEMATA SEMANTIC_DIMENSIONS SEMANTIC_FACTS
    SEMANTIC_METRICS SEMANTIC_RELATIONSHIPS SEMANTIC_TABLES SEMANTIC_VIEWS SEQUENCES SERVICES STAGES STREAMLITS
    TABLES TABLE_CONSTRAINTS TABLE_PRIVILEGES TABLE_STORAGE_METRICS USAGE_PRIVILEGES VIEWS
  `),
);

/** What reading one of Snowflake's own views is, by its full name; null for what isn't one of them. */
export function actionOfOwnView(full: readonly string[]): "metadata" | "history" | null {
  const [database, schema, view = ""] = full;
  if (full.length !== 3) return null;
  if (database === "SNOWFLAKE") return "history";
  if (schema !== "INFORMATION_SCHEMA") return null;
  if (view === "LOAD_HISTORY") return "history";
  return METADATA.has(view) ? "metadata" : null;
}
