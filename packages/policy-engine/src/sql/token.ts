/**
 * Tokens of Snowflake SQL, as the lexer hands them to everything else: splitter, parser, fingerprint, literals.
 *
 * A token keeps its place in the text (UTF-16 offsets), so that every node built from it has a span.
 */

export const WORD = 0;
export const QUOTED = 1;
export const STRING = 2;
export const NUMBER = 3;
export const OP = 4;
/** `$name` */
export const VARIABLE = 5;
/** `$1` */
export const POSITIONAL = 6;
/** `?` */
export const BIND = 7;
/** `@stage/path` */
export const STAGE = 8;
/** `file:///path` of PUT and GET */
export const FILE = 9;
export const END = 10;

export type TokenKind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export interface Token {
  readonly kind: TokenKind;
  /** WORD: upper case. QUOTED: without quotes, `""` undone. STRING: value with escapes undone. OP: the operator. Otherwise the text itself. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** For `(`, `[`, `{` and their partners: index of the partner, else -1. */
  match: number;
}

export interface LexFailure {
  readonly ok: false;
  readonly code: "LEX_AMBIGUOUS" | "LIMIT";
  readonly text: string;
  readonly at: number;
}

export type LexResult = { readonly ok: true; readonly tokens: readonly Token[] } | LexFailure;
