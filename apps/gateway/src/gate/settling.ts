/** What a caller, the record and the index are told when a statement has ended. Pure. */
import type { Failure, ResultData } from "@sluice/snowflake-wire";
import { CATALOGUE, type ErrorCode } from "../errors/catalogue.ts";
import type { Inspection } from "../policy/port.ts";
import type { Ending, StatementState } from "../statement/step.ts";
import type { StatementRow } from "../store/port.ts";
import type { FailedOutcome } from "./entries.ts";
import type { Outcome } from "./outcome.ts";
import type { StatementRun } from "./statement-run.ts";

/** A refusal of our own; its sentence is the catalogue's unless a better one is known. */
export const refusal = (code: ErrorCode, message?: string): Outcome => ({
  kind: "refusal",
  code,
  message: message ?? CATALOGUE[code].sentence,
});

/** The warehouse's failure as the caller may see it: its own words only where no masked column is touched. */
export function failureOf(failure: Failure, queryId: string, inspection: Inspection): Outcome {
  const isHidden = inspection.statements.some((one) => one.decision.masks.hideErrors);
  // Codes that say nothing about values: syntax, names, types, cancels, rights. What the warehouse calls a compilation
  // error is no such thing by itself: compiling folds constants and may quote a value.
  const isHarmless = HARMLESS.has(failure.code ?? "");
  if (isHidden && !isHarmless) return refusal("SLUICE_ERROR_HIDDEN");
  return { kind: "upstream-failure", failure: { ...failure, queryId } };
}

const HARMLESS: ReadonlySet<string> = new Set([
  "000604",
  "000630",
  "001003",
  "001007",
  "001044",
  "000904",
  "000979",
  "002003",
  "002043",
  "002140",
  "002141",
  "003001",
]);

/** `problem` is what the run found out; endings without one have a sentence of their own. */
export function outcomeOf(
  ending: Ending,
  data: ResultData | null,
  problem: Outcome | null,
  inspection: Inspection | null,
): Outcome {
  switch (ending) {
    case "result":
      return data === null ? refusal("SLUICE_INTERNAL") : { kind: "result", data };
    case "denied":
      return (
        problem ??
        refusal(
          inspection?.complete === false ? "SLUICE_SQL_NOT_UNDERSTOOD" : "SLUICE_POLICY_DENIED",
          inspection?.sentence,
        )
      );
    case "approval-denied":
      return problem ?? refusal("SLUICE_APPROVAL_DENIED");
    case "approval-expired":
      return refusal("SLUICE_APPROVAL_EXPIRED");
    case "approval-void":
      return refusal("SLUICE_APPROVAL_VOID");
    case "canceled":
      return refusal("SLUICE_CANCELED");
    case "abandoned":
      return refusal("SLUICE_HOLD_ABANDONED");
    case "unknown":
      return refusal("SLUICE_OUTCOME_UNKNOWN");
    case "failure":
    case "withheld":
      return problem ?? refusal("SLUICE_INTERNAL");
  }
}

const OUTCOMES: Record<Exclude<Ending, "result">, FailedOutcome> = {
  failure: "failed",
  denied: "refused",
  "approval-denied": "refused",
  "approval-expired": "refused",
  "approval-void": "refused",
  withheld: "withheld",
  canceled: "canceled",
  abandoned: "abandoned",
  unknown: "unknown",
};

/** The `error` entry of an ending; null for a result, whose entries say it all. */
export function refusalOf(
  ending: Ending,
  outcome: Outcome,
): {
  readonly outcome: FailedOutcome;
  readonly code: string;
  readonly owner: string;
  readonly sqlState: string | null;
  readonly upstreamCode: string | null;
} | null {
  if (ending === "result") return null;
  if (outcome.kind === "refusal") {
    const row = CATALOGUE[outcome.code];
    return {
      outcome: OUTCOMES[ending],
      code: outcome.code,
      owner: row.owner,
      sqlState: row.wire?.sqlState ?? null,
      upstreamCode: null,
    };
  }
  const failure = outcome.kind === "upstream-failure" ? outcome.failure : null;
  return {
    outcome: OUTCOMES[ending],
    code: "UPSTREAM_FAILURE",
    owner: "upstream",
    sqlState: failure?.sqlState ?? null,
    upstreamCode: failure?.code ?? null,
  };
}

export interface RowParts {
  readonly run: StatementRun;
  readonly state: StatementState;
  readonly inspection: Inspection | null;
  readonly upstreamRequestId: string;
  readonly upstreamQueryId: string | null;
  readonly decidedAt: number | null;
  readonly forwardedAt: number | null;
  readonly maskedColumns: number | null;
  readonly outcome: Outcome | null;
}

const dateOf = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));

export function rowOf(parts: RowParts): StatementRow {
  const { run, state, inspection, outcome } = parts;
  const one = inspection?.statements[0];
  const failure = outcome === null ? null : errorOf(outcome);
  return {
    id: run.id,
    sessionId: run.session.facts.id,
    requestId: run.requestId,
    upstreamRequestId: parts.upstreamRequestId,
    upstreamQueryId: parts.upstreamQueryId,
    textDigest: run.textDigest,
    fingerprint: one?.facts.fingerprint.slice(0, 4000) ?? "",
    class: inspection !== null && inspection.statements.length > 1 ? "multi" : (one?.facts.class ?? "unknown"),
    state: state.at === "done" ? state.ending : state.at,
    effect: inspection?.effect ?? null,
    because: inspection?.statements.flatMap((each) => each.decision.because) ?? [],
    decision: {
      sentence: inspection?.sentence ?? "",
      masks:
        one?.decision.masks.columns.map((mask) => ({
          column: mask.name ?? `#${mask.ordinal + 1}`,
          label: mask.label,
          from: mask.edge,
        })) ?? [],
    },
    receivedAt: new Date(run.receivedAt),
    decidedAt: dateOf(parts.decidedAt),
    forwardedAt: dateOf(parts.forwardedAt),
    finishedAt: dateOf(run.settledAt),
    rows: outcome?.kind === "result" ? outcome.data.total : null,
    maskedColumns: parts.maskedColumns,
    errorCode: failure?.code ?? null,
    errorText: failure?.text ?? null,
    parentId: null,
    ordinal: 0,
  };
}

/** The index holds no literal: of the warehouse's own failures only the code is kept. */
function errorOf(outcome: Outcome): { readonly code: string; readonly text: string } | null {
  switch (outcome.kind) {
    case "result":
      return null;
    case "refusal":
      return { code: outcome.code, text: outcome.message };
    case "upstream-failure":
      return { code: outcome.failure.code ?? "UPSTREAM_FAILURE", text: "The warehouse refused the statement." };
  }
}
