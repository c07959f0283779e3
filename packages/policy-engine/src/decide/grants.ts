/**
 * Which grants cover which access, through the index, and what the covering grants allow to be used upstream.
 * An access may be had through any grant that covers it, so roles and warehouses unite over the grants of
 * one access and intersect over the accesses of the statement: adding a grant never narrows.
 */
import type { RuleRef } from "../decision.ts";
import type { Grant } from "../policy/documents.ts";
import type { CompiledRule } from "./compile.ts";
import { intersectNames, joinRefs, uniteNames } from "./join.ts";
import { grantCovers } from "./match.ts";
import type { AccessView, Situation } from "./situation.ts";

export interface GrantedAccess {
  readonly uncovered: readonly AccessView[];
  readonly because: readonly RuleRef[];
  readonly roles: readonly string[] | null;
  readonly warehouses: readonly string[] | null;
}

export function findGrants(situation: Situation): GrantedAccess {
  const uncovered: AccessView[] = [];
  const because: RuleRef[] = [];
  let roles: readonly string[] | null = null;
  let warehouses: readonly string[] | null = null;
  for (const view of situation.accesses) {
    const covering = coveringGrants(view, situation);
    if (covering.length === 0) uncovered.push(view);
    else {
      roles = intersectNames(roles, covering.map(({ rule }) => rule.roles).reduce(uniteNames));
      warehouses = intersectNames(warehouses, covering.map(({ rule }) => rule.warehouses).reduce(uniteNames));
    }
    for (const grant of covering) because.push(grant.ref);
  }
  return { uncovered, because: joinRefs(because), roles, warehouses };
}

function coveringGrants(view: AccessView, situation: Situation): readonly CompiledRule<Grant>[] {
  const byPrefix = situation.rules.grantIndex.get(view.access.action);
  if (byPrefix === undefined) return [];
  const covering: CompiledRule<Grant>[] = [];
  for (const prefix of view.prefixes) {
    for (const group of byPrefix.get(prefix) ?? []) {
      if (situation.who(group.who) !== true) continue;
      for (const grant of group.rules) if (grantCovers(grant, view, situation)) covering.push(grant);
    }
  }
  // A grant with several patterns may stand in several buckets.
  return covering.length < 2 ? covering : [...new Set(covering)].sort((a, b) => a.index - b.index);
}
