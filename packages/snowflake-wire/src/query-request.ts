/**
 * The query request: `POST /queries/v1/query-request`, in both directions.
 *
 * The body is parsed once and written anew from the decoded value: what was inspected is what goes on, and
 * nothing else. Unknown keys are dropped and named; keys that could carry a second statement or invisible
 * values, and keys that differ from a known one only in spelling, are REFUSED_FIELD.
 */

import { type Bindings, readBindings, renderBindings } from "./bindings.ts";
import { isUuid } from "./endpoints.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Result } from "./outcome.ts";
import { filterParameters, type ParameterValue, renderParameterObject } from "./parameters.ts";
import { type QueryContext, readQueryContext, renderQueryContextRequest } from "./query-context.ts";
import { decoding, Fields, refuse } from "./shape.ts";

export interface QueryRequest {
  /** Exactly the characters that came; never normalised. */
  readonly sqlText: string;
  readonly asyncExec: boolean;
  readonly describeOnly: boolean;
  /** Said by the driver of its own statements; never a reason to skip inspection. */
  readonly isInternal: boolean;
  readonly sequenceId: number | null;
  /** Milliseconds since 1970. */
  readonly querySubmissionTime: number | null;
  readonly bindings: Bindings | null;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly queryContext: QueryContext | null;
  readonly disableOfflineChunks: boolean | null;
  /** The query id of an earlier describe of the same statement; the caller checks whose it is. */
  readonly describedJobId: string | null;
  /** The C driver repeats the request id of the query string here; the caller compares them. */
  readonly requestId: string | null;
  /** Keys and parameters (`parameters.NAME`) that were left out. */
  readonly dropped: readonly string[];
}

const KNOWN_KEYS: readonly string[] = [
  "sqlText",
  "asyncExec",
  "describeOnly",
  "isInternal",
  "sequenceId",
  "querySubmissionTime",
  "bindings",
  "bindStage",
  "parameters",
  "queryContextDTO",
  "disableOfflineChunks",
  "describedJobId",
  "requestId",
];
const KNOWN: ReadonlySet<string> = new Set(KNOWN_KEYS);
const KNOWN_SPELLINGS: ReadonlySet<string> = new Set(KNOWN_KEYS.map(plainSpelling));

/** Keys, in plain spelling, that would carry a statement, a stage or a session of their own. */
const REFUSED_SPELLINGS: ReadonlySet<string> = new Set([
  "stage",
  "sql",
  "sqltexts",
  "statement",
  "statements",
  "query",
  "binds",
  "sessionid",
  "role",
  "database",
  "schema",
  "warehouse",
]);

const SQL_CHARS_MAX = 16_777_216;
const DROPPED_MAX = 100;

/** Reads a query request. */
export function decodeQueryRequest(json: Json): Result<QueryRequest> {
  return decoding(() => {
    const body = new Fields(json, "");
    const droppedKeys = unknownKeys(body);
    if ((body.textOrNull("bindStage") ?? "") !== "") {
      refuse("REFUSED_FIELD", "bindStage: bind values on a stage can't be inspected");
    }
    const sqlText = body.text("sqlText");
    if (sqlText.length > SQL_CHARS_MAX) refuse("LIMIT", "sqlText: too long");
    const parameters = filterParameters(body.childOrNull("parameters"), "statement");
    return {
      sqlText,
      asyncExec: body.flag("asyncExec", false),
      describeOnly: body.flag("describeOnly", false),
      isInternal: body.flag("isInternal", false),
      sequenceId: body.intOrNull("sequenceId"),
      querySubmissionTime: body.intOrNull("querySubmissionTime"),
      bindings: readBindings(body.childOrNull("bindings")),
      parameters: parameters.carried,
      queryContext: body.has("queryContextDTO") ? readQueryContext(body.child("queryContextDTO")) : null,
      disableOfflineChunks: body.flagOrNull("disableOfflineChunks"),
      describedJobId: readDescribedJobId(body),
      requestId: body.textOrNull("requestId"),
      dropped: [...droppedKeys, ...parameters.dropped.map((name) => `parameters.${name}`)],
    };
  });
}

function plainSpelling(key: string): string {
  return key
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
}

function unknownKeys(body: Fields): readonly string[] {
  const dropped = body.keys().filter((key) => !KNOWN.has(key));
  if (dropped.length > DROPPED_MAX) refuse("LIMIT", "too many unknown keys");
  for (const key of dropped) {
    const plain = plainSpelling(key);
    if (KNOWN_SPELLINGS.has(plain)) refuse("REFUSED_FIELD", "a key that differs from a known one only in spelling");
    if (REFUSED_SPELLINGS.has(plain)) refuse("REFUSED_FIELD", `${plain}: not a key that this gateway carries`);
  }
  return dropped.map((key) => key.slice(0, 128));
}

function readDescribedJobId(body: Fields): string | null {
  const id = body.textOrNull("describedJobId");
  if (id === null || id === "") return null;
  return isUuid(id) ? id.toLowerCase() : body.wrong("describedJobId", "a query id");
}

/** Writes a query request for the warehouse. */
export function encodeQueryRequest(request: QueryRequest): JsonObject {
  const out: Record<string, Json> = {
    sqlText: request.sqlText,
    asyncExec: request.asyncExec,
    describeOnly: request.describeOnly,
    isInternal: request.isInternal,
    parameters: renderParameterObject(request.parameters),
  };
  if (request.sequenceId !== null) out.sequenceId = request.sequenceId;
  if (request.querySubmissionTime !== null) out.querySubmissionTime = request.querySubmissionTime;
  if (request.bindings !== null) out.bindings = renderBindings(request.bindings);
  if (request.queryContext !== null) out.queryContextDTO = renderQueryContextRequest(request.queryContext);
  if (request.disableOfflineChunks !== null) out.disableOfflineChunks = request.disableOfflineChunks;
  if (request.describedJobId !== null) out.describedJobId = request.describedJobId;
  if (request.requestId !== null) out.requestId = request.requestId;
  return out;
}

/** A request for a statement alone, everything else at its neutral value. */
export function queryRequest(sqlText: string, more: Partial<Omit<QueryRequest, "sqlText">> = {}): QueryRequest {
  return {
    sqlText,
    asyncExec: false,
    describeOnly: false,
    isInternal: false,
    sequenceId: null,
    querySubmissionTime: null,
    bindings: null,
    parameters: {},
    queryContext: null,
    disableOfflineChunks: null,
    describedJobId: null,
    requestId: null,
    dropped: [],
    ...more,
  };
}

/** How many statements a request says its text holds: null when it doesn't say, 0 for any number. */
export function multiStatementCount(request: QueryRequest): number | null {
  const found = Object.entries(request.parameters).find(([name]) => name.toUpperCase() === "MULTI_STATEMENT_COUNT");
  if (found === undefined) return null;
  const count = Number(found[1]);
  return Number.isInteger(count) && count >= 0 ? count : null;
}
