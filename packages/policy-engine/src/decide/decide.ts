/**
 * `decide(bundle, facts, moment)`: the heart of the product. Pure and total: no clock, no I/O, no environment.
 *
 * Grants only widen, guardrails only narrow, every access needs a grant, deny > hold > allow, no grant is a denial,
 * and the strictest of what joins wins. Rules have no order. Says why, and what nearly allowed it.
 */
import { canonicalJson } from "../canonical-json.ts";
import type { Crypto } from "../crypto.ts";
import type { ApprovalRequirement, Decision, DecisionFacts, Moment, NearMiss, RuleRef } from "../decision.ts";
import { MASK_TOKEN } from "../mask/detectors.ts";
import type { Bundle } from "../policy/bundle.ts";
import type { Guardrail } from "../policy/documents.ts";
import type { CompiledRule } from "./compile.ts";
import { findGrants, type GrantedAccess } from "./grants.ts";
import { findGuardrails } from "./guardrails.ts";
import { joinApprovals, joinLimits, joinRefs } from "./join.ts";
import { isUncertain } from "./match.ts";
import { findNear } from "./near.ts";
import { type Copy, type PlannedMasks, planMasks } from "./plan-masks.ts";
import { sentenceOf } from "./sentence.ts";
import { newSituation, type Situation } from "./situation.ts";

/** Names the engine in each decision. */
export const ENGINE = "@sluice/policy-engine@0.1.0";
/** How many rows of a masked result are kept when no rule says fewer. */
export const RECORD_ROWS_DEFAULT = 10_000;

/** The rule that no bundle can take away: a mask must not come back as data. */
export const MASK_WRITTEN_BACK: RuleRef = { rule: "mask-written-back", policy: "built-in", file: "built-in", line: 0 };
const MASK_WRITTEN_BACK_TEXT = "The statement carries a masked value (`tok_…`). Leave it out: a mask is not data.";

const UNPROVED_TEXT =
  "What the statement returns could not be proved. Write it more plainly, or leave the protected columns out.";

/** What a deny or a hold was asked for. */
export interface Verdicts {
  readonly denials: readonly { readonly ref: RuleRef; readonly text: string; readonly rule: Guardrail | null }[];
  readonly holds: readonly { readonly rule: CompiledRule<Guardrail>; readonly requirement: ApprovalRequirement }[];
}

/**
 * Decides one statement.
 * @param moment `statement`: before anything is sent, literals included. `result`: the warehouse has announced rows and columns
 *   (`facts.result`); everything is decided again, but approvals asked for earlier are not asked for twice.
 *   `literals`: only what runs over literals; grants aren't looked at.
 */
export function decide(bundle: Bundle, facts: DecisionFacts, moment: Moment, crypto: Crypto): Decision {
  const asked = newSituation(bundle.compiled, facts, moment);
  const granted = moment === "literals" ? null : findGrants(asked);
  const isUnknownRefused = granted?.uncovered.some(({ access }) => access.action === "unknown") ?? false;
  const situation: Situation = isUnknownRefused ? { ...asked, isUnknownRefused } : asked;
  const { matched, asksAtResult } = findGuardrails(situation);
  const planned = planMasks(
    matched.filter(({ rule }) => rule.mask !== null || rule.scan !== null),
    situation,
  );
  const verdicts = judge(matched, planned.copies, situation);
  const effect = effectOf(verdicts, granted);
  const isUngranted = granted !== null && granted.uncovered.length > 0;
  const near: readonly NearMiss[] = isUngranted ? findNear(granted.uncovered, situation) : [];
  const approvals = effect === "hold" ? joinApprovals(verdicts.holds.map(({ requirement }) => requirement)) : [];
  return {
    effect,
    because: becauseOf(effect, verdicts, granted, matched, planned),
    near,
    approvals,
    masks: planned.plan,
    limits: joinLimits(matched.flatMap(({ rule }) => (rule.limit === null ? [] : [rule.limit]))),
    recordRowsMax: Math.min(RECORD_ROWS_DEFAULT, ...matched.flatMap(({ rule }) => rule.recordRows ?? [])),
    roles: granted?.roles ?? null,
    warehouses: granted?.warehouses ?? null,
    complete: facts.statement.complete,
    reasons: facts.statement.reasons,
    sentence: sentenceOf({ effect, verdicts, granted, near, approvals, situation }),
    asksAtResult: asksAtResult && moment !== "result",
    factsDigest: crypto.sha256Hex(canonicalFacts(facts)),
    bundleDigest: bundle.digest,
    engine: ENGINE,
  };
}

function effectOf(verdicts: Verdicts, granted: GrantedAccess | null): Decision["effect"] {
  if (verdicts.denials.length > 0 || (granted !== null && granted.uncovered.length > 0)) return "deny";
  if (granted?.roles?.length === 0 || granted?.warehouses?.length === 0) return "deny";
  return verdicts.holds.length > 0 ? "hold" : "allow";
}

/** What the matched guardrails deny and hold at this moment. */
function judge(matched: readonly CompiledRule<Guardrail>[], copies: readonly Copy[], situation: Situation): Verdicts {
  const denials: Verdicts["denials"][number][] = [];
  const holds: Verdicts["holds"][number][] = [];
  if (situation.facts.literals.includes(MASK_TOKEN))
    denials.push({ ref: MASK_WRITTEN_BACK, text: MASK_WRITTEN_BACK_TEXT, rule: null });
  for (const guardrail of matched) {
    const { rule, ref } = guardrail;
    if (rule.deny !== null) denials.push({ ref, text: rule.deny, rule });
    const uncertain = answerToUncertainty(rule, situation);
    if (uncertain === "deny") denials.push({ ref, text: UNPROVED_TEXT, rule });
    const asks = rule.onUncertain === null ? rule.require !== null : uncertain === "hold";
    if (asks && isDue(rule, situation)) holds.push({ rule: guardrail, requirement: requirementOf(guardrail) });
  }
  if (copies.length > 0) {
    const columns = copies.map(({ column }) => `\`${situation.column(column).column}\``);
    const text = `What is protected where it stands would not be in a copy. Leave out ${columns.join(", ")}.`;
    for (const ref of joinRefs(copies.flatMap(({ because }) => because))) denials.push({ ref, text, rule: null });
  }
  return { denials, holds };
}

/** At the result only what speaks there asks for approval: the statement's own approvals have been given. */
function isDue(rule: Guardrail, { moment }: Situation): boolean {
  return moment !== "result" || rule.at === "result";
}

function answerToUncertainty(rule: Guardrail, situation: Situation): "hold" | "deny" | null {
  if (rule.onUncertain !== null) return isUncertain(rule, situation) ? rule.onUncertain : null;
  // Unresolved outputs of an understood statement take the strictest mask; a statement not understood can't be masked at all.
  const isBlind = !situation.facts.statement.complete && !situation.isUnknownRefused;
  return rule.mask !== null && rule.scan === null && isBlind ? "deny" : null;
}

function requirementOf({ rule, ref }: CompiledRule<Guardrail>): ApprovalRequirement {
  if (rule.require !== null) return { ...rule.require, because: [ref] };
  return {
    from: [],
    count: 1,
    never: ["delegator", "requester"],
    expiresSeconds: 1800,
    uses: 1,
    inTransaction: "refuse",
    because: [ref],
  };
}

function becauseOf(
  effect: Decision["effect"],
  verdicts: Verdicts,
  granted: GrantedAccess | null,
  matched: readonly CompiledRule<Guardrail>[],
  planned: PlannedMasks,
): readonly RuleRef[] {
  if (effect === "deny") return joinRefs(verdicts.denials.map(({ ref }) => ref));
  const limiting = matched.filter(({ rule }) => rule.limit !== null || rule.recordRows !== null).map(({ ref }) => ref);
  const guarding = joinRefs([...verdicts.holds.map(({ rule }) => rule.ref), ...planned.because, ...limiting]);
  return [...(granted?.because ?? []), ...guarding];
}

/** Canonical texts of parts that many decisions share are kept as long as the parts are. */
const canonicalParts = new WeakMap<object, string>();

function canonicalPart(part: object): string {
  let text = canonicalParts.get(part);
  if (text === undefined) {
    text = canonicalJson(part);
    canonicalParts.set(part, text);
  }
  return text;
}

/** Canonical JSON of the facts, equal to `canonicalJson(facts)`. Facts are immutable: what was written once stays true. */
export function canonicalFacts(facts: DecisionFacts): string {
  const { at, batch, connection, dialect, literals, principal, result, session, statement } = facts;
  const early = canonicalJson({ at, batch, connection, dialect, literals }).slice(0, -1);
  const announced = result === undefined ? "" : `,"result":${canonicalJson(result)}`;
  return `${early},"principal":${canonicalPart(principal)}${announced},"session":${canonicalJson(session)},"statement":${canonicalPart(statement)}}`;
}
