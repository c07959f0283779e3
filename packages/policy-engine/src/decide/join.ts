/**
 * How answers of several rules join: the strictest wins (`policy.md` §2.4). Every join here is commutative,
 * associative and idempotent, so that neither the order of rules nor repeating one changes a decision.
 */
import type { ApprovalRequirement, Limits, Mask, RuleRef } from "../decision.ts";
import type { RuleLimits } from "../policy/documents.ts";

/** A mask with the name by which people know it. */
export interface LabelledMask {
  readonly mask: Mask;
  readonly label: string;
}

const RANK: Readonly<Record<Mask["method"], number>> = {
  partial: 1,
  hmac: 1,
  generalise: 1,
  "date-shift": 1,
  redact: 2,
  null: 3,
};
const REDACT: LabelledMask = { mask: { method: "redact" }, label: "redact" };

/** Are these the same method with the same parameters? */
export function isSameMask(a: Mask, b: Mask): boolean {
  switch (a.method) {
    case "redact":
    case "null":
      return b.method === a.method;
    case "hmac":
      return b.method === "hmac" && a.domain === b.domain && a.keepJoin === b.keepJoin;
    case "partial":
      return b.method === "partial" && a.keep === b.keep;
    case "generalise":
      return b.method === "generalise" && a.to === b.to;
    case "date-shift":
      return b.method === "date-shift" && a.days === b.days;
  }
}

/** `none < {partial, hmac, generalise, date-shift} < redact < null`; two different middle ones join to redact. */
export function joinMasks(a: LabelledMask | null, b: LabelledMask | null): LabelledMask | null {
  if (a === null) return b;
  if (b === null) return a;
  const rankA = RANK[a.mask.method];
  const rankB = RANK[b.mask.method];
  if (rankA !== rankB) return rankA > rankB ? a : b;
  if (isSameMask(a.mask, b.mask)) return a.label <= b.label ? a : b;
  return REDACT;
}

/** At least redact: what a value takes that passed through something other than its own column. */
export function atLeastRedact(mask: LabelledMask): LabelledMask {
  return RANK[mask.mask.method] >= RANK.redact ? mask : REDACT;
}

/** Approvals of the same groups become one: larger count, shorter expiry, fewer uses, the union of `never`. Others stand side by side. */
export function joinApprovals(requirements: readonly ApprovalRequirement[]): readonly ApprovalRequirement[] {
  const byGroup = new Map<string, ApprovalRequirement>();
  for (const requirement of requirements) {
    const key = JSON.stringify([...requirement.from].sort());
    const other = byGroup.get(key);
    byGroup.set(key, other === undefined ? requirement : joinApproval(other, requirement));
  }
  return [...byGroup.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, requirement]) => requirement);
}

function joinApproval(a: ApprovalRequirement, b: ApprovalRequirement): ApprovalRequirement {
  const assurance = a.assurance ?? b.assurance;
  return {
    from: a.from,
    count: Math.max(a.count, b.count),
    never: [...new Set([...a.never, ...b.never])].sort(),
    expiresSeconds: Math.min(a.expiresSeconds, b.expiresSeconds),
    uses: Math.min(a.uses, b.uses),
    inTransaction: a.inTransaction === "refuse" || b.inTransaction === "refuse" ? "refuse" : "allow",
    ...(assurance === undefined ? {} : { assurance }),
    because: joinRefs([...a.because, ...b.because]),
  };
}

/** Without duplicates, in the order of rule ids. */
export function joinRefs(refs: readonly RuleRef[]): readonly RuleRef[] {
  if (refs.length < 2) return refs;
  const joined: RuleRef[] = [];
  for (const ref of refs) if (!joined.includes(ref)) joined.push(ref);
  if (joined.length === 1) return joined;
  joined.sort(byRule);
  return joined.filter((ref, i) => i === 0 || byRule(ref, joined[i - 1] ?? ref) !== 0);
}

function byRule(a: RuleRef, b: RuleRef): number {
  if (a.rule !== b.rule) return a.rule < b.rule ? -1 : 1;
  return a.policy === b.policy ? 0 : a.policy < b.policy ? -1 : 1;
}

type LimitName = keyof RuleLimits & keyof Limits;
const LIMIT_NAMES: readonly LimitName[] = [
  "rows",
  "bytes",
  "seconds",
  "statementsPerHour",
  "concurrent",
  "errorsPerHour",
  "creditsPerDay",
];

/** Minimum of each. A limit that nobody set stays away. */
export function joinLimits(all: readonly (RuleLimits | Limits)[]): Limits {
  const joined: { -readonly [K in LimitName]?: number } = {};
  for (const limits of all) {
    for (const name of LIMIT_NAMES) {
      const value = limits[name];
      if (value !== null && value !== undefined)
        joined[name] = Math.min(joined[name] ?? Number.POSITIVE_INFINITY, value);
    }
  }
  return joined;
}

/** Intersection, in the order of the first; null is "any". */
export function intersectNames(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null) return b;
  if (b === null) return a;
  return a.filter((name) => b.includes(name));
}

/** Union; null is "any". */
export function uniteNames(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  return a === null || b === null ? null : [...new Set([...a, ...b])];
}
