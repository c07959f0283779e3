/**
 * Facts: what analysis proves about one SQL statement, and nothing it merely suspects.
 *
 * Facts are plain JSON and hold no literal of the statement. They carry the tags of every column they
 * name, so that a decision can be executed again from the record alone, without the catalog.
 * What analysis could not prove is said in `complete: false` with a reason, never left out.
 */

/** A verb of `policy.md` §3. A covering name (`write`, `ddl`) never appears in facts, only in rules. */
export const ACTIONS = [
  "read",
  "insert",
  "update",
  "merge",
  "delete",
  "truncate",
  "create",
  "alter",
  "drop",
  "drop-database",
  "drop-schema",
  "undrop",
  "clone",
  "dcl",
  "load",
  "unload",
  "egress",
  "call",
  "dynamic",
  "schedule",
  "session",
  "metadata",
  "history",
  "transaction",
  "explain",
  "unknown",
] as const;
export type Action = (typeof ACTIONS)[number];

/** Names that a rule may use for several actions at once. */
export const COVERING_ACTIONS = {
  write: ["insert", "update", "merge"],
  ddl: ["create", "alter", "drop", "drop-database", "drop-schema", "undrop", "clone"],
} as const satisfies Record<string, readonly Action[]>;

export type StatementClass =
  | "select"
  | "insert"
  | "update"
  | "delete"
  | "merge"
  | "truncate"
  | "copy-load"
  | "copy-unload"
  | "create"
  | "alter"
  | "drop"
  | "undrop"
  | "grant"
  | "use"
  | "set"
  | "alter-session"
  | "show"
  | "describe"
  | "explain"
  | "transaction"
  | "call"
  | "execute"
  | "scripting"
  | "put"
  | "get"
  | "list"
  | "remove"
  | "comment"
  | "unknown";

export type ObjectKind =
  | "table"
  | "view"
  | "database"
  | "schema"
  | "stage"
  | "function"
  | "procedure"
  | "warehouse"
  | "role"
  | "user"
  | "parameter"
  | "session"
  | "other";

/**
 * Canonical object name: parts joined by `.`, each part bare when it is an upper-case identifier
 * ([A-Z_][A-Z0-9_$]*), otherwise double-quoted with `""` for a quote: `PROD.ANALYTICS."weird name"`.
 */
export type ObjectName = string;

/** `ObjectName` + `.` + canonical column name; a semi-structured path follows a colon: `….PROFILE:email`. */
export type ColumnRef = string;

export interface Access {
  readonly action: Action;
  readonly kind: ObjectKind;
  /** Canonical name; `""` only for the one access `session` of a statement that touches nothing. */
  readonly object: ObjectName;
  /** Canonical column names (no object prefix) touched through this access, predicates included; `["*"]` when all or not known. */
  readonly columns: readonly string[];
}

/**
 * How a base column reaches an output column.
 * `bare`: the output *is* this column (aliases, stars, views, CTEs, subqueries, joins, set operations whose every branch is the same column or NULL).
 * `count`: only through COUNT([DISTINCT] bare column).
 * `derived`: through anything else.
 */
export type LineageVia = "bare" | "count" | "derived";

export interface LineageEdge {
  readonly column: ColumnRef;
  readonly via: LineageVia;
}

export interface OutputColumn {
  /** The name that the warehouse will announce, or null when it can't be predicted (an unaliased expression). */
  readonly name: string | null;
  readonly from: readonly LineageEdge[];
  /** false: `from` is everything in scope, because the column's own lineage could not be proved. */
  readonly resolved: boolean;
}

/** Where a column steers something other than its own output. */
export type ColumnUse = "predicate" | "join" | "group" | "order";

export interface IndirectUse {
  readonly column: ColumnRef;
  readonly used: readonly ColumnUse[];
}

export interface StatementFacts {
  readonly class: StatementClass;
  readonly accesses: readonly Access[];
  /**
   * Result columns by ordinal; empty for a statement without a lineage-bearing result. For INSERT, UPDATE, MERGE,
   * SET, COPY and CREATE … AS they are what is written, by the name of the column (or variable) it goes to, and not
   * a result that comes back: the class tells which.
   */
  readonly outputs: readonly OutputColumn[];
  readonly indirect: readonly IndirectUse[];
  /** Functions called, upper-case canonical names, sorted, without duplicates. */
  readonly functions: readonly string[];
  /** Tags of every column named in `outputs`, `indirect` or `accesses`, only where there are any. Sorted. */
  readonly tags: Readonly<Record<ColumnRef, readonly string[]>>;
  /** For DELETE and UPDATE; null elsewhere. */
  readonly hasWhere: boolean | null;
  readonly whereIsAlwaysTrue: boolean | null;
  /** The outermost LIMIT / FETCH / TOP as a number; null when there is none or it isn't a literal. */
  readonly limit: number | null;
  /** Upper bound of result rows that analysis can prove, else null. */
  readonly rowsMax: number | null;
  /** Session settings this statement changes: database, schema, role, warehouse, or a parameter name. */
  readonly sets: readonly { readonly what: string; readonly name: string }[];
  /** Statement text with literals replaced and spelling normalised; the same query with other values has the same fingerprint. */
  readonly fingerprint: string;
  readonly complete: boolean;
  /** Why not complete; stable codes with plain text and a position. Empty when complete. */
  readonly reasons: readonly Incomplete[];
  /** Where the text names each object: for the reviewer's view of the statement, never for a decision. */
  readonly spans: readonly { readonly object: ObjectName; readonly start: number; readonly end: number }[];
}

export interface Incomplete {
  /** `LEX_AMBIGUOUS`, `UNPARSED`, `UNRESOLVED_OBJECT`, `UNRESOLVED_COLUMN`, `DYNAMIC`, `LIMIT`, `UNSUPPORTED`. */
  readonly code: string;
  readonly text: string;
  /** UTF-16 offset into the statement text, where one is known. */
  readonly at: number | null;
}

/** One request's text as the parser splits it: never by `;` alone. */
export interface Analysis {
  readonly statements: readonly {
    readonly sql: string;
    readonly start: number;
    readonly end: number;
    readonly facts: StatementFacts;
  }[];
}

export interface CatalogColumn {
  readonly name: string;
  readonly type: string;
  readonly tags?: readonly string[];
  /** Tags of constant paths inside a semi-structured column: `{ email: ["pii"] }` for `PROFILE:email`. */
  readonly paths?: Readonly<Record<string, readonly string[]>>;
}

export interface CatalogTable {
  /** Canonical name with three parts. */
  readonly name: ObjectName;
  readonly kind?: "table" | "view";
  readonly columns: readonly CatalogColumn[];
  /** The query of a view, as the warehouse stores it. */
  readonly viewText?: string;
  readonly rows?: number;
}

/** An immutable snapshot. `digest` names it in caches and records. */
export interface Catalog {
  readonly defaultDatabase?: string;
  readonly defaultSchema?: string;
  readonly tables: readonly CatalogTable[];
  readonly digest?: string;
}

export interface SessionContext {
  readonly database: string | null;
  readonly schema: string | null;
  /**
   * Session variables whose labels are known: name (folded) → the columns that the query which set it read.
   * An empty list is a variable set to a constant. Reading a variable that isn't listed is not complete.
   */
  readonly variables?: Readonly<Record<string, readonly ColumnRef[]>>;
}

export interface AnalyseOptions {
  readonly dialect: "snowflake";
  readonly catalog: Catalog;
  readonly session: SessionContext;
}
