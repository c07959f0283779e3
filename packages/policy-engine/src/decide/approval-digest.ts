/**
 * What an approval binds to (`policy.md` §2.9). Any drift in it voids the approval; saving an unrelated rule doesn't:
 * of the bundle only the rules that determined the decision count, by content, not by the line they stand on.
 */
import { canonicalJson } from "../canonical-json.ts";
import type { Crypto } from "../crypto.ts";
import type { Decision, DecisionFacts, MaskPlan } from "../decision.ts";
import type { Bundle } from "../policy/bundle.ts";
import type { Grant, Guardrail } from "../policy/documents.ts";
import { accessesOf } from "./situation.ts";

/** One statement of the request: its exact text, binds and facts, and what was decided. */
export interface ApprovedStatement {
  /** SHA-256 (hex) of the exact SQL text. */
  readonly sqlDigest: string;
  /** SHA-256 (hex) of the binds in canonical form, or null when there are none. */
  readonly bindsDigest: string | null;
  readonly facts: DecisionFacts;
  readonly decision: Decision;
}

export interface ApprovalInput {
  readonly bundle: Bundle;
  /** In order: one for a plain request. */
  readonly statements: readonly ApprovedStatement[];
  /** Session parameters that change what a statement means (time zone, date formats, quoted identifiers …). */
  readonly sessionParameters: Readonly<Record<string, string>>;
}

/** SHA-256 (hex) over the canonical JSON of everything that an approval stands for. */
export function approvalDigest(input: ApprovalInput, crypto: Crypto): string {
  return crypto.sha256Hex(
    canonicalJson({
      v: 1,
      sessionParameters: input.sessionParameters,
      statements: input.statements.map((statement) => bound(statement, input.bundle, crypto)),
    }),
  );
}

function bound({ sqlDigest, bindsDigest, facts, decision }: ApprovedStatement, bundle: Bundle, crypto: Crypto) {
  const { principal, connection, session } = facts;
  return {
    principal: { id: principal.id, kind: principal.kind, agent: principal.agent, issuer: principal.issuer },
    delegator: principal.delegator?.id ?? null,
    connection,
    session: { role: session.role, warehouse: session.warehouse, database: session.database, schema: session.schema },
    sqlDigest,
    bindsDigest,
    accesses: accessesOf(facts),
    masks: withoutReasons(decision.masks),
    limits: decision.limits,
    approvals: decision.approvals.map(({ because, ...requirement }) => requirement),
    rules: determiningRules(bundle, decision, crypto),
  };
}

function withoutReasons(plan: MaskPlan) {
  return {
    outputs: plan.outputs,
    columns: plan.columns.map(({ because, ...column }) => column),
    scans: plan.scans.map(({ because, ...scan }) => scan),
  };
}

/** Digests of the rules that determined a decision, by id. */
export function determiningRules(bundle: Bundle, decision: Decision, crypto: Crypto): Readonly<Record<string, string>> {
  const ids = new Set(
    [...decision.because, ...decision.approvals.flatMap((approval) => approval.because)].map((ref) => ref.rule),
  );
  const digests: Record<string, string> = {};
  for (const { rule } of [...bundle.compiled.grants, ...bundle.compiled.guardrails]) {
    if (ids.has(rule.id)) digests[rule.id] = ruleDigest(rule, crypto);
  }
  return digests;
}

/** A rule's digest: its content with every name it uses resolved, without where it is written. */
export function ruleDigest(rule: Grant | Guardrail, crypto: Crypto): string {
  const { origin, when, ...content } = rule;
  return crypto.sha256Hex(canonicalJson({ ...content, policy: origin.policy, when: when?.text ?? null }));
}
