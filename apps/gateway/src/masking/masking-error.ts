/**
 * Why a result can't be masked. Whatever the code, nothing more of the result may leave: an inline
 * result is withheld, a stream is destroyed. Messages name places and rules, never a value.
 */

export type MaskingErrorCode =
  /** The result's columns are not the ones that the plan was made for. */
  | "PLAN_MISFIT"
  /** The bytes are not a well-formed result, or a row has the wrong number of cells. */
  | "RESULT_SYNTAX"
  | "RESULT_TRUNCATED"
  /** Well formed, but not to be rewritten here: compression, dictionaries, views. */
  | "RESULT_UNSUPPORTED"
  /** One value, message or batch is larger than what is held in memory. */
  | "RESULT_LIMIT"
  /** The rows counted are not the rows announced. */
  | "ROW_COUNT";

export class MaskingError extends Error {
  readonly code: MaskingErrorCode;

  constructor(code: MaskingErrorCode, message: string) {
    super(message);
    this.name = "MaskingError";
    this.code = code;
  }
}

export type MaskingResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: MaskingError };

export function masked<T>(value: T): MaskingResult<T> {
  return { ok: true, value };
}

export function unmaskable(
  code: MaskingErrorCode,
  message: string,
): { readonly ok: false; readonly error: MaskingError } {
  return { ok: false, error: new MaskingError(code, message) };
}
