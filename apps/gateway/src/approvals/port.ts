/** Approval requests as the gate sees them: opened, watched, withdrawn, spent. */
import type { ApprovalRequirement } from "@sluice/policy-engine";

export type Verdict = "granted" | "denied" | "expired" | "withdrawn";

export interface ApprovalOpening {
  readonly id: string;
  readonly session: string;
  readonly epoch: number;
  readonly statement: string;
  readonly principal: string;
  readonly delegator: string | null;
  readonly connection: string;
  readonly textDigest: string;
  readonly digest: string;
  readonly factsDigest: string;
  readonly bundleDigest: string;
  readonly requirements: readonly ApprovalRequirement[];
  readonly summary: string;
  readonly touches: readonly string[];
}

/** `reason`: the words of whoever denied it, for the caller. */
export type OnVerdict = (verdict: Verdict, reason: string | null) => void;

export interface ApprovalPort {
  open(opening: ApprovalOpening, now: number, onVerdict: OnVerdict): Promise<Date>;
  withdraw(id: string, reason: "canceled" | "abandoned" | "void" | "ended"): Promise<void>;
  use(id: string, now: number): Promise<boolean>;
  forget(id: string): void;
}
