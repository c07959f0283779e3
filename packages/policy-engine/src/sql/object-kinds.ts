/**
 * Kinds of objects that DDL, DCL and administration speak of: the closed table behind the head classifier.
 * A kind that isn't here is not understood.
 */

import type { ObjectKind } from "../facts.ts";

export interface KindEntry {
  readonly words: readonly string[];
  readonly kind: ObjectKind;
  /** Parts of a full name: 1 account, 2 database, 3 schema; 0 has none. */
  readonly parts: 0 | 1 | 2 | 3;
  /** `ddl`: create, alter, drop. `dcl`: who may do what. The others add themselves to the ddl action. */
  readonly family: "ddl" | "dcl" | "egress" | "schedule";
  /** What it does can't be told from the statement that makes or changes it. */
  readonly opaque: boolean;
}

const list: KindEntry[] = [];

function add(
  family: KindEntry["family"],
  kind: ObjectKind,
  parts: KindEntry["parts"],
  names: readonly string[],
  opaque = false,
): void {
  for (const name of names) list.push({ words: name.split(" "), kind, parts, family, opaque });
}

add("ddl", "table", 3, ["TABLE", "HYBRID TABLE", "EVENT TABLE"]);
add("ddl", "view", 3, ["VIEW", "MATERIALIZED VIEW"]);
add("ddl", "database", 1, ["DATABASE"]);
add("ddl", "schema", 2, ["SCHEMA"]);
add("ddl", "other", 3, ["SEQUENCE", "FILE FORMAT", "INDEX"]);
add("ddl", "stage", 3, ["STAGE"]);
add("ddl", "warehouse", 1, ["WAREHOUSE"]);
add("ddl", "function", 3, ["FUNCTION", "AGGREGATE FUNCTION"]);
add("ddl", "procedure", 3, ["PROCEDURE"]);
add("schedule", "table", 3, ["DYNAMIC TABLE"]);
add("schedule", "other", 3, ["STREAM"]);
add("schedule", "other", 3, ["TASK", "ALERT", "PIPE"], true);
add("egress", "table", 3, ["EXTERNAL TABLE", "ICEBERG TABLE", "DYNAMIC ICEBERG TABLE"], true);
add("egress", "function", 3, ["EXTERNAL FUNCTION"], true);
add(
  "egress",
  "other",
  1,
  [
    "EXTERNAL VOLUME",
    "REPLICATION GROUP",
    "FAILOVER GROUP",
    "COMPUTE POOL",
    "LISTING",
    "APPLICATION",
    "APPLICATION PACKAGE",
  ],
  true,
);
add(
  "egress",
  "other",
  3,
  [
    "GIT REPOSITORY",
    "IMAGE REPOSITORY",
    "SERVICE",
    "NOTEBOOK",
    "STREAMLIT",
    "MODEL",
    "CORTEX SEARCH SERVICE",
    "DATASET",
    "AGENT",
    "SEMANTIC VIEW",
  ],
  true,
);
add("dcl", "user", 1, ["USER"]);
add("dcl", "role", 1, ["ROLE"]);
add("dcl", "role", 2, ["DATABASE ROLE", "APPLICATION ROLE"]);
add("dcl", "other", 1, [
  "NETWORK POLICY",
  "INTEGRATION",
  "API INTEGRATION",
  "STORAGE INTEGRATION",
  "SECURITY INTEGRATION",
  "NOTIFICATION INTEGRATION",
  "EXTERNAL ACCESS INTEGRATION",
  "CATALOG INTEGRATION",
  "SHARE",
  "RESOURCE MONITOR",
  "MANAGED ACCOUNT",
  "ACCOUNT",
  "CONNECTION",
  "ORGANIZATION ACCOUNT",
  "ORGANIZATION USER",
]);
add("dcl", "other", 3, [
  "NETWORK RULE",
  "SECRET",
  "MASKING POLICY",
  "ROW ACCESS POLICY",
  "PASSWORD POLICY",
  "SESSION POLICY",
  "AUTHENTICATION POLICY",
  "AGGREGATION POLICY",
  "PROJECTION POLICY",
  "PACKAGES POLICY",
  "PRIVACY POLICY",
  "JOIN POLICY",
  "STORAGE LIFECYCLE POLICY",
  "TAG",
  "CONTACT",
]);

/** Longest first, so that DYNAMIC TABLE is not a TABLE. */
export const OBJECT_KINDS: readonly KindEntry[] = list.sort((a, b) => b.words.length - a.words.length);

/** Words that say the statement reaches outside the account. */
export const REACHES_OUT = new Set([
  "URL",
  "STORAGE_INTEGRATION",
  "API_INTEGRATION",
  "EXTERNAL_ACCESS_INTEGRATIONS",
  "NOTIFICATION_INTEGRATION",
  "ERROR_INTEGRATION",
  "INTEGRATION",
  "EXTERNAL_VOLUME",
  "CREDENTIALS",
  "CATALOG_SYNC",
  "REPLICATION",
  "FAILOVER",
  "ACCOUNTS",
  "SHARE",
  "LISTING",
]);

/** Words that say the statement changes protection. */
export const CHANGES_PROTECTION = new Set([
  "POLICY",
  "POLICIES",
  "TAG",
  "TAGS",
  "SECRETS",
  "SECRET",
  "OWNERSHIP",
  "OWNER",
]);

/** What SHOW lists: singular kind, and whether it stands in a schema, so that the session's own is meant by default. */
export const SHOWN: ReadonlyMap<string, { readonly kind: ObjectKind; readonly scoped: boolean }> = new Map([
  ...shown(
    "table",
    true,
    "TABLES",
    "HYBRID TABLES",
    "DYNAMIC TABLES",
    "ICEBERG TABLES",
    "EXTERNAL TABLES",
    "EVENT TABLES",
    "COLUMNS",
    "PRIMARY KEYS",
    "UNIQUE KEYS",
    "IMPORTED KEYS",
    "EXPORTED KEYS",
    "OBJECTS",
  ),
  ...shown("view", true, "VIEWS", "MATERIALIZED VIEWS", "SEMANTIC VIEWS"),
  ...shown(
    "function",
    true,
    "FUNCTIONS",
    "USER FUNCTIONS",
    "EXTERNAL FUNCTIONS",
    "BUILTIN FUNCTIONS",
    "DATA METRIC FUNCTIONS",
    "AGGREGATE FUNCTIONS",
  ),
  ...shown("procedure", true, "PROCEDURES", "USER PROCEDURES", "BUILTIN PROCEDURES"),
  ...shown("stage", true, "STAGES"),
  ...shown(
    "other",
    true,
    "SEQUENCES",
    "FILE FORMATS",
    "STREAMS",
    "TASKS",
    "ALERTS",
    "PIPES",
    "TAGS",
    "MASKING POLICIES",
    "ROW ACCESS POLICIES",
    "PASSWORD POLICIES",
    "SESSION POLICIES",
    "AUTHENTICATION POLICIES",
    "AGGREGATION POLICIES",
    "PROJECTION POLICIES",
    "NETWORK RULES",
    "SECRETS",
    "MODELS",
    "NOTEBOOKS",
    "STREAMLITS",
    "GIT REPOSITORIES",
    "IMAGE REPOSITORIES",
    "SERVICES",
    "CORTEX SEARCH SERVICES",
    "DATASETS",
    "VERSIONS",
    "CHANNELS",
    "INDEXES",
    "GIT BRANCHES",
    "GIT TAGS",
    "IMAGES",
    "JOB SERVICES",
  ),
  ...shown("schema", true, "SCHEMAS"),
  ...shown("database", false, "DATABASES"),
  ...shown("warehouse", false, "WAREHOUSES"),
  ...shown("role", false, "ROLES", "DATABASE ROLES", "APPLICATION ROLES"),
  ...shown("user", false, "USERS"),
  ...shown("parameter", false, "PARAMETERS"),
  ...shown("session", false, "VARIABLES", "TRANSACTIONS", "LOCKS"),
  ...shown(
    "other",
    false,
    "GRANTS",
    "FUTURE GRANTS",
    "SHARES",
    "NETWORK POLICIES",
    "INTEGRATIONS",
    "API INTEGRATIONS",
    "STORAGE INTEGRATIONS",
    "SECURITY INTEGRATIONS",
    "NOTIFICATION INTEGRATIONS",
    "CATALOG INTEGRATIONS",
    "EXTERNAL ACCESS INTEGRATIONS",
    "RESOURCE MONITORS",
    "REPLICATION GROUPS",
    "FAILOVER GROUPS",
    "REPLICATION DATABASES",
    "REPLICATION ACCOUNTS",
    "ORGANIZATION ACCOUNTS",
    "ACCOUNTS",
    "MANAGED ACCOUNTS",
    "CONNECTIONS",
    "REGIONS",
    "EXTERNAL VOLUMES",
    "COMPUTE POOLS",
    "LISTINGS",
    "APPLICATIONS",
    "APPLICATION PACKAGES",
    "DELEGATED AUTHORIZATIONS",
  ),
]);

function shown(
  kind: ObjectKind,
  scoped: boolean,
  ...names: readonly string[]
): [string, { kind: ObjectKind; scoped: boolean }][] {
  return names.map((name) => [name, { kind, scoped }]);
}
