/**
 * Values whose grammar is made of words: CASE, CAST, EXTRACT, DATE_PART, POSITION.
 */

import type { Argument, Call, Expr, Ident } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { ExpressionReader } from "./parse-call.ts";
import { readType } from "./parse-call.ts";
import { STRING, WORD } from "./token.ts";

/** Operands bind tighter than comparisons. */
const OPERAND = 5;

export function readCase(c: Cursor, read: ExpressionReader): Expr {
  const { start } = c;
  c.next();
  const operand = c.isWord("WHEN") ? null : read(c);
  const whens: { when: Expr; then: Expr }[] = [];
  while (c.word("WHEN")) {
    const when = read(c);
    c.needWord("THEN");
    whens.push({ when, then: read(c) });
  }
  const otherwise = c.word("ELSE") ? read(c) : null;
  c.needWord("END");
  if (whens.length === 0) c.fail("CASE without WHEN.");
  return { k: "case", operand, whens, otherwise, start, end: c.end };
}

/** CAST and TRY_CAST. */
export function readCast(c: Cursor, read: ExpressionReader): Expr {
  const { start } = c;
  c.next();
  c.needOp("(");
  const value = read(c);
  c.needWord("AS");
  const toText = readType(c);
  while ((c.isWord("RENAME") || c.isWord("ADD")) && c.isWord("FIELDS", 1)) c.index += 2;
  c.needOp(")");
  return { k: "cast", value, toText, start, end: c.end };
}

/** EXTRACT(part FROM value), POSITION(a IN b), or either with commas. */
export function readKeywordCall(c: Cursor, read: ExpressionReader): Expr {
  const { start } = c;
  const token = c.next();
  const name: Ident = { name: token.text, quoted: false, start: token.start, end: token.end };
  c.needOp("(");
  const args: Argument[] = [];
  const separator = token.text === "POSITION" ? "IN" : "FROM";
  if (separator === "FROM" && (c.isKind(WORD) || c.isKind(STRING)) && c.isWord("FROM", 1)) c.next();
  else args.push({ name: null, value: read(c, OPERAND) });
  if (!c.word(separator)) c.needOp(",");
  args.push({ name: null, value: read(c) });
  while (c.op(",")) args.push({ name: null, value: read(c) });
  c.needOp(")");
  return call([name], args, start, c.end);
}

function call(name: readonly Ident[], args: readonly Argument[], start: number, end: number): Call {
  return { k: "call", name, args, distinct: false, within: [], filter: null, over: null, start, end };
}
