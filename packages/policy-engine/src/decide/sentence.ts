/**
 * The one sentence for the caller: what, by which rule, and what would be accepted instead. Agents read it and act on it.
 * It names objects, columns, rules and policies, and never holds a literal of the statement.
 */
import type { ApprovalRequirement, Decision, NearMiss } from "../decision.ts";
import type { Access, Action } from "../facts.ts";
import type { Guardrail } from "../policy/documents.ts";
import type { Verdicts } from "./decide.ts";
import type { GrantedAccess } from "./grants.ts";
import { coversColumn, coversRef, matchesAccess } from "./match.ts";
import type { AccessView, Situation } from "./situation.ts";

export interface SentenceInput {
  readonly effect: Decision["effect"];
  readonly verdicts: Verdicts;
  readonly granted: GrantedAccess | null;
  readonly near: readonly NearMiss[];
  readonly approvals: readonly ApprovalRequirement[];
  readonly situation: Situation;
}

const NAMES_MAX = 4;

export function sentenceOf(input: SentenceInput): string {
  switch (input.effect) {
    case "allow":
      return "Allowed.";
    case "hold":
      return heldSentence(input);
    case "deny":
      return deniedSentence(input);
  }
}

function deniedSentence({ verdicts, granted, near, situation }: SentenceInput): string {
  const [first] = verdicts.denials;
  if (first !== undefined) {
    const rules = [...new Set(verdicts.denials.map(({ ref }) => `\`${ref.rule}\``))].join(", ");
    const texts = [...new Set(verdicts.denials.map(({ text }) => text))].join(" ");
    return join([
      `Denied: ${subject(first.rule, situation)}, by rule ${rules}.`,
      texts,
      ...remedies(
        verdicts.denials.map(({ rule }) => rule),
        situation,
      ),
    ]);
  }
  if (granted !== null && granted.uncovered.length > 0) return ungranted(granted.uncovered, near, situation);
  return "Denied: the grants that cover this statement allow no role or warehouse in common.";
}

function ungranted(uncovered: readonly AccessView[], near: readonly NearMiss[], { facts }: Situation): string {
  if (uncovered.some((view) => view.access.action === "unknown")) {
    const why = facts.statement.reasons
      .map((reason) => reason.text.replace(/\.$/, ""))
      .slice(0, 2)
      .join("; ");
    return join([
      "Denied: the statement could not be understood in full, and nothing grants `unknown`.",
      why === "" ? "" : `${why}.`,
      "Write it more plainly.",
    ]);
  }
  const what = list(uncovered.map((view) => phrase(view.access)));
  const nearest = near.slice(0, 2).map((miss) => `\`${miss.rule}\` (${miss.missing})`);
  return join([
    `Denied: no grant lets ${facts.principal.id} ${what}.`,
    nearest.length === 0 ? "" : `Nearest: ${nearest.join("; ")}.`,
  ]);
}

function heldSentence({ verdicts, approvals, situation }: SentenceInput): string {
  const rules = [...new Set(verdicts.holds.map(({ rule }) => `\`${rule.ref.rule}\``))].join(", ");
  const who = approvals
    .map((approval) => `${approval.count} of ${approval.from.join(" or ") || "nobody"}`)
    .join(", and ");
  const [first] = verdicts.holds;
  const what = subject(first?.rule.rule ?? null, situation);
  return join([
    `Held: ${what} needs approval by ${who}, by rule ${rules}.`,
    ...remedies(
      verdicts.holds.map(({ rule }) => rule.rule),
      situation,
    ),
  ]);
}

/** What the rule speaks about: the matching accesses, or all of them. */
function subject(rule: Guardrail | null, situation: Situation): string {
  const all = situation.accesses;
  const about =
    rule === null || rule.columns !== null ? all : all.filter((view) => matchesAccess(rule, view, situation));
  return list((about.length === 0 ? all : about).map((view) => phrase(view.access)));
}

const VERBS: Readonly<Record<Action, string>> = {
  read: "read",
  insert: "insert into",
  update: "update",
  merge: "merge into",
  delete: "delete from",
  truncate: "truncate",
  create: "create",
  alter: "alter",
  drop: "drop",
  "drop-database": "drop database",
  "drop-schema": "drop schema",
  undrop: "undrop",
  clone: "clone",
  dcl: "change access to",
  load: "load into",
  unload: "unload",
  egress: "send data out through",
  call: "call",
  dynamic: "run dynamic SQL",
  schedule: "schedule",
  session: "change the session",
  metadata: "look up metadata of",
  history: "read history",
  transaction: "use transactions",
  explain: "explain",
  unknown: "run a statement that isn't understood",
};
/** Verbs that read well without an object. */
const ALONE: readonly Action[] = ["session", "transaction", "explain", "dynamic", "history", "unknown"];

function phrase({ action, kind, object }: Access): string {
  const verb = VERBS[action];
  if (ALONE.includes(action)) return object === "" ? verb : `${verb} (${object})`;
  return object === "" ? `${verb} any ${kind}` : `${verb} ${object}`;
}

function list(items: readonly string[]): string {
  const unique = [...new Set(items)];
  const shown = unique.slice(0, NAMES_MAX);
  const rest = unique.length - shown.length;
  return rest === 0 ? shown.join(", ") : `${shown.join(", ")} and ${rest} more`;
}

/** What would be accepted, derived from what the rules look at. */
function remedies(rules: readonly (Guardrail | null)[], situation: Situation): readonly string[] {
  const found = new Set<string>();
  for (const rule of rules) {
    if (rule === null) continue;
    const columns = offendingColumns(rule, situation);
    if (columns.length > 0)
      found.add(rule.used === null ? `Leave out ${list(columns)}.` : `Use ${list(columns)} only in the output list.`);
    if (rule.when?.text.includes("stmt.hasWhere") === true) found.add("Add a WHERE that doesn't hold for every row.");
    if (rule.when?.text.includes("result.rows") === true || rule.when?.text.includes("stmt.limit") === true)
      found.add("Add a LIMIT.");
  }
  return [...found];
}

function offendingColumns(rule: Guardrail, situation: Situation): readonly string[] {
  if (rule.columns === null) return [];
  const refs =
    rule.used === null
      ? situation.taggedColumns.filter((column) => coversColumn(rule, column, situation))
      : situation.indirect
          .filter((use) => coversRef(rule, use.column, situation))
          .map((use) => situation.column(use.column));
  return [
    ...new Set(
      refs.map((column) => `column \`${column.path === null ? column.column : `${column.column}:${column.path}`}\``),
    ),
  ];
}

function join(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" ");
}
