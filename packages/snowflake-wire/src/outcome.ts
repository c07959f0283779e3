/**
 * The outcome type of every decoder: a value, or one coded reason why the input was refused.
 *
 * Codes are closed, so that a caller maps them exhaustively onto its own error catalogue. A message names
 * places (key paths, offsets) and rules; it never quotes a value of the input, which may be a secret.
 */

/** Why input was refused. */
export type WireErrorCode =
  | "JSON_SYNTAX"
  | "JSON_DUPLICATE_KEY"
  | "JSON_DEPTH"
  | "JSON_SIZE"
  /** A key is missing or holds another type than the protocol gives it. */
  | "SHAPE"
  /** A list, text or number is larger than this codec accepts. */
  | "LIMIT"
  /** The query string can't be understood, or says two things at once. */
  | "QUERY_STRING"
  /** No endpoint of the closed table. */
  | "ENDPOINT"
  /** A field or setting that the protocol knows and this gateway never carries. */
  | "REFUSED_FIELD"
  /** A login method outside the table. */
  | "LOGIN_METHOD"
  /** A token request other than RENEW. */
  | "TOKEN_REQUEST"
  /** The answer hands out stage credentials (PUT and GET). */
  | "STAGE_TRANSFER"
  /** A column type, result format or status outside the closed tables. */
  | "UNKNOWN_VALUE"
  /** The bytes are not a well-formed Arrow stream. */
  | "ARROW_SYNTAX"
  /** The Arrow stream ended inside a message or before its schema. */
  | "ARROW_TRUNCATED"
  /** Well formed, but nothing that is rewritten here: compression, dictionaries, views, unions. */
  | "ARROW_UNSUPPORTED"
  /** The rewriting that was asked for does not fit the schema. */
  | "ARROW_PLAN";

export interface WireError {
  readonly code: WireErrorCode;
  readonly message: string;
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: WireError };

/** Wraps a value that was accepted. */
export function accepted<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Wraps a coded refusal. */
export function refused(code: WireErrorCode, message: string): { readonly ok: false; readonly error: WireError } {
  return { ok: false, error: { code, message } };
}
