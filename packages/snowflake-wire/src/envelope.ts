/**
 * The envelope of every answer, `{data, code, message, success}`, and the failures that travel in it.
 *
 * Almost every outcome is HTTP 200 with an envelope; drivers retry 4xx and 5xx, some of them forever, so a
 * refusal is never an HTTP error (protocol §1.3). `code` is always present and either null or decimal digits
 * in a string: a missing key, a number or a word breaks a driver each.
 */

import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { type QueryContext, readQueryContext, renderQueryContext } from "./query-context.ts";
import { Fields, refuse } from "./shape.ts";

/** A failed request of any endpoint. */
export interface Failure {
  readonly kind: "failure";
  /** Decimal digits, usually six; `000000` where the server gave none. */
  readonly code: string;
  readonly message: string;
  /** Five characters; null outside SQL failures. */
  readonly sqlState: string | null;
  readonly queryId: string | null;
  readonly line: number | null;
  readonly pos: number | null;
  /** `COMPILATION`, `AUTHORIZATION` … */
  readonly type: string | null;
  readonly queryContext: QueryContext | null;
  /** At login: `RETRY_LOGIN`, `EXT_AUTHN_DUO_ALL` … */
  readonly nextAction: string | null;
}

/** Codes that drivers act on (protocol §4). */
export const CODES = {
  queryInProgress: "333333",
  asyncInProgress: "333334",
  cancelled: "000604",
  notExecuting: "000605",
  resultNotFound: "000612",
  syntax: "001003",
  invalidIdentifier: "000904",
  doesNotExist: "002003",
  insufficientPrivileges: "003001",
  badCredential: "390100",
  sessionInvalid: "390104",
  sessionGone: "390111",
  sessionExpired: "390112",
  masterNotFound: "390113",
  masterExpired: "390114",
  masterInvalid: "390115",
  methodNotOffered: "390139",
  jwtInvalid: "390144",
  oauthInvalid: "390303",
  oauthExpired: "390318",
  badRequest: "390400",
  patInvalid: "394400",
} as const;

/** Codes that concern the session and not a statement; their envelope carries no data. */
const SESSION_CODES: ReadonlySet<string> = new Set([
  CODES.sessionInvalid,
  CODES.sessionGone,
  CODES.sessionExpired,
  CODES.masterNotFound,
  CODES.masterExpired,
  CODES.masterInvalid,
]);

/** True for a failure that renewing the session with the master token can mend. */
export function isSessionExpired(failure: Failure): boolean {
  return failure.code === CODES.sessionExpired;
}

/** True for a failure after which the upstream session, with all its state, is lost. */
export function isSessionLost(failure: Failure): boolean {
  return failure.code !== CODES.sessionExpired && SESSION_CODES.has(failure.code);
}

/** The envelope of a success. */
export function encodeSuccess(data: Json, code: string | null = null, message: string | null = null): JsonObject {
  return { data, code, message, success: true };
}

export interface FailureFields {
  readonly code: string;
  readonly message: string;
  readonly sqlState?: string | null;
  readonly queryId?: string | null;
  readonly line?: number | null;
  readonly pos?: number | null;
  readonly type?: string | null;
  readonly queryContext?: QueryContext | null;
  readonly nextAction?: string | null;
}

/** The code of a failure that came without one: drivers need digits. */
const NO_CODE = "000000";

/** Longest message of a failure; drivers show it whole. */
const MESSAGE_CHARS_MAX = 8_192;

/** A failure with everything that isn't given left empty. Throws when `code` isn't decimal digits. */
export function failure(fields: FailureFields): Failure {
  if (!/^[0-9]{1,9}$/.test(fields.code)) throw new TypeError("failure: a code is decimal digits");
  return {
    kind: "failure",
    code: fields.code,
    message: fields.message,
    sqlState: fields.sqlState ?? null,
    queryId: fields.queryId ?? null,
    line: fields.line ?? null,
    pos: fields.pos ?? null,
    type: fields.type ?? null,
    queryContext: fields.queryContext ?? null,
    nextAction: fields.nextAction ?? null,
  };
}

/**
 * The envelope of a failure. `data` is an object except for session codes: without it Node submits the
 * statement again and .NET dereferences null (protocol §1.1, §1.3).
 */
export function encodeFailure(value: Failure): JsonObject {
  const message = value.message.slice(0, MESSAGE_CHARS_MAX);
  if (SESSION_CODES.has(value.code)) {
    return { data: null, code: value.code, message, success: false, headers: null };
  }
  const data: Record<string, Json> = {
    internalError: false,
    errorCode: value.code,
    age: 0,
    sqlState: value.sqlState,
    queryId: value.queryId,
    line: value.line ?? -1,
    pos: value.pos ?? -1,
    type: value.type,
  };
  if (value.nextAction !== null) data.nextAction = value.nextAction;
  if (value.queryContext !== null) data.queryContext = renderQueryContext(value.queryContext);
  return { data, code: value.code, message, success: false, headers: null };
}

/** A denial by policy: understood as a permission error by every driver (protocol §13). */
export function denial(queryId: string, message: string, code: string = CODES.insufficientPrivileges): Failure {
  return failure({ code, message, sqlState: "42501", queryId, type: "AUTHORIZATION" });
}

/** How a cancelled statement's poll must end (protocol §10.1). */
export function cancelled(queryId: string, message = "SQL execution canceled"): Failure {
  return failure({ code: CODES.cancelled, message, sqlState: "57014", queryId });
}

/** A session failure: 390112 makes the driver renew and repeat, the others end its session. */
export function sessionFailure(code: string, message: string): Failure {
  if (!SESSION_CODES.has(code)) throw new TypeError("sessionFailure: not a session code");
  return failure({ code, message });
}

export type Envelope =
  | { readonly kind: "success"; readonly code: string | null; readonly message: string | null; readonly body: Fields }
  | Failure;

/** Reads an envelope: for a success the caller goes on with `body.get("data")`. */
export function readEnvelope(json: Json): Envelope {
  const body = new Fields(json, "");
  const isSuccess = body.get("success");
  if (typeof isSuccess !== "boolean") return body.wrong("success", "true or false");
  if (!isSuccess) return readFailure(body);
  const code = body.get("code") ?? null;
  const digits = readCode(code);
  if (digits === null && code !== null && code !== "") refuse("SHAPE", "code: decimal digits are expected");
  return { kind: "success", code: digits, message: body.textOrNull("message"), body };
}

/** A failure is a failure however oddly it is dressed: what isn't understood of it is left out. */
function readFailure(body: Fields): Failure {
  const json = body.get("data");
  const data = new Fields(isJsonObject(json) ? json : {}, "data");
  const message = body.get("message");
  return {
    kind: "failure",
    code: readCode(body.get("code") ?? null) ?? readCode(data.get("errorCode") ?? null) ?? NO_CODE,
    message: typeof message === "string" ? message.slice(0, MESSAGE_CHARS_MAX) : "",
    sqlState: matching(data.get("sqlState"), /^[0-9A-Z]{5}$/),
    queryId: matching(data.get("queryId"), /^[0-9A-Za-z-]{1,64}$/),
    line: readPosition(data.get("line")),
    pos: readPosition(data.get("pos")),
    type: matching(data.get("type"), /^[A-Z_]{1,64}$/),
    queryContext: data.has("queryContext") ? readQueryContext(data.child("queryContext")) : null,
    nextAction: matching(data.get("nextAction"), /^[A-Z_]{1,64}$/),
  };
}

function matching(value: Json | undefined, pattern: RegExp): string | null {
  return typeof value === "string" && pattern.test(value) ? value : null;
}

function readPosition(value: Json | undefined): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** Servers send digits in a string; some stand-ins send a number. */
function readCode(value: Json): string | null {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0)
    return readCode(String(value).padStart(6, "0"));
  return typeof value === "string" && /^[0-9]{1,9}$/.test(value) ? value : null;
}
