/**
 * What the gate needs of the world, as ports. The gate imports these types and the pure statement machine,
 * nothing else of the gateway; main.ts puts the adapters in.
 */
import type { Decision } from "@sluice/policy-engine";
import type { ResultData } from "@sluice/snowflake-wire";
import type { ApprovalPort } from "../approvals/port.ts";
import type { Journal } from "../journal/port.ts";
import type { StatementIndexPort } from "../store/port.ts";

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
