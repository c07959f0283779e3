/**
 * The answer to a query request, and to `GET /queries/{id}/result`, which has the same form.
 *
 * Decoding takes what real servers send, missing and null keys included; encoding writes the one canonical
 * form that satisfies every driver (protocol §6.1): what crashes one of them as null is left out, what hangs
 * another when absent is always there. Result rows stay the verbatim JSON text they came as.
 * Unknown keys of `data` are never carried; an answer that hands out stage credentials is STAGE_TRANSFER.
 */

import { CODES, encodeFailure, encodeSuccess, type Failure, readEnvelope } from "./envelope.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Result } from "./outcome.ts";
import { type ResultData, readQueryId, readResult, renderResult } from "./result-data.ts";
import { decoding, type Fields, refuse } from "./shape.ts";

/** Give this to `parseJson` as `rawAt` for an answer with rows. */
export const QUERY_RESPONSE_RAW: readonly string[] = ["data.rowset"];

export type QueryResponse = QuerySuccess | QueryInProgress | Failure;

export interface QuerySuccess {
  readonly kind: "result";
  readonly data: ResultData;
}

export interface QueryInProgress {
  readonly kind: "inProgress";
  readonly queryId: string;
  /** A path without a query string, the same during the whole wait. */
  readonly getResultUrl: string;
  /** 333333, or 333334 for an asynchronous execution. */
  readonly code: string;
}

/** Reads an answer; parse its text with `rawAt: QUERY_RESPONSE_RAW`, so that the rows stay verbatim. */
export function decodeQueryResponse(json: Json): Result<QueryResponse> {
  return decoding(() => {
    const envelope = readEnvelope(json);
    if (envelope.kind === "failure") return envelope;
    const data = envelope.body.child("data");
    if (STAGE_KEYS.some((key) => data.has(key))) refuse("STAGE_TRANSFER", "the answer hands out access to a stage");
    if (isInProgress(envelope.code, data)) return readInProgress(envelope.code, data);
    return { kind: "result", data: readResult(data) };
  });
}

/** Keys of PUT and GET answers: stage credentials and what goes with them (protocol §9.1). */
const STAGE_KEYS: readonly string[] = [
  "command",
  "stageInfo",
  "uploadInfo",
  "encryptionMaterial",
  "presignedUrl",
  "presignedUrls",
  "src_locations",
];

const IN_PROGRESS_CODES: ReadonlySet<string> = new Set([CODES.queryInProgress, CODES.asyncInProgress]);

function isInProgress(code: string | null, data: Fields): boolean {
  return code !== null && IN_PROGRESS_CODES.has(code) && !data.has("rowset") && !data.has("rowsetBase64");
}

function readInProgress(code: string | null, data: Fields): QueryInProgress {
  const queryId = readQueryId(data.text("queryId"), data);
  const url = data.textOrNull("getResultUrl") ?? `/queries/${queryId}/result`;
  if (!/^\/queries\/[0-9A-Za-z-]{1,64}\/result$/.test(url)) data.wrong("getResultUrl", "the path of a result");
  return { kind: "inProgress", queryId, getResultUrl: url, code: code ?? CODES.queryInProgress };
}

/** Writes an answer in the canonical form. */
export function encodeQueryResponse(response: QueryResponse): JsonObject {
  switch (response.kind) {
    case "failure":
      return encodeFailure(response);
    case "inProgress":
      return encodeInProgress(response);
    case "result":
      return encodeSuccess(renderResult(response.data));
  }
}

function encodeInProgress(response: QueryInProgress): JsonObject {
  const message =
    response.code === CODES.asyncInProgress
      ? "Asynchronous execution in progress. Use provided query id to perform query monitoring and management."
      : "Query execution in progress.";
  const data = {
    queryId: response.queryId,
    getResultUrl: response.getResultUrl,
    queryAbortsAfterSecs: 300,
    progressDesc: null,
  };
  return encodeSuccess(data, response.code, message);
}

/** The in-progress answer for a query id: its result is at `/queries/{id}/result`. */
export function inProgress(queryId: string, isAsync: boolean): QueryInProgress {
  const code = isAsync ? CODES.asyncInProgress : CODES.queryInProgress;
  return { kind: "inProgress", queryId, getResultUrl: `/queries/${queryId}/result`, code };
}
