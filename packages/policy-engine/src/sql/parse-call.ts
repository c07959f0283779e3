/**
 * What stands around a call and a star: arguments, WITHIN GROUP, FILTER, OVER, star modifiers; and types.
 * The expression reader is handed in, so that this file and the expression grammar don't import each other.
 */

import type { Argument, Call, Expr, Ident, OrderItem, Star, Window } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { DATE_UNITS, RESERVED, TEXT_TYPES, TYPE_SECOND_WORD, TYPES } from "./keywords.ts";
import { NUMBER, QUOTED, STRING, WORD } from "./token.ts";

export type ExpressionReader = (c: Cursor, min?: number) => Expr;

const NO_WORDS: ReadonlySet<string> = new Set();

/** `( … )` of a call. A leading DISTINCT is returned with the arguments. */
export function readArguments(c: Cursor, read: ExpressionReader): { args: Argument[]; distinct: boolean } {
  c.needOp("(");
  const distinct = c.word("DISTINCT");
  if (!distinct && c.isWord("ALL")) c.next();
  const args = c.isOp(")") ? [] : c.list(() => readArgument(c, read));
  if (c.isWord("IGNORE") || c.isWord("RESPECT")) readNullTreatment(c);
  c.needOp(")");
  return { args, distinct };
}

function readNullTreatment(c: Cursor): void {
  c.next();
  c.needWord("NULLS");
}

function readArgument(c: Cursor, read: ExpressionReader): Argument {
  const token = c.token;
  if ((token.kind === WORD || token.kind === QUOTED) && c.isOp("=>", 1)) {
    c.next();
    c.next();
    return { name: token.text, value: readArgumentValue(c, read) };
  }
  return { name: null, value: readArgumentValue(c, read) };
}

function readArgumentValue(c: Cursor, read: ExpressionReader): Expr {
  if (c.isWord("SELECT") || c.isWord("WITH")) return readBareQuery(c);
  return atLambda(c) ? readLambda(c, read) : read(c);
}

function readBareQuery(c: Cursor): Expr {
  const query = c.query(c, null);
  return { k: "query", mode: "value", query, start: query.start, end: query.end };
}

/** `x -> …`, `x type -> …`, `(x, y) -> …`: two tokens of look-ahead, or the partner of the parenthesis. */
function atLambda(c: Cursor): boolean {
  if (c.isOp("(")) {
    const partner = c.token.match;
    return partner > 0 && c.isOp("->", partner - c.index + 1);
  }
  if (!c.isIdent(NO_WORDS)) return false;
  return c.isOp("->", 1) || (c.ahead(1).kind === WORD && TYPES.has(c.ahead(1).text) && c.isOp("->", 2));
}

function readLambda(c: Cursor, read: ExpressionReader): Expr {
  const { start } = c;
  const params = c.isOp("(") ? c.parenList(() => readParameter(c)) : [readParameter(c)];
  c.needOp("->");
  const body = read(c);
  return { k: "lambda", params, body, start, end: c.end };
}

function readParameter(c: Cursor): string {
  const { name } = c.ident(RESERVED);
  if (c.isKind(WORD)) readType(c);
  return name;
}

/** `NTH_VALUE(…) FROM LAST` is told from a FROM clause by what comes next. */
const AFTER_FROM_FIRST = new Set(["IGNORE", "RESPECT", "OVER"]);

/** Everything that may follow the parentheses of a call. */
export function readCallTail(
  c: Cursor,
  name: readonly Ident[],
  read: { args: Argument[]; distinct: boolean },
  start: number,
  expression: ExpressionReader,
): Call {
  let within: readonly OrderItem[] = [];
  let filter: Expr | null = null;
  let over: Window | null = null;
  if (c.words("WITHIN", "GROUP")) {
    c.needOp("(");
    c.needWord("ORDER");
    c.needWord("BY");
    within = c.list(() => readOrderItem(c, expression));
    c.needOp(")");
  }
  if (c.isWord("FILTER") && c.isOp("(", 1)) {
    c.next();
    c.needOp("(");
    c.needWord("WHERE");
    filter = expression(c);
    c.needOp(")");
  }
  if (c.isWord("FROM") && (c.isWord("FIRST", 1) || c.isWord("LAST", 1)) && c.isAnyWord(AFTER_FROM_FIRST, 2))
    c.index += 2;
  if ((c.isWord("IGNORE") || c.isWord("RESPECT")) && c.isWord("NULLS", 1)) readNullTreatment(c);
  if (c.isWord("OVER") && c.isOp("(", 1)) over = readWindow(c, expression);
  return { k: "call", name, args: read.args, distinct: read.distinct, within, filter, over, start, end: c.end };
}

export function readOrderItem(c: Cursor, read: ExpressionReader): OrderItem {
  const value = read(c);
  if (!c.word("ASC")) c.word("DESC");
  if (c.word("NULLS") && !c.word("FIRST")) c.needWord("LAST");
  return { value };
}

function readWindow(c: Cursor, read: ExpressionReader): Window {
  c.next();
  c.needOp("(");
  const partition = c.words("PARTITION", "BY") ? c.list(() => read(c)) : [];
  const order = c.words("ORDER", "BY") ? c.list(() => readOrderItem(c, read)) : [];
  const frame: Expr[] = [];
  if (c.word("ROWS") || c.word("RANGE") || c.word("GROUPS")) {
    if (c.word("BETWEEN")) {
      readBound(c, read, frame);
      c.needWord("AND");
    }
    readBound(c, read, frame);
  }
  c.needOp(")");
  return { partition, order, frame };
}

const OPERAND = 5;

function readBound(c: Cursor, read: ExpressionReader, frame: Expr[]): void {
  if (c.words("CURRENT", "ROW")) return;
  if (!c.word("UNBOUNDED")) frame.push(read(c, OPERAND));
  if (!c.word("PRECEDING")) c.needWord("FOLLOWING");
}

/** ILIKE, EXCLUDE, REPLACE, RENAME behind a star, each at most once and in this order; ILIKE excludes EXCLUDE. */
export function readStarModifiers(c: Cursor, parts: readonly Ident[], start: number, read: ExpressionReader): Star {
  const ilike = c.isWord("ILIKE") ? readIlike(c) : null;
  const exclude = ilike === null && c.word("EXCLUDE") ? oneOrMore(c, () => lastPart(c)) : [];
  const replace = c.word("REPLACE") ? c.parenList(() => readReplacement(c, read)) : [];
  const rename = c.word("RENAME") ? oneOrMore(c, () => readRename(c)) : [];
  return { k: "star", parts, ilike, exclude, replace, rename, start, end: c.end };
}

function readIlike(c: Cursor): string {
  c.next();
  return c.need(STRING, "a pattern").text;
}

function oneOrMore<T>(c: Cursor, read: () => T): T[] {
  return c.isOp("(") ? c.parenList(read) : [read()];
}

function lastPart(c: Cursor): Ident {
  let name = c.ident(RESERVED);
  while (c.op(".")) name = c.ident(RESERVED);
  return name;
}

function readReplacement(c: Cursor, read: ExpressionReader): { value: Expr; name: Ident } {
  const value = read(c);
  c.word("AS");
  return { value, name: c.ident(RESERVED) };
}

function readRename(c: Cursor): { from: Ident; to: Ident } {
  const from = lastPart(c);
  c.needWord("AS");
  return { from, to: c.ident(RESERVED) };
}

/** Reads a type; says whether it is a text type without a length. */
export function readType(c: Cursor): boolean {
  const token = c.token;
  if (token.kind !== WORD || !TYPES.has(token.text)) c.fail("Expected a type.");
  c.next();
  const second = TYPE_SECOND_WORD.get(token.text);
  if (second !== undefined) c.word(second);
  if (token.text === "INTERVAL") readIntervalUnits(c);
  const sized = c.isOp("(");
  if (sized) skipTypeParentheses(c);
  const zone = (c.isWord("WITH") || c.isWord("WITHOUT")) && (c.isWord("TIME", 1) || c.isWord("LOCAL", 1));
  if (zone) {
    c.next();
    c.word("LOCAL");
    c.needWord("TIME");
    c.needWord("ZONE");
  }
  return !sized && TEXT_TYPES.has(token.text);
}

function readIntervalUnits(c: Cursor): void {
  if (!c.isAnyWord(DATE_UNITS)) return;
  c.next();
  if (c.isWord("TO") && c.isAnyWord(DATE_UNITS, 1)) {
    c.next();
    c.next();
  }
}

/** `(10, 2)`, `(a VARCHAR NOT NULL, b ARRAY(NUMBER))`: names, numbers and commas only, so nothing can hide in it. */
function skipTypeParentheses(c: Cursor): void {
  const close = c.token.match;
  if (close < 0) c.fail("A parenthesis of a type is not closed.");
  while (c.index <= close) {
    const { kind } = c.token;
    const fits =
      kind === WORD
        ? !c.isWord("SELECT")
        : kind === QUOTED || kind === NUMBER || c.isOp("(") || c.isOp(")") || c.isOp(",");
    if (!fits) c.fail("A type holds more than names and numbers.");
    c.next();
  }
}
