/**
 * The way into the gate: one statement record per (session, requestId). A retry attaches to what is there; the
 * same key with another statement is refused; what an earlier owner of the session may have sent is never sent
 * again (architecture §5, Replicas).
 */
import type { QueryRequest } from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";
import type { GatePorts } from "../gate/ports.ts";
import { StatementRun } from "../gate/statement-run.ts";
import type { GatewaySession } from "./gateway-session.ts";

/** What an earlier owner left under this request id; asked only in sessions that were adopted. */
export type FindPrevious = (sessionId: string, requestId: string) => Promise<{ readonly mayHaveRun: boolean } | null>;

const NOT_RUN = "The gateway was restarted before this statement was run, so it was not run. Send it again.";

export async function submit(
  session: GatewaySession,
  requestId: string,
  request: QueryRequest,
  publicUrl: string,
  ports: GatePorts,
  findPrevious: FindPrevious,
): Promise<StatementRun> {
  const known = session.find(requestId);
  if (known !== null) return attach(known, request);
  const previous = session.facts.epoch > 1 ? await findPrevious(session.facts.id, requestId) : null;
  if (previous !== null) {
    if (previous.mayHaveRun) throw new GatewayError("SLUICE_OUTCOME_UNKNOWN");
    throw new GatewayError("SLUICE_HOLD_ABANDONED", NOT_RUN);
  }
  // It may have ended while the request's body was still coming.
  if (session.ended !== null) throw new GatewayError("SLUICE_SESSION_GONE");
  // Between the look and here another request of the same id may have come in.
  const raced = session.find(requestId);
  if (raced !== null) return attach(raced, request);
  if (session.isFull) throw new GatewayError("SLUICE_QUEUE_FULL");
  const run = new StatementRun(session, requestId, request, publicUrl, ports);
  session.adopt(run);
  void run.begin();
  return run;
}

function attach(run: StatementRun, request: QueryRequest): StatementRun {
  const isSame =
    run.request.sqlText === request.sqlText &&
    run.request.describeOnly === request.describeOnly &&
    JSON.stringify(run.request.bindings) === JSON.stringify(request.bindings);
  if (!isSame) throw new GatewayError("SLUICE_REQUEST_REUSED");
  return run;
}
