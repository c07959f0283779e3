/**
 * Public names of the SQL front end.
 */

export { analyse } from "./analyse.ts";
export { fingerprintOf, literalsOf } from "./fingerprint.ts";
export { analyseJsonLine } from "./jsonl.ts";
export { lex } from "./lexer.ts";
export { parseNameText, renderName, renderPart } from "./names.ts";
export type { LexResult, Token } from "./token.ts";
