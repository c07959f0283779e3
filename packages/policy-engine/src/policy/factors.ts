/**
 * The closed list of facts that a condition may ask for, with their types and the moment at which they are known.
 * A factor that returns null or undefined is unknown. None holds a literal of the statement; the numbers that rules
 * need (a LIMIT, a row bound) are facts by name.
 */
import type { DecisionFacts } from "../decision.ts";

export type FactorValue = string | number | boolean | readonly (string | number | boolean)[];

export interface Factor {
  readonly type: "string" | "int" | "bool" | "list<string>";
  readonly moment: "statement" | "result";
  readonly summary: string;
  readonly read: (facts: DecisionFacts) => FactorValue | null | undefined;
}

function statementFactor(type: Factor["type"], summary: string, read: Factor["read"]): Factor {
  return { type, moment: "statement", summary, read };
}

function resultFactor(type: Factor["type"], summary: string, read: Factor["read"]): Factor {
  return { type, moment: "result", summary, read };
}

/** Every factor by its name in a condition. */
export const FACTORS: ReadonlyMap<string, Factor> = new Map([
  ["connection", statementFactor("string", "the name of the connection", (f) => f.connection)],
  [
    "stmt.class",
    statementFactor("string", "the class of the statement: select, update, create …", (f) => f.statement.class),
  ],
  ["stmt.complete", statementFactor("bool", "the statement was understood in full", (f) => f.statement.complete)],
  ["stmt.hasWhere", statementFactor("bool", "an UPDATE or DELETE has a WHERE", (f) => f.statement.hasWhere)],
  ["stmt.whereIsAlwaysTrue", statementFactor("bool", "its WHERE can't be false", (f) => f.statement.whereIsAlwaysTrue)],
  ["stmt.limit", statementFactor("int", "the outermost LIMIT", (f) => f.statement.limit)],
  ["stmt.rowsMax", statementFactor("int", "a proved upper bound of result rows", (f) => f.statement.rowsMax)],
  [
    "stmt.actions",
    statementFactor("list<string>", "the actions of its accesses", (f) =>
      f.statement.accesses.map((access) => access.action),
    ),
  ],
  [
    "stmt.objects",
    statementFactor("list<string>", "the canonical names of its objects", (f) =>
      f.statement.accesses.map((access) => access.object),
    ),
  ],
  [
    "stmt.functions",
    statementFactor("list<string>", "the functions it calls, in upper case", (f) => f.statement.functions),
  ],
  [
    "stmt.sets",
    statementFactor("list<string>", "the session settings it changes", (f) => f.statement.sets.map((set) => set.what)),
  ],
  ["stmt.columns", statementFactor("int", "how many columns it returns", (f) => f.statement.outputs.length)],
  ["batch.count", statementFactor("int", "how many statements the request holds", (f) => f.batch.count)],
  ["batch.index", statementFactor("int", "which of them this is, from 0", (f) => f.batch.index)],
  ["session.database", statementFactor("string", "the session's database", (f) => f.session.database)],
  ["session.schema", statementFactor("string", "the session's schema", (f) => f.session.schema)],
  ["session.role", statementFactor("string", "the session's role", (f) => f.session.role)],
  ["session.warehouse", statementFactor("string", "the session's warehouse", (f) => f.session.warehouse)],
  ["session.inTransaction", statementFactor("bool", "a transaction is open", (f) => f.session.inTransaction)],
  ["principal.id", statementFactor("string", "who acts", (f) => f.principal.id)],
  ["principal.kind", statementFactor("string", "human, agent or job", (f) => f.principal.kind)],
  ["principal.agent", statementFactor("string", "the agent's name", (f) => f.principal.agent)],
  ["principal.groups", statementFactor("list<string>", "the principal's groups", (f) => f.principal.groups)],
  ["principal.issuer", statementFactor("string", "who vouches for the principal", (f) => f.principal.issuer)],
  ["principal.delegator", statementFactor("string", "on whose behalf", (f) => f.principal.delegator?.id)],
  ["result.rows", resultFactor("int", "how many rows the warehouse announces", (f) => f.result?.rows)],
  [
    "result.columns",
    resultFactor("list<string>", "the names of the result's columns", (f) =>
      f.result?.columns.map((column) => column.name),
    ),
  ],
]);

type Schema = string | Record<string, string>;

/** The factors as nested types for the type checker: `{ connection: "string", stmt: { limit: "int" } }`. */
export function factorSchemas(): Readonly<Record<string, Schema>> {
  const roots: Record<string, Schema> = {};
  for (const [name, { type }] of FACTORS) {
    const [root = name, field] = name.split(".");
    if (field === undefined) {
      roots[root] = type;
      continue;
    }
    const existing = roots[root];
    const fields = typeof existing === "object" ? existing : {};
    fields[field] = type;
    roots[root] = fields;
  }
  return roots;
}
