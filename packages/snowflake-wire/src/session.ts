/**
 * The small exchanges of a session: close, heartbeat and telemetry.
 *
 * Their request bodies carry nothing that is used: close and heartbeat come with an empty body or `{}`, and
 * telemetry is swallowed unread, because it holds query ids and error texts.
 */

import { encodeFailure, encodeSuccess, type Failure, readEnvelope } from "./envelope.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Result } from "./outcome.ts";
import { decoding } from "./shape.ts";

/** An answer that says only whether it worked: to close, heartbeat and abort. */
export type Acknowledgement = { readonly kind: "success" } | Failure;

/** Reads such an answer. */
export function decodeAcknowledgement(json: Json): Result<Acknowledgement> {
  return decoding(() => {
    const envelope = readEnvelope(json);
    return envelope.kind === "failure" ? envelope : { kind: "success" };
  });
}

/** Writes such an answer. */
export function encodeAcknowledgement(value: Acknowledgement): JsonObject {
  return value.kind === "failure" ? encodeFailure(value) : encodeSuccess(null);
}

/** What telemetry is answered with; any failure would only make drivers retry. */
export function encodeTelemetryAnswer(): JsonObject {
  return encodeSuccess("Log Received");
}
