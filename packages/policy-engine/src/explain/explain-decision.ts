/**
 * A decision in lines that a person reads: the effect, why, what nearly allowed it, what is masked and by which rule.
 * Says nothing that isn't in the decision or its facts, and holds no literal of the statement.
 */
import type { ColumnMask, Decision, DecisionFacts, Limits, RuleRef } from "../decision.ts";

export function explainDecision(decision: Decision, facts: DecisionFacts): string[] {
  return [
    decision.sentence,
    ...accessLines(facts),
    ...decision.because.map((ref) => `because ${where(ref)}`),
    ...decision.near.map((near) => `near ${where(near)}: ${near.missing}`),
    ...decision.approvals.map((approval) => {
      const never = approval.never.length === 0 ? "" : `, never the ${approval.never.join(" or ")}`;
      return `needs ${approval.count} of ${approval.from.join(" or ")}${never}, within ${approval.expiresSeconds} s`;
    }),
    ...decision.masks.columns.map(maskLine),
    ...decision.masks.scans.map(
      (scan) =>
        `scans ${columnName(decision.masks.outputs?.[scan.ordinal] ?? null, scan.ordinal)} for ${scan.detectors.join(", ")}`,
    ),
    ...limitLines(decision.limits),
    ...(decision.complete ? [] : decision.reasons.map((reason) => `not understood: ${reason.text} (${reason.code})`)),
  ];
}

function where(ref: RuleRef): string {
  return `${ref.rule} (${ref.policy}, ${ref.file}:${ref.line})`;
}

function accessLines(facts: DecisionFacts): readonly string[] {
  return facts.statement.accesses.map((access) => {
    const columns = access.columns.length === 0 ? "" : ` (${access.columns.join(", ")})`;
    return `${facts.principal.id} asks to ${access.action} ${access.object === "" ? "the session" : access.object}${columns}`;
  });
}

function columnName(name: string | null, ordinal: number): string {
  return name ?? `column ${ordinal + 1}`;
}

function maskLine(column: ColumnMask): string {
  const paths =
    column.paths === undefined ? "" : ` at ${column.paths.map((path) => `${path.path} (${path.label})`).join(", ")}`;
  return `masks ${columnName(column.name, column.ordinal)} by ${column.label}${paths}, because of ${column.edge}, rule ${column.because.map((ref) => ref.rule).join(", ")}`;
}

const LIMIT_WORDS: Readonly<Record<keyof Limits, string>> = {
  rows: "rows",
  bytes: "bytes",
  seconds: "seconds",
  statementsPerHour: "statements an hour",
  concurrent: "statements at once",
  errorsPerHour: "errors an hour",
  creditsPerDay: "credits a day",
};

function limitLines(limits: Limits): readonly string[] {
  const lines: string[] = [];
  for (const [name, words] of Object.entries(LIMIT_WORDS)) {
    for (const [key, value] of Object.entries(limits))
      if (key === name) lines.push(`at most ${String(value)} ${words}`);
  }
  return lines;
}
