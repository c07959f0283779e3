/** Cancels and status: of the session's own statements only. */
import {
  decodeAbortRequest,
  encodeAcknowledgement,
  encodeFailure,
  encodeMonitoringResponse,
  type JsonObject,
  notExecuting,
  type QueryStatus,
} from "@sluice/snowflake-wire";
import { CATALOGUE, GatewayError } from "../errors/catalogue.ts";
import { StatementRun } from "../gate/statement-run.ts";
import type { GatewaySession } from "../sessions/gateway-session.ts";
import { readJsonBody } from "./body.ts";
import type { Call } from "./call.ts";
import { tokenOf } from "./session-handlers.ts";

const ABORT_BYTES_MAX = 17 * 1_048_576;

export async function abort(call: Call): Promise<JsonObject> {
  const session = await call.services.sessions.find(tokenOf(call), true);
  const decoded = decodeAbortRequest(await readJsonBody(call.request, ABORT_BYTES_MAX));
  if (!decoded.ok) throw new GatewayError("SLUICE_BAD_REQUEST");
  return cancel(call, session, session.find(decoded.value.requestId.toLowerCase()));
}

export async function abortById(call: Call, queryId: string): Promise<JsonObject> {
  call.request.resume();
  const session = await call.services.sessions.find(tokenOf(call), true);
  return cancel(call, session, session.findAnswerable(queryId));
}

async function cancel(call: Call, session: GatewaySession, found: unknown): Promise<JsonObject> {
  if (!(found instanceof StatementRun)) return encodeFailure(notExecuting(null));
  const { id, epoch, principal, connection } = session.facts;
  const isStopped = found.cancel();
  await call.services.gate.journal.append({
    type: "cancel",
    session: id,
    epoch,
    principal: principal.id,
    connection,
    body: { statement: found.id, requestId: found.requestId, by: "caller" },
  });
  return isStopped ? encodeAcknowledgement({ kind: "success" }) : encodeFailure(notExecuting(found.id));
}

export async function monitoring(call: Call, queryId: string): Promise<JsonObject> {
  call.request.resume();
  const session = await call.services.sessions.find(tokenOf(call), true);
  const found = session.findAnswerable(queryId);
  if (!(found instanceof StatementRun)) throw new GatewayError("SLUICE_UNKNOWN_RESULT");
  const outcome = found.isSettled ? await found.settled : null;
  const error =
    outcome === null || outcome.kind === "result"
      ? null
      : outcome.kind === "refusal"
        ? { code: CATALOGUE[outcome.code].wire?.code ?? null, text: outcome.message }
        : { code: outcome.failure.code, text: outcome.failure.message };
  return encodeMonitoringResponse({
    kind: "success",
    queries: [
      {
        queryId: found.id,
        status: statusOf(found),
        errorCode: error?.code ?? null,
        errorMessage: error?.text ?? null,
        startTime: found.receivedAt,
        endTime: found.settledAt,
        sessionId: session.facts.numericId,
      },
    ],
  });
}

function statusOf(run: StatementRun): QueryStatus {
  const { state } = run;
  switch (state.at) {
    case "received":
    case "held":
      return "QUEUED";
    case "released":
    case "running":
    case "delivering":
      return "RUNNING";
    case "done":
      // Its outcome may still be on its way to the record.
      if (!run.isSettled) return "RUNNING";
      if (state.ending === "result") return "SUCCESS";
      return state.ending === "canceled" || state.ending === "abandoned" ? "ABORTED" : "FAILED_WITH_ERROR";
  }
}
