/**
 * What the gate needs of the world, as ports. The gate imports these types and the pure statement machine,
 * nothing else of the gateway; main.ts puts the adapters in.
 */
import type { ApprovalRequirement, Decision, DecisionFacts, StatementFacts } from "@sluice/policy-engine";
import type { Bindings, ColumnType, ParameterValue, QueryRequest, ResultData } from "@sluice/snowflake-wire";
import type { ApprovalOpening, OnVerdict } from "../approvals/desk.ts";
import type { Journal } from "../journal/port.ts";
import type { UpstreamAnswer } from "../upstream/upstream-session.ts";

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

export interface UpstreamPort {
  query(request: QueryRequest, requestId: string, isRepeatable: boolean): Promise<UpstreamAnswer>;
  result(queryId: string): Promise<UpstreamAnswer>;
  abort(requestId: string, sqlText: string): Promise<void>;
}

export interface ApprovalPort {
  open(opening: ApprovalOpening, now: number, onVerdict: OnVerdict): Promise<Date>;
  withdraw(id: string, reason: "canceled" | "abandoned" | "void" | "ended"): Promise<void>;
  use(id: string): Promise<boolean>;
  forget(id: string): void;
}

/** A statement's row in the index; `fix` must be durable before anything but a read is sent. */
export interface StatementRow {
  readonly id: string;
  readonly sessionId: string;
  readonly requestId: string;
  readonly upstreamRequestId: string;
  readonly upstreamQueryId: string | null;
  readonly textDigest: string;
  readonly fingerprint: string;
  readonly class: string;
  readonly state: string;
  readonly effect: string | null;
  readonly because: unknown;
  readonly decision: unknown;
  readonly receivedAt: Date;
  readonly decidedAt: Date | null;
  readonly forwardedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly rows: number | null;
  readonly maskedColumns: number | null;
  readonly errorCode: string | null;
  readonly errorText: string | null;
  readonly parentId: string | null;
  readonly ordinal: number;
}

export interface StatementIndexPort {
  fix(row: StatementRow): Promise<void>;
  /** Best effort and in order: the index can be rebuilt from the journal. */
  note(row: StatementRow): void;
}

export interface DeliveredResult {
  readonly data: ResultData;
  readonly maskedColumns: number;
  /** The first rows as they leave, for the record. */
  readonly page: {
    readonly bytes: Uint8Array;
    readonly rows: number;
    readonly format: "json" | "arrow";
    readonly truncated: boolean;
  } | null;
  /** SHA-256 of what is delivered inline, hex. */
  readonly delivered: string;
  readonly inlineBytes: number;
}

export interface ResultContext {
  readonly session: string;
  readonly epoch: number;
  readonly statement: string;
  readonly principal: string;
  readonly connection: string;
  readonly publicUrl: string;
}

/** Masks a result and turns every address in it into one of ours; throws GatewayError when the plan does not fit. */
export interface ResultPort {
  deliver(data: ResultData, queryId: string, decision: Decision, context: ResultContext): Promise<DeliveredResult>;
}

export interface GatePorts {
  readonly now: () => number;
  readonly journal: Journal;
  readonly approvals: ApprovalPort;
  readonly index: StatementIndexPort;
  readonly results: ResultPort;
  readonly digestText: (sql: string) => string;
  readonly newId: () => string;
  readonly onEnding: (ending: string) => void;
  readonly onDecision: (effect: string) => void;
  readonly fault: (error: unknown) => void;
  readonly callerGraceMs: number;
}
