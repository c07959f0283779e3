/**
 * Which guardrails match, through the index. Reads candidates; `match.ts` decides.
 */
import type { Guardrail } from "../policy/documents.ts";
import type { CompiledRule, RuleGroup } from "./compile.ts";
import { guardrailMatches, matchesTarget } from "./match.ts";
import { RETURNS_VALUES } from "./returns-values.ts";
import type { Situation } from "./situation.ts";

export interface FoundGuardrails {
  /** In the order of rule ids. */
  readonly matched: readonly CompiledRule<Guardrail>[];
  /** Some rule wants to see the result's shape before it leaves. */
  readonly asksAtResult: boolean;
}

export function findGuardrails(situation: Situation): FoundGuardrails {
  const matched: CompiledRule<Guardrail>[] = [];
  let asksAtResult = false;
  for (const guardrail of candidates(situation)) {
    const { rule } = guardrail;
    if (rule.at === "result" && situation.moment !== "result") {
      asksAtResult ||= asksLater(guardrail, situation);
    } else if (guardrailMatches(guardrail, situation)) {
      matched.push(guardrail);
      asksAtResult ||= rule.scan !== null && isUnpredicted(situation);
    }
  }
  matched.sort((a, b) => a.index - b.index);
  return { matched, asksAtResult };
}

/** The statement answers with values, but with which columns only the warehouse will say. */
function isUnpredicted({ facts }: Situation): boolean {
  return facts.statement.outputs.length === 0 && RETURNS_VALUES[facts.statement.class];
}

/** Could this rule speak when the result is announced? Its window and its condition are asked then. */
function asksLater(guardrail: CompiledRule<Guardrail>, situation: Situation): boolean {
  if (situation.moment === "literals" || situation.who(guardrail.who) === false) return false;
  if (guardrail.except !== -1 && situation.who(guardrail.except) === true) return false;
  return matchesTarget(guardrail.rule, situation);
}

function candidates(situation: Situation): readonly CompiledRule<Guardrail>[] {
  const { rules, accesses, moment, facts } = situation;
  if (moment === "literals") return rules.unfiledGuardrails.filter(({ rule }) => rule.at === "literals");
  const found = [...rules.unfiledGuardrails];
  const seen = new Uint8Array(rules.guardrails.length);
  const add = (groups: readonly RuleGroup<Guardrail>[] | undefined): void => {
    for (const group of groups ?? []) {
      if (situation.who(group.who) === false) continue;
      for (const rule of group.rules) {
        if (seen[rule.index] === 0) found.push(rule);
        seen[rule.index] = 1;
      }
    }
  };
  for (const { access, prefixes } of accesses) {
    const byPrefix = rules.guardrailIndex.get(access.action);
    if (byPrefix === undefined) continue;
    // An access that isn't understood could be on any object.
    if (access.action === "unknown") for (const groups of byPrefix.values()) add(groups);
    else for (const prefix of prefixes) add(byPrefix.get(prefix));
  }
  if (!facts.statement.complete) for (const groups of rules.taggedIndex.values()) add(groups);
  else for (const tag of tagsOf(situation)) add(rules.taggedIndex.get(tag));
  return found;
}

function tagsOf({ taggedColumns }: Situation): Iterable<string> {
  const tags = new Set<string>();
  for (const column of taggedColumns) for (const tag of column.tags) tags.add(tag);
  return tags;
}
