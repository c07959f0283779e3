/**
 * A request with several statements is decided as one: one approval covers the ordered list, one denial refuses all of it.
 * Each statement keeps its own mask plan for its own result; the joint decision carries none.
 */
import { canonicalJson } from "../canonical-json.ts";
import type { Crypto } from "../crypto.ts";
import type { Decision, MaskPlan } from "../decision.ts";
import { intersectNames, joinApprovals, joinLimits, joinRefs } from "./join.ts";

const EFFECTS: readonly Decision["effect"][] = ["allow", "hold", "deny"];

/**
 * Joins the decisions of one request, in order. Of a single decision it is that decision.
 * @throws TypeError for an empty list: a request without statements has no decision.
 */
export function joinDecisions(decisions: readonly Decision[], crypto: Crypto): Decision {
  const [first, ...others] = decisions;
  if (first === undefined) throw new TypeError("joinDecisions: no decision to join");
  if (others.length === 0) return first;
  const joined = decisions.reduce(joinTwo);
  return {
    ...joined,
    masks: { ...NO_MASKS, hideErrors: decisions.some((decision) => decision.masks.hideErrors) },
    factsDigest: crypto.sha256Hex(canonicalJson(decisions.map((decision) => decision.factsDigest))),
  };
}

const NO_MASKS: MaskPlan = { outputs: null, columns: [], scans: [], hideErrors: false };

function joinTwo(a: Decision, b: Decision): Decision {
  const roles = intersectNames(a.roles, b.roles);
  const warehouses = intersectNames(a.warehouses, b.warehouses);
  const effect = roles?.length === 0 || warehouses?.length === 0 ? "deny" : stricter(a.effect, b.effect);
  const kept = [a, b].filter((decision) => decision.effect === effect);
  return {
    effect,
    because: joinRefs((effect === "deny" ? kept : [a, b]).flatMap((decision) => decision.because)),
    near: kept.flatMap((decision) => decision.near),
    approvals: effect === "hold" ? joinApprovals([...a.approvals, ...b.approvals]) : [],
    masks: NO_MASKS,
    limits: joinLimits([a.limits, b.limits]),
    recordRowsMax: Math.min(a.recordRowsMax, b.recordRowsMax),
    roles,
    warehouses,
    complete: a.complete && b.complete,
    reasons: [...a.reasons, ...b.reasons],
    sentence: kept[0]?.sentence ?? "Denied: the statements of this request have no role or warehouse in common.",
    asksAtResult: a.asksAtResult || b.asksAtResult,
    factsDigest: a.factsDigest,
    bundleDigest: a.bundleDigest,
    engine: a.engine,
  };
}

function stricter(a: Decision["effect"], b: Decision["effect"]): Decision["effect"] {
  return EFFECTS.indexOf(a) >= EFFECTS.indexOf(b) ? a : b;
}
