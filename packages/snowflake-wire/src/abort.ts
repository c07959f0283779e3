/**
 * Cancelling: `POST /queries/v1/abort-request` names a request id, `POST /queries/{id}/abort-request` a query
 * id in its path (protocol §10.1). The answer is an `Acknowledgement`; nothing to cancel is `000605`.
 */

import { CODES, type Failure, failure } from "./envelope.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Result } from "./outcome.ts";
import { decoding, Fields } from "./shape.ts";

export interface AbortRequest {
  /** The request id of the statement to cancel, not of this call. */
  readonly requestId: string;
  /** Some drivers repeat the statement; it is read for nothing. */
  readonly sqlText: string | null;
}

/** Reads a cancel by request id. */
export function decodeAbortRequest(json: Json): Result<AbortRequest> {
  return decoding(() => {
    const body = new Fields(json, "");
    return { requestId: body.text("requestId"), sqlText: body.textOrNull("sqlText") };
  });
}

/** Writes a cancel by request id. */
export function encodeAbortRequest(request: AbortRequest): JsonObject {
  return request.sqlText === null
    ? { requestId: request.requestId }
    : { sqlText: request.sqlText, requestId: request.requestId };
}

/** The answer when the statement isn't running any more; Go takes it as done. */
export function notExecuting(queryId: string | null): Failure {
  return failure({
    code: CODES.notExecuting,
    message: "Identified SQL statement is not currently executing.",
    sqlState: "01000",
    queryId,
  });
}
