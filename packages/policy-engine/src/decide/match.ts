/**
 * Does a rule match? The whole of the matching semantics stands here, rule by rule, without the index.
 *
 * INVARIANT (three-valued): a condition is true, false or unknown (null). A grant needs every condition true;
 * a guardrail needs none false. An exception stands only when it is surely true.
 */
import type { ColumnRef } from "../facts.ts";
import type { Grant, Guardrail } from "../policy/documents.ts";
import { coversParts, type ObjectPattern } from "../policy/object-pattern.ts";
import { isAboutColumns } from "./about-columns.ts";
import type { CompiledRule } from "./compile.ts";
import type { AccessView, ColumnView, Situation } from "./situation.ts";

/** What kept a grant from covering an access. */
export type Missing = "who" | "action" | "object" | "columns" | "during" | "when" | "role" | "warehouse";

/** Does the pattern speak of this connection and this object? */
export function coversObject(pattern: ObjectPattern, view: AccessView, situation: Situation): boolean {
  return (
    coversConnection(pattern, situation) &&
    (pattern.kind === null || pattern.kind === view.access.kind) &&
    coversParts(pattern, view.parts)
  );
}

function coversConnection(pattern: ObjectPattern, { facts }: Situation): boolean {
  return pattern.connection === facts.dialect || pattern.connection === facts.connection;
}

/** The column without its path: a grant of `PROFILE` covers `PROFILE:email`. */
function baseColumn(column: string): string {
  if (column.startsWith('"')) return column;
  const colon = column.indexOf(":");
  return colon === -1 ? column : column.slice(0, colon);
}

/** Conditions of a grant that don't depend on the access. The first that fails, or null. */
export function missingAlways(grant: CompiledRule<Grant>, situation: Situation): Missing | null {
  if (situation.who(grant.who) !== true) return "who";
  if (situation.window(grant.window) !== true) return "during";
  const { rule } = grant;
  if (rule.when !== null && safely(() => rule.when?.evaluate(situation.facts) ?? null) !== true) return "when";
  const { role, warehouse } = situation.facts.session;
  if (rule.roles !== null && role !== null && !rule.roles.includes(role)) return "role";
  if (rule.warehouses !== null && warehouse !== null && !rule.warehouses.includes(warehouse)) return "warehouse";
  return null;
}

/** Conditions of a grant on one access. The first that fails, or null. */
export function missingFor(grant: CompiledRule<Grant>, view: AccessView, situation: Situation): Missing | null {
  const { rule } = grant;
  if (!rule.may.includes(view.access.action)) return "action";
  let missing: Missing | null = "object";
  for (const pattern of rule.on) {
    if (!coversObject(pattern, view, situation)) continue;
    if (pattern.columns === null || coversAll(pattern.columns, view.access.columns)) return null;
    missing = "columns";
  }
  return missing;
}

function coversAll(allowed: readonly string[], touched: readonly string[]): boolean {
  return touched.every((column) => allowed.includes(baseColumn(column)));
}

/** Does the grant cover the access? */
export function grantCovers(grant: CompiledRule<Grant>, view: AccessView, situation: Situation): boolean {
  return missingFor(grant, view, situation) === null && missingAlways(grant, situation) === null;
}

/** Does the guardrail match this statement at this moment? */
export function guardrailMatches(guardrail: CompiledRule<Guardrail>, situation: Situation): boolean {
  return speaksAlways(guardrail, situation) && matchesTarget(guardrail.rule, situation);
}

/** Conditions that don't depend on accesses: who, exception, window, condition. */
export function speaksAlways(guardrail: CompiledRule<Guardrail>, situation: Situation): boolean {
  if (situation.who(guardrail.who) === false || situation.window(guardrail.window) === false) return false;
  const { rule } = guardrail;
  if (rule.except !== null && situation.who(guardrail.except) === true) return false;
  if (rule.literals !== null && !rule.literals.some((detector) => situation.facts.literals.includes(detector)))
    return false;
  return rule.when === null || safely(() => rule.when?.evaluate(situation.facts) ?? null) !== false;
}

/** A fault is an unknown: for a guardrail it matches, for a grant it doesn't. */
function safely(evaluate: () => boolean | null): boolean | null {
  try {
    return evaluate();
  } catch {
    return null;
  }
}

/** Is anything that the statement touches what the guardrail is about? */
export function matchesTarget(rule: Guardrail, situation: Situation): boolean {
  if (rule.used !== null) return matchesUse(rule, rule.used, situation);
  if (rule.columns === null) {
    return (
      situation.accesses.some((view) => matchesAccess(rule, view, situation)) ||
      (isAboutColumns(rule) && reachesColumn(rule, situation))
    );
  }
  return (
    hasUnknownAccess(rule, situation) || situation.taggedColumns.some((column) => coversColumn(rule, column, situation))
  );
}

function reachesColumn(rule: Guardrail, situation: Situation): boolean {
  const { outputs } = situation.facts.statement;
  if (situation.indirect.some((use) => coversRef(rule, use.column, situation))) return true;
  return outputs.some((output) => output.from.some((edge) => coversRef(rule, edge.column, situation)));
}

/**
 * An access that isn't understood could touch anything: for a guardrail over columns that is a match. What can't be
 * masked for want of lineage matters whatever `to` says, so that such a rule always hears of it.
 */
function hasUnknownAccess(rule: Guardrail, situation: Situation): boolean {
  if (situation.isUnknownRefused) return false;
  const isAbout = rule.to === null || rule.to.includes("unknown") || rule.mask !== null || rule.onUncertain !== null;
  return isAbout && situation.accesses.some((view) => view.access.action === "unknown");
}

/** Does the guardrail (without `columns`) match the access? */
export function matchesAccess(rule: Guardrail, view: AccessView, situation: Situation): boolean {
  if (rule.to !== null && !rule.to.includes(view.access.action)) return false;
  if (rule.on === null) return true;
  if (view.access.action === "unknown") return !situation.isUnknownRefused;
  return rule.on.some(
    (pattern) => coversObject(pattern, view, situation) && touchesAny(pattern.columns, view.access.columns),
  );
}

function touchesAny(named: readonly string[] | null, touched: readonly string[]): boolean {
  return named === null || touched.some((column) => column === "*" || named.includes(baseColumn(column)));
}

function matchesUse(rule: Guardrail, used: NonNullable<Guardrail["used"]>, situation: Situation): boolean {
  if (hasUnknownAccess(rule, situation)) return true;
  return situation.indirect.some(
    (use) => use.used.some((way) => used.includes(way)) && coversRef(rule, use.column, situation),
  );
}

/** As `coversColumn`, but a use of a whole semi-structured column is a use of all its tagged paths. */
export function coversRef(rule: Guardrail, ref: ColumnRef, situation: Situation): boolean {
  return (
    coversColumn(rule, situation.column(ref), situation) ||
    pathsBelow(ref, situation).some((column) => coversColumn(rule, column, situation))
  );
}

/** Tagged paths inside a column or inside one of its paths. */
export function pathsBelow(ref: ColumnRef, situation: Situation): readonly ColumnView[] {
  return situation.taggedColumns
    .filter(({ ref: below }) => {
      const next = below[ref.length];
      return below.length > ref.length && below.startsWith(ref) && (next === ":" || next === "." || next === "[");
    })
    .filter((column) => column.path !== null);
}

/** Is the guardrail about this column, as the statement reaches it? */
export function coversColumn(rule: Guardrail, column: ColumnView, situation: Situation): boolean {
  if (rule.columns !== null) {
    if (!rule.columns.tagged.some((tag) => column.tags.includes(tag))) return false;
    if (rule.columns.except.some((tag) => column.tags.includes(tag))) return false;
  }
  if (rule.to === null && rule.on === null) return true;
  const isDirect = situation.isObjectAccessed(column.object);
  return situation.accesses.some((view) => reaches(rule, column, view, isDirect, situation));
}

/**
 * Does the guardrail's `to` and `on` hold for the column as reached through this access? A column of an object that the
 * statement doesn't name is reached through a view: then the view's name counts as well as the column's own object.
 */
function reaches(
  rule: Guardrail,
  column: ColumnView,
  view: AccessView,
  isDirect: boolean,
  situation: Situation,
): boolean {
  const isUnknown = view.access.action === "unknown";
  if (isDirect && !isUnknown && view.access.object !== column.object) return false;
  if (rule.to !== null && !rule.to.includes(view.access.action)) return false;
  if (rule.on === null || isUnknown) return true;
  const own: AccessView = {
    access: { ...view.access, kind: isDirect ? view.access.kind : "table" },
    parts: column.parts,
    prefixes: [],
  };
  return rule.on.some((pattern) => {
    if (coversObject(pattern, own, situation))
      return pattern.columns === null || pattern.columns.includes(column.column);
    return !isDirect && coversObject(pattern, view, situation);
  });
}

/** Is the lineage of something that the guardrail is about not proved? */
export function isUncertain(rule: Guardrail, situation: Situation): boolean {
  const { complete, outputs } = situation.facts.statement;
  if (!complete) return true;
  return outputs.some(
    (output) => !output.resolved && output.from.some((edge) => coversRef(rule, edge.column, situation)),
  );
}
