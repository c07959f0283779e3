/** From outcomes and refusals to what Snowflake's drivers understand: HTTP 200 and an envelope (protocol §13). */
import {
  encodeFailure,
  encodeQueryResponse,
  FORCED_PARAMETERS,
  failure,
  type JsonObject,
  overlayParameters,
} from "@sluice/snowflake-wire";
import { CATALOGUE, type ErrorCode, GatewayError } from "../errors/catalogue.ts";
import type { Outcome } from "../gate/outcome.ts";

/** Drivers show messages whole; tools cut long ones. */
const MESSAGE_CHARS_MAX = 1000;

export function refusalAnswer(code: ErrorCode, message: string, queryId: string | null): JsonObject {
  const wire = CATALOGUE[code].wire ?? CATALOGUE.SLUICE_INTERNAL.wire;
  const type = CATALOGUE[code].owner === "policy" || CATALOGUE[code].owner === "approval" ? "AUTHORIZATION" : null;
  const text = wire?.code === "003001" ? `SQL access control error: ${message}` : message;
  return encodeFailure(
    failure({
      code: wire?.code ?? "099099",
      sqlState: wire?.sqlState ?? "58000",
      message: text.slice(0, MESSAGE_CHARS_MAX),
      queryId,
      type,
    }),
  );
}

export function errorAnswer(error: unknown, queryId: string | null): JsonObject {
  const coded = error instanceof GatewayError ? error : new GatewayError("SLUICE_INTERNAL");
  return refusalAnswer(coded.code, coded.message, queryId);
}

export function outcomeAnswer(outcome: Outcome, queryId: string): JsonObject {
  switch (outcome.kind) {
    case "refusal":
      return refusalAnswer(outcome.code, outcome.message, queryId);
    case "upstream-failure":
      return encodeFailure(outcome.failure);
    case "result":
      return encodeQueryResponse({
        kind: "result",
        data: { ...outcome.data, parameters: overlayParameters(outcome.data.parameters, FORCED_PARAMETERS) },
      });
  }
}
