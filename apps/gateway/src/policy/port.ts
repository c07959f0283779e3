/** Policy as the gate sees it: a request in, what was found and decided out. */
import type { ApprovalRequirement, Decision, DecisionFacts, StatementFacts } from "@sluice/policy-engine";
import type { Bindings, ColumnType, ParameterValue } from "@sluice/snowflake-wire";

/** Which of the session's settings change what a statement means or who it runs as. */
export interface SessionSettings {
  readonly database: string | null;
  readonly schema: string | null;
  readonly role: string | null;
  readonly warehouse: string | null;
  readonly inTransaction: boolean;
}

export interface InspectedStatement {
  readonly sql: string;
  readonly facts: StatementFacts;
  readonly decision: Decision;
  readonly decisionFacts: DecisionFacts;
}

/** The facts of a decision on a result: those of its statement and the shape that arrived. They are what is recorded, so that it can be decided again. */
export function factsAtResult(
  facts: DecisionFacts,
  result: { readonly rows: number; readonly columns: readonly ColumnType[] },
): DecisionFacts {
  return { ...facts, result: { rows: result.rows, columns: result.columns.map(({ name, type }) => ({ name, type })) } };
}

/** One request, read and decided as one: one denial refuses all of it, one approval covers the ordered list. */
export interface Inspection {
  readonly statements: readonly InspectedStatement[];
  readonly effect: "allow" | "hold" | "deny";
  readonly requirements: readonly ApprovalRequirement[];
  /** For the caller, when it is denied or waits. */
  readonly sentence: string;
  /** What an approval of this request binds to (policy §2.9). */
  readonly digest: string;
  readonly isRead: boolean;
  readonly complete: boolean;
  readonly bundleDigest: string;
}

export interface InspectInput {
  readonly sql: string;
  readonly bindings: Bindings | null;
  /** Session parameters given with this one statement. */
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly settings: SessionSettings;
  readonly at: Date;
}

/** Policy as it stands for one session: principal, connection and catalog are fixed in it. */
export interface PolicyPort {
  /** Throws GatewayError SLUICE_STALE when policy, revocations or leases can't be seen. */
  assertFresh(): void;
  /** Refreshes views and, when `unknownNames`, the whole catalog; resolves quickly when it is fresh. */
  prepare(unknownNames: boolean): Promise<void>;
  inspect(input: InspectInput): Inspection;
  atResult(
    statement: InspectedStatement,
    result: { readonly rows: number; readonly columns: readonly ColumnType[] },
  ): Decision;
  /** A statement with these facts has run: what it changed is known from now on. */
  changed(facts: StatementFacts): void;
}
