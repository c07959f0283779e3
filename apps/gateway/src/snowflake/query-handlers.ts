/**
 * Query requests and their results. A POST waits a little, then says "in progress"; each GET is a long poll that
 * answers the moment the outcome is there (protocol §12): an instant "in progress" would make drivers spin.
 */
import {
  decodeQueryRequest,
  encodeQueryResponse,
  inProgress,
  isUuid,
  type JsonObject,
  type QueryRequest,
  queryValue,
} from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";
import type { GatewaySession } from "../sessions/gateway-session.ts";
import type { Answerable } from "../sessions/port.ts";
import { submit } from "../sessions/submit.ts";
import { outcomeAnswer } from "./answers.ts";
import { readJsonBody } from "./body.ts";
import type { Call } from "./call.ts";
import { tokenOf } from "./session-handlers.ts";

export async function query(call: Call): Promise<JsonObject> {
  const { services } = call;
  const session = await services.sessions.find(tokenOf(call));
  const requestId = queryValue(call.query, "requestId") ?? "";
  if (!isUuid(requestId)) throw new GatewayError("SLUICE_BAD_REQUEST", "A query request needs a requestId.");
  const request = await readRequest(call, session, requestId);
  const scanned = scannedResult(request, session);
  const waiting: Answerable =
    scanned ??
    (await submit(session, requestId.toLowerCase(), request, call.publicUrl, services.gate, services.findPrevious));
  if (request.asyncExec) return encodeQueryResponse(inProgress(waiting.id, true));
  return await answer(waiting, services.config.firstWaitMs, call);
}

async function readRequest(call: Call, session: GatewaySession, requestId: string): Promise<QueryRequest> {
  const body = await readJsonBody(call.request, call.services.config.bodyBytesMax);
  const decoded = decodeQueryRequest(body);
  if (!decoded.ok) {
    const code = decoded.error.message.startsWith("bindStage") ? "SLUICE_FILE_TRANSFER" : "SLUICE_BAD_REQUEST";
    throw new GatewayError(
      code,
      code === "SLUICE_BAD_REQUEST" ? `The request is not acceptable: ${decoded.error.message}.` : undefined,
    );
  }
  const request = decoded.value;
  if (request.requestId !== null && request.requestId.toLowerCase() !== requestId.toLowerCase())
    throw new GatewayError("SLUICE_BAD_REQUEST", "Two request ids in one request.");
  if (request.describedJobId !== null && session.findAnswerable(request.describedJobId) === null)
    throw new GatewayError("SLUICE_UNKNOWN_RESULT");
  return request;
}

/** The text that the Python connector sends to fetch an asynchronous result: the caller's own, already masked. */
const RESULT_SCAN = /^\s*select\s+\*\s+from\s+table\s*\(\s*result_scan\s*\(\s*'([0-9a-fA-F-]{36})'\s*\)\s*\)\s*;?\s*$/i;

function scannedResult(request: QueryRequest, session: GatewaySession): Answerable | null {
  const id = RESULT_SCAN.exec(request.sqlText)?.[1];
  if (id === undefined) return null;
  const found = session.findAnswerable(id.toLowerCase());
  if (found === null) throw new GatewayError("SLUICE_UNKNOWN_RESULT");
  return found;
}

export async function result(call: Call, queryId: string): Promise<JsonObject> {
  call.request.resume();
  const session = await call.services.sessions.find(tokenOf(call), true);
  const found = session.findAnswerable(queryId);
  if (found === null) throw new GatewayError("SLUICE_UNKNOWN_RESULT");
  return await answer(found, call.services.config.pollWaitMs, call);
}

async function answer(waiting: Answerable, waitMs: number, call: Call): Promise<JsonObject> {
  const outcome = await waiting.answer(waitMs, call.left);
  return outcome === null ? encodeQueryResponse(inProgress(waiting.id, false)) : outcomeAnswer(outcome, waiting.id);
}
