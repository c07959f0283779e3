/**
 * Grants that nearly covered an access, with the one thing that was missing. For people and agents to act on,
 * never for a decision: the list is short and says nothing that the reader could not read in the policy.
 */
import type { NearMiss } from "../decision.ts";
import type { Grant } from "../policy/documents.ts";
import { literalPrefix } from "../policy/object-pattern.ts";
import type { CompiledRule } from "./compile.ts";
import { coversObject, type Missing, missingAlways, missingFor } from "./match.ts";
import type { AccessView, Situation } from "./situation.ts";

const NEAR_MAX = 5;
const NAMES_MAX = 4;
/** Nearest first. */
const ORDER: readonly Missing[] = ["during", "when", "columns", "role", "warehouse", "action", "object", "who"];

interface Found {
  readonly grant: CompiledRule<Grant>;
  readonly view: AccessView;
  readonly missing: Missing;
}

/** At most five, nearest first; only grants that fail in one way. */
export function findNear(uncovered: readonly AccessView[], situation: Situation): readonly NearMiss[] {
  const found = new Map<number, Found>();
  for (const view of uncovered) {
    for (const grant of situation.rules.grants) {
      if (found.has(grant.index)) continue;
      const missing = onlyMissing(grant, view, situation);
      if (missing !== null) found.set(grant.index, { grant, view, missing });
    }
  }
  const nearest = [...found.values()]
    .sort((a, b) => ORDER.indexOf(a.missing) - ORDER.indexOf(b.missing))
    .slice(0, NEAR_MAX);
  return nearest.map(({ grant, view, missing }) => ({
    ...grant.ref,
    missing: describe(missing, grant.rule, view, situation),
  }));
}

function onlyMissing(grant: CompiledRule<Grant>, view: AccessView, situation: Situation): Missing | null {
  const { on, may } = grant.rule;
  const isFor = situation.who(grant.who) === true;
  if (!may.includes(view.access.action)) {
    // A grant of another action is near when it is about this object, not when it is about everything.
    const isAbout =
      isFor && on.some((pattern) => literalPrefix(pattern) !== "" && coversObject(pattern, view, situation));
    return isAbout && missingAlways(grant, situation) === null ? "action" : null;
  }
  const here = missingFor(grant, view, situation);
  if (here === null) return missingAlways(grant, situation);
  if (!isFor || missingAlways(grant, situation) !== null) return null;
  return here === "object" && on.every((pattern) => literalPrefix(pattern) === "") ? null : here;
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
