/**
 * What a decision is asked with, and what it answers. Both are plain JSON; `DecisionFacts` in its
 * canonical form (RFC 8785) is hashed and recorded, so that the decision can be executed again.
 */
import type { ColumnRef, Incomplete, StatementFacts } from "./facts.ts";

export interface Principal {
  readonly id: string;
  readonly kind: "human" | "agent" | "job";
  readonly groups: readonly string[];
  readonly issuer?: string;
  readonly claims?: Readonly<Record<string, string>>;
  /** The agent's own name, for `who: { agents: [copilot] }`. */
  readonly agent?: string;
  readonly delegator?: { readonly id: string; readonly groups: readonly string[] };
}

/** The three moments at which rules speak (`policy.md` §2.13). */
export type Moment = "statement" | "result" | "literals";

export interface DecisionFacts {
  readonly principal: Principal;
  readonly connection: string;
  readonly dialect: "snowflake";
  readonly session: {
    readonly database: string | null;
    readonly schema: string | null;
    readonly role: string | null;
    readonly warehouse: string | null;
    readonly inTransaction: boolean;
  };
  /** RFC 3339 in UTC. Time is a fact; nothing in the engine reads a clock. */
  readonly at: string;
  readonly statement: StatementFacts;
  /** Detector names that fired on literals or binds, on the way in. */
  readonly literals: readonly string[];
  /** Present at `at: result` only. */
  readonly result?: {
    readonly rows: number;
    readonly columns: readonly { readonly name: string; readonly type: string }[];
  };
  /** How many statements this request holds, and which of them this is (from 0). */
  readonly batch: { readonly index: number; readonly count: number };
}

export interface RuleRef {
  readonly rule: string;
  readonly policy: string;
  readonly file: string;
  readonly line: number;
}

export interface NearMiss extends RuleRef {
  readonly missing: string;
}

export interface ApprovalRequirement {
  readonly from: readonly string[];
  readonly count: number;
  readonly never: readonly ("requester" | "delegator")[];
  readonly expiresSeconds: number;
  readonly uses: number;
  readonly inTransaction: "refuse" | "allow";
  readonly assurance?: "passkey";
  readonly because: readonly RuleRef[];
}

export type Mask =
  | { readonly method: "redact" }
  | { readonly method: "null" }
  | { readonly method: "hmac"; readonly domain: string; readonly keepJoin: boolean }
  | { readonly method: "partial"; readonly keep: "last4" | "domain" | "first1" }
  | { readonly method: "generalise"; readonly to: "year" | "month" | "decade" | "zip3" }
  | { readonly method: "date-shift"; readonly days: number };

/** A mask for one tagged path inside a semi-structured value. */
export interface PathMask {
  /** The constant path after the column's name: `email`, `contact.phones[0]`. */
  readonly path: string;
  readonly mask: Mask;
  readonly label: string;
}

export interface ColumnMask {
  /** 0-based ordinal of the result column. */
  readonly ordinal: number;
  readonly name: string | null;
  readonly mask: Mask;
  /** The mask's name in the policy (`pseudonym`), or its method. */
  readonly label: string;
  /** The base column that asked for it. */
  readonly edge: ColumnRef;
  /**
   * Present when only these paths of a bare semi-structured column are masked (`maskDocument`); the rest of the value leaves
   * as its scan says. `mask` then applies to a value that isn't JSON; whoever can't mask by path applies it to the whole.
   */
  readonly paths?: readonly PathMask[];
  readonly because: readonly RuleRef[];
}

/** Detectors that look inside text on its way out. */
export interface ColumnScan {
  readonly ordinal: number;
  readonly detectors: readonly string[];
  readonly mask: Mask;
  readonly because: readonly RuleRef[];
}

/** Ordinals not named in `columns` or `scans` leave as they came. `outputs` is what the result must look like for the plan to fit. */
export interface MaskPlan {
  /** Predicted result columns: name or null when it can't be predicted. A result that differs in count or in a known name is withheld. null: no prediction and nothing to mask. */
  readonly outputs: readonly (string | null)[] | null;
  readonly columns: readonly ColumnMask[];
  readonly scans: readonly ColumnScan[];
  /** Errors of this statement may carry masked values: answer with a safe text. */
  readonly hideErrors: boolean;
}

export interface Limits {
  readonly rows?: number;
  readonly bytes?: number;
  readonly seconds?: number;
  readonly statementsPerHour?: number;
  readonly concurrent?: number;
  readonly errorsPerHour?: number;
  readonly creditsPerDay?: number;
}

export interface Decision {
  readonly effect: "allow" | "hold" | "deny";
  readonly because: readonly RuleRef[];
  readonly near: readonly NearMiss[];
  readonly approvals: readonly ApprovalRequirement[];
  readonly masks: MaskPlan;
  readonly limits: Limits;
  readonly recordRowsMax: number;
  readonly roles: readonly string[] | null;
  readonly warehouses: readonly string[] | null;
  readonly complete: boolean;
  readonly reasons: readonly Incomplete[];
  /** One sentence for the caller: what, by which rule, and what would be accepted. Holds no literal. */
  readonly sentence: string;
  /** True when a rule speaks `at: result`, so that the result's shape must be decided before its first byte leaves. */
  readonly asksAtResult: boolean;
  readonly factsDigest: string;
  readonly bundleDigest: string;
  readonly engine: string;
}
