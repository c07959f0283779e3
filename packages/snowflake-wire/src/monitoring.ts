/**
 * `GET /monitoring/queries/{id}`: the state of one statement (protocol §2.7).
 *
 * The status words are closed: Python looks them up strictly and fails on any other. The SQL text that a
 * server may answer with is not carried; the caller knows what it sent.
 */

import { encodeFailure, encodeSuccess, type Failure, readEnvelope } from "./envelope.ts";
import { type Json, type JsonObject, jsonNumber } from "./json.ts";
import type { Result } from "./outcome.ts";
import { decoding, Fields, refuse } from "./shape.ts";

export const QUERY_STATUSES = [
  "RUNNING",
  "ABORTING",
  "SUCCESS",
  "FAILED_WITH_ERROR",
  "ABORTED",
  "QUEUED",
  "FAILED_WITH_INCIDENT",
  "DISCONNECTED",
  "RESUMING_WAREHOUSE",
  "QUEUED_REPARING_WAREHOUSE",
  "RESTARTED",
  "BLOCKED",
  "NO_DATA",
] as const;
export type QueryStatus = (typeof QUERY_STATUSES)[number];

const STILL_RUNNING: ReadonlySet<QueryStatus> = new Set<QueryStatus>([
  "RUNNING",
  "QUEUED",
  "RESUMING_WAREHOUSE",
  "QUEUED_REPARING_WAREHOUSE",
  "BLOCKED",
  "NO_DATA",
]);

/** True while a driver goes on asking. */
export function isStillRunning(status: QueryStatus): boolean {
  return STILL_RUNNING.has(status);
}

export interface MonitoredQuery {
  readonly queryId: string;
  readonly status: QueryStatus;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  /** Milliseconds since 1970; null while not known. */
  readonly startTime: number | null;
  readonly endTime: number | null;
  readonly sessionId: string | null;
}

export type MonitoringResponse = { readonly kind: "success"; readonly queries: readonly MonitoredQuery[] } | Failure;

/** Reads the answer. */
export function decodeMonitoringResponse(json: Json): Result<MonitoringResponse> {
  return decoding(() => {
    const envelope = readEnvelope(json);
    if (envelope.kind === "failure") return envelope;
    const data = envelope.body.child("data");
    const queries = data.list("queries", 1_000).map((item, index) => {
      return readQuery(new Fields(item, `${data.at("queries")}[${index}]`));
    });
    return { kind: "success", queries };
  });
}

function readQuery(fields: Fields): MonitoredQuery {
  const word = fields.text("status");
  const status = QUERY_STATUSES.find((known) => known === word);
  return {
    queryId: fields.text("id"),
    status: status ?? refuse("UNKNOWN_VALUE", `${fields.at("status")}: not a status of the protocol`),
    errorCode: readErrorCode(fields),
    errorMessage: fields.textOrNull("errorMessage") || null,
    startTime: fields.intOrNull("startTime") || null,
    endTime: fields.intOrNull("endTime") || null,
    sessionId: knownSession(fields.bigOrNull("sessionId")),
  };
}

function knownSession(sessionId: string | null): string | null {
  return sessionId === "0" ? null : sessionId;
}

function readErrorCode(fields: Fields): string | null {
  const value = fields.get("errorCode") ?? null;
  const text = typeof value === "number" ? String(value) : fields.textOrNull("errorCode");
  return text === null || text === "" ? null : text.slice(0, 16);
}

/** Writes the answer: what isn't known is 0 or empty, as servers write it; Python 5 fails on null. */
export function encodeMonitoringResponse(response: MonitoringResponse): JsonObject {
  if (response.kind === "failure") return encodeFailure(response);
  const queries = response.queries.map((query) => ({
    id: query.queryId,
    status: query.status,
    state: query.status,
    errorCode: query.errorCode ?? "",
    errorMessage: query.errorMessage ?? "",
    startTime: query.startTime ?? 0,
    endTime: query.endTime ?? 0,
    sessionId: jsonNumber(query.sessionId ?? "0"),
  }));
  return encodeSuccess({ queries });
}
