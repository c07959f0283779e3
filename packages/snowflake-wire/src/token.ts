/**
 * `POST /session/token-request`: a new session token for a master token.
 *
 * Only RENEW. ISSUE hands out a token for another service and CLONE another session: both are TOKEN_REQUEST
 * (protocol §2.3). The master token itself travels in the Authorization header, not here.
 */

import { encodeFailure, encodeSuccess, type Failure, readEnvelope } from "./envelope.ts";
import { type Json, type JsonObject, jsonNumber } from "./json.ts";
import type { Result } from "./outcome.ts";
import type { Secret } from "./secret.ts";
import { decoding, Fields, refuse } from "./shape.ts";

export interface RenewRequest {
  readonly oldSessionToken: Secret;
}

export interface RenewResult {
  readonly kind: "success";
  readonly sessionToken: Secret;
  readonly validityInSecondsST: number;
  readonly masterToken: Secret;
  readonly validityInSecondsMT: number;
  readonly sessionId: string | null;
}

export type RenewResponse = RenewResult | Failure;

/** Reads a renewal. */
export function decodeRenewRequest(json: Json): Result<RenewRequest> {
  return decoding(() => {
    const body = new Fields(json, "");
    if (body.text("requestType") !== "RENEW") refuse("TOKEN_REQUEST", "only RENEW is offered");
    return { oldSessionToken: body.secret("oldSessionToken") };
  });
}

/** Writes a renewal. */
export function encodeRenewRequest(request: RenewRequest): JsonObject {
  return { oldSessionToken: request.oldSessionToken.reveal(), requestType: "RENEW" };
}

/** Reads the answer to a renewal. */
export function decodeRenewResponse(json: Json): Result<RenewResponse> {
  return decoding(() => {
    const envelope = readEnvelope(json);
    if (envelope.kind === "failure") return envelope;
    const data = envelope.body.child("data");
    return {
      kind: "success",
      sessionToken: data.secret("sessionToken"),
      validityInSecondsST: data.countOrNull("validityInSecondsST") ?? 3_600,
      masterToken: data.secret("masterToken"),
      validityInSecondsMT: data.countOrNull("validityInSecondsMT") ?? 14_400,
      sessionId: data.bigOrNull("sessionId"),
    };
  });
}

/** Writes the answer to a renewal; all five keys, as Go and Python 5 require. */
export function encodeRenewResponse(response: RenewResponse): JsonObject {
  if (response.kind === "failure") return encodeFailure(response);
  return encodeSuccess({
    sessionToken: response.sessionToken.reveal(),
    validityInSecondsST: response.validityInSecondsST,
    masterToken: response.masterToken.reveal(),
    validityInSecondsMT: response.validityInSecondsMT,
    sessionId: response.sessionId === null ? null : jsonNumber(response.sessionId),
  });
}
