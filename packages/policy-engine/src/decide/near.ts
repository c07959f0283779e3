/**
 * Grants that nearly covered an access, with the one thing that was missing. For people and agents to act on,
 * never for a decision: the list is short and says nothing that the reader could not read in the policy.
 */
import type { NearMiss } from "../decision.ts";
import type { Grant } from "../policy/documents.ts";
import type { CompiledRule } from "./compile.ts";
import { literalPrefix } from "../policy/object-pattern.ts";
import { coversObject, type Missing, missingAlways, missingFor } from "./match.ts";
import type { AccessView, Situation } from "./situation.ts";

const NEAR_MAX = 5;
const NAMES_MAX = 4;
/** Nearest first. */
const ORDER: readonly Missing[] = ["during", "when", "columns", "role", "warehouse", "action", "object", "who"];

/** At most five, nearest first; only grants that fail in one way. */
export function findNear(uncovered: readonly AccessView[], situation: Situation): readonly NearMiss[] {
  const found: { readonly order: number; readonly near: NearMiss }[] = [];
  const seen = new Set<string>();
  for (const view of uncovered) {
    for (const grant of situation.rules.grants) {
      const missing = onlyMissing(grant, view, situation);
      if (missing === null || seen.has(grant.rule.id)) continue;
      seen.add(grant.rule.id);
      found.push({ order: ORDER.indexOf(missing), near: { ...grant.ref, missing: describe(missing, grant.rule, view, situation) } });
    }
  }
  return found.sort((a, b) => a.order - b.order).slice(0, NEAR_MAX).map(({ near }) => near);
}

function onlyMissing(grant: CompiledRule<Grant>, view: AccessView, situation: Situation): Missing | null {
  const always = missingAlways(grant, situation);
  const here = missingFor(grant, view, situation);
  if (always !== null && here !== null) return null;
  // A grant of another action is near when it is about this object, not when it is about everything.
  if (here === "action" && !grant.rule.on.some((pattern) => literalPrefix(pattern) !== "" && coversObject(pattern, view, situation))) return null;
  if (here === "object" && grant.rule.on.every((pattern) => literalPrefix(pattern) === "")) return null;
  return always ?? here;
}

function describe(missing: Missing, grant: Grant, view: AccessView, { facts }: Situation): string {
  switch (missing) {
    case "who":
      return `covers it, but not for ${facts.principal.id}`;
    case "during":
      return `only during \`${grant.during?.name ?? ""}\``;
    case "when":
      return `only when ${grant.when?.text ?? ""}`;
    case "role":
      return `only with role ${(grant.roles ?? []).join(" or ")}`;
    case "warehouse":
      return `only with warehouse ${(grant.warehouses ?? []).join(" or ")}`;
    case "action":
      return `doesn't include \`${view.access.action}\``;
    case "object":
      return `covers ${shortened(grant.on.map((pattern) => pattern.text))}`;
    case "columns":
      return `only columns ${[...new Set(grant.on.flatMap((pattern) => pattern.columns ?? []))].join(", ")}`;
  }
}

function shortened(names: readonly string[]): string {
  const shown = names.slice(0, NAMES_MAX).join(", ");
  return names.length > NAMES_MAX ? `${shown} and ${names.length - NAMES_MAX} more` : shown;
}
