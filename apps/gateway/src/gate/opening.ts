/** What an approval request says of a statement, or of a result that is held. Pure. */
import type { Decision } from "@sluice/policy-engine";
import type { ApprovalOpening } from "../approvals/port.ts";
import type { Inspection } from "../policy/port.ts";
import type { StatementRun } from "./statement-run.ts";

/** `atResult`: the decision that holds a result which has arrived; null when the statement itself is held. */
export function openingOf(
  id: string,
  run: StatementRun,
  inspection: Inspection,
  atResult: Decision | null,
): ApprovalOpening {
  const { principal, connection, id: session, epoch } = run.session.facts;
  const accesses = inspection.statements.flatMap((one) => one.facts.accesses);
  return {
    id,
    session,
    epoch,
    statement: run.id,
    principal: principal.id,
    delegator: principal.delegator?.id ?? null,
    connection,
    textDigest: run.textDigest,
    digest: inspection.digest,
    factsDigest: (atResult ?? inspection.statements[0]?.decision)?.factsDigest ?? "",
    bundleDigest: inspection.bundleDigest,
    requirements: atResult?.approvals ?? inspection.requirements,
    summary: atResult?.sentence ?? inspection.sentence,
    touches: [...new Set(accesses.map((access) => `${access.action} ${access.object}`.trim()))],
  };
}
