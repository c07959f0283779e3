/**
 * Every way in which the gateway refuses, in one table. A row gives the owner of the failure, its form on
 * Snowflake's wire (six digits and sqlState, protocol reference §4 and §13), the HTTP status where HTTP
 * carries meaning (the API, chunk downloads), the log level and one public sentence. `docs/errors.md` has a
 * section for each row, and a test keeps the two equal.
 *
 * Public text never holds a literal, a token or a URL of the warehouse.
 */
export type ErrorOwner =
  | "client"
  | "policy"
  | "approval"
  | "masking"
  | "journal"
  | "protocol"
  | "upstream"
  | "config"
  | "platform";

export interface ErrorRow {
  readonly owner: ErrorOwner;
  /** Digits for Snowflake's envelope; null where the error never travels that way. */
  readonly wire: { readonly code: string; readonly sqlState: string } | null;
  readonly http: number;
  readonly level: "info" | "warn" | "error";
  readonly sentence: string;
}

const row = (
  owner: ErrorOwner,
  wire: readonly [string, string] | null,
  http: number,
  level: ErrorRow["level"],
  sentence: string,
): ErrorRow => ({ owner, wire: wire === null ? null : { code: wire[0], sqlState: wire[1] }, http, level, sentence });

export const CATALOGUE = {
  SLUICE_POLICY_DENIED: row("policy", ["003001", "42501"], 403, "info", "Policy denies this statement."),
  SLUICE_SQL_NOT_UNDERSTOOD: row(
    "policy",
    ["003001", "42501"],
    403,
    "info",
    "The statement is not fully understood, so it is refused.",
  ),
  SLUICE_RESULT_DENIED: row("policy", ["003001", "42501"], 403, "info", "Policy withholds this result."),
  SLUICE_APPROVAL_DENIED: row("approval", ["003001", "42501"], 403, "info", "A reviewer denied this statement."),
  SLUICE_APPROVAL_EXPIRED: row("approval", ["003001", "57014"], 403, "info", "Nobody approved this statement in time."),
  SLUICE_APPROVAL_VOID: row(
    "approval",
    ["003001", "42501"],
    409,
    "warn",
    "What was approved is no longer what would run, so it was not run.",
  ),
  SLUICE_HOLD_IN_TRANSACTION: row(
    "approval",
    ["003001", "25001"],
    403,
    "info",
    "This statement needs approval, and a statement can't wait for approval inside an open transaction. Commit or roll back first.",
  ),
  SLUICE_HOLD_ABANDONED: row(
    "approval",
    ["000604", "57014"],
    409,
    "info",
    "The caller went away while the statement waited, so it was not run.",
  ),
  SLUICE_QUEUE_FULL: row(
    "client",
    ["000610", "57014"],
    429,
    "warn",
    "Too many statements of this session wait behind one that needs approval.",
  ),
  SLUICE_CANCELED: row("client", ["000604", "57014"], 409, "info", "SQL execution canceled"),
  SLUICE_NOT_EXECUTING: row(
    "client",
    ["000605", "01000"],
    409,
    "info",
    "Identified SQL statement is not currently executing.",
  ),
  SLUICE_UNKNOWN_RESULT: row(
    "client",
    ["000709", "02000"],
    404,
    "warn",
    "This session owns no statement with that id.",
  ),
  SLUICE_REQUEST_REUSED: row(
    "client",
    ["099004", "42601"],
    409,
    "warn",
    "This requestId was already used for another statement in this session.",
  ),
  SLUICE_STATEMENT_COUNT: row(
    "client",
    ["000008", "0A000"],
    400,
    "info",
    "The number of statements in the text is not the number that the request announces.",
  ),
  SLUICE_BAD_REQUEST: row(
    "protocol",
    ["099001", "42601"],
    400,
    "warn",
    "The request is not one that the gateway understands.",
  ),
  SLUICE_BODY_TOO_LARGE: row(
    "protocol",
    ["099002", "54000"],
    413,
    "warn",
    "The request is larger than the gateway accepts.",
  ),
  SLUICE_UNKNOWN_ENDPOINT: row(
    "protocol",
    ["099003", "0A000"],
    404,
    "warn",
    "The gateway does not offer this endpoint.",
  ),
  SLUICE_FILE_TRANSFER: row(
    "policy",
    ["003001", "42501"],
    403,
    "info",
    "File transfer (PUT, GET, staged binds) is not offered through the gateway.",
  ),
  SLUICE_LOGIN_REFUSED: row(
    "client",
    ["390100", "28000"],
    401,
    "warn",
    "Incorrect username or password was specified.",
  ),
  SLUICE_LOGIN_METHOD: row(
    "client",
    ["390139", "28000"],
    401,
    "warn",
    "This way of signing in is not offered by the gateway. Use a Sluice token as password, as programmatic access token or as OAuth token.",
  ),
  SLUICE_SESSION_EXPIRED: row(
    "client",
    ["390112", "08001"],
    401,
    "info",
    "Session token expired. Renew it with the master token.",
  ),
  SLUICE_SESSION_GONE: row(
    "client",
    ["390111", "08001"],
    401,
    "info",
    "Session no longer exists. New login required to access the service.",
  ),
  SLUICE_TOKEN_INVALID: row("client", ["390104", "08001"], 401, "warn", "Session token is invalid. Log in again."),
  SLUICE_MASTER_EXPIRED: row(
    "client",
    ["390114", "08001"],
    401,
    "info",
    "Authentication token has expired. The user must authenticate again.",
  ),
  SLUICE_MASK_MISMATCH: row(
    "masking",
    ["099010", "58000"],
    500,
    "error",
    "The result does not have the shape that analysis predicted, so its masks can't be applied and it is withheld.",
  ),
  SLUICE_ERROR_HIDDEN: row(
    "masking",
    ["100038", "22000"],
    500,
    "info",
    "The statement failed. Its error text may hold masked values and is withheld.",
  ),
  SLUICE_JOURNAL_UNAVAILABLE: row(
    "journal",
    ["099020", "58030"],
    503,
    "error",
    "The record can't be written, so nothing was run.",
  ),
  SLUICE_OUTCOME_UNRECORDED: row(
    "journal",
    ["099021", "58030"],
    503,
    "error",
    "The statement ran, but its outcome can't be recorded, so the answer is withheld.",
  ),
  SLUICE_STALE: row(
    "platform",
    ["099022", "57P03"],
    503,
    "error",
    "The gateway can't see the current policy and revocations, so it accepts no new work.",
  ),
  SLUICE_UPSTREAM_UNREACHABLE: row(
    "upstream",
    ["099030", "08006"],
    502,
    "error",
    "The warehouse can't be reached. Nothing was run.",
  ),
  SLUICE_OUTCOME_UNKNOWN: row(
    "upstream",
    ["099031", "08007"],
    502,
    "error",
    "The connection to the warehouse was lost after the statement was sent: whether it ran is unknown. It will not be sent again.",
  ),
  SLUICE_UPSTREAM_NONSENSE: row(
    "upstream",
    ["099032", "08P01"],
    502,
    "error",
    "The warehouse's answer is not one that the gateway understands, so it is withheld.",
  ),
  SLUICE_CLASS_MISMATCH: row(
    "upstream",
    ["099033", "58000"],
    502,
    "error",
    "The warehouse takes this for another kind of statement than the one that was approved, so it was not run.",
  ),
  SLUICE_INTERNAL: row("platform", ["099099", "58000"], 500, "error", "The gateway failed and refused the request."),
  SLUICE_UNAUTHENTICATED: row("client", null, 401, "warn", "Give a Sluice token as bearer token."),
  SLUICE_FORBIDDEN: row("client", null, 403, "warn", "This token may not do that."),
  SLUICE_NOT_FOUND: row("client", null, 404, "info", "There is nothing with that id."),
  SLUICE_CONFLICT: row("client", null, 409, "info", "This was already decided."),
  SLUICE_CONFIG_INVALID: row("config", null, 422, "info", "The documents are not valid; nothing was changed."),
  SLUICE_CHUNK_GONE: row("client", null, 403, "warn", "This result part is gone or was never yours."),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof CATALOGUE;

/** A refusal on its way to a caller. `message` is public. */
export class GatewayError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message?: string) {
    super(message ?? CATALOGUE[code].sentence);
    this.code = code;
    this.name = "GatewayError";
  }
  get row(): ErrorRow {
    return CATALOGUE[this.code];
  }
}
