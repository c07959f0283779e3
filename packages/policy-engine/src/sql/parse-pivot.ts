/**
 * Operators on a whole relation: PIVOT, UNPIVOT, MATCH_RECOGNIZE.
 */

import type { Expr, Factor, Ident, MatchFactor, OrderItem, PivotFactor, UnpivotFactor } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { NOT_ITEM_ALIAS, RESERVED } from "./keywords.ts";
import { readOrderItem } from "./parse-call.ts";
import { atQuery, parseExpression } from "./parse-expression.ts";
import { END, NUMBER, OP, STRING, WORD } from "./token.ts";

type Bare<T> = Omit<T, "alias" | "columns">;

/** `PIVOT (agg(x) FOR key IN (…))` */
export function parsePivot(c: Cursor, source: Factor): Bare<PivotFactor> {
  const { start } = source;
  c.next();
  c.needOp("(");
  const aggregates = c.list(() => {
    const value = parseExpression(c);
    if (c.word("AS")) return { value, alias: c.ident(RESERVED) };
    return { value, alias: c.isIdent(NOT_ITEM_ALIAS) && !c.isWord("FOR") ? c.ident(NOT_ITEM_ALIAS) : null };
  });
  c.needWord("FOR");
  const key = readColumn(c);
  c.needWord("IN");
  c.needOp("(");
  const used: Expr[] = [];
  let values: { name: string }[] | null = null;
  if (c.word("ANY")) {
    if (c.words("ORDER", "BY"))
      for (const item of c.list(() => readOrderItem(c, parseExpression))) used.push(item.value);
  } else if (atQuery(c)) {
    const query = c.query(c, null);
    used.push({ k: "query", mode: "value", query, start: query.start, end: query.end });
  } else values = c.list(() => readPivotValue(c, used));
  c.needOp(")");
  if (c.words("DEFAULT", "ON", "NULL")) {
    c.needOp("(");
    used.push(parseExpression(c));
    c.needOp(")");
  }
  c.needOp(")");
  return { k: "pivot", source, aggregates, key, values, used, start, end: c.end };
}

function readPivotValue(c: Cursor, used: Expr[]): { name: string } {
  const { start } = c;
  const text = c.isKind(STRING) ? `'${c.token.text}'` : null;
  const value = parseExpression(c);
  used.push(value);
  const end = c.end;
  if (c.word("AS")) return { name: c.ident(RESERVED).name };
  if (c.isIdent(NOT_ITEM_ALIAS)) return { name: c.ident(NOT_ITEM_ALIAS).name };
  return { name: text ?? c.sql.slice(start, end) };
}

function readColumn(c: Cursor): Ident {
  let name = c.ident(RESERVED);
  while (c.op(".")) name = c.ident(RESERVED);
  return name;
}

/** `UNPIVOT [INCLUDE NULLS] (value FOR name IN (a, b))` */
export function parseUnpivot(c: Cursor, source: Factor): Bare<UnpivotFactor> {
  const { start } = source;
  c.next();
  if (c.word("INCLUDE") || c.word("EXCLUDE")) c.needWord("NULLS");
  c.needOp("(");
  const value = c.ident(RESERVED);
  c.needWord("FOR");
  const name = c.ident(RESERVED);
  c.needWord("IN");
  const from = c.parenList(() => {
    const column = readColumn(c);
    if (c.word("AS") && !c.isKind(STRING)) c.ident(RESERVED);
    else if (c.isKind(STRING)) c.next();
    return column;
  });
  c.needOp(")");
  return { k: "unpivot", source, value, name, from, start, end: c.end };
}

/** `MATCH_RECOGNIZE ( … )`; the pattern itself holds symbols and quantifiers only. */
export function parseMatchRecognize(c: Cursor, source: Factor): Bare<MatchFactor> {
  const { start } = source;
  c.next();
  c.needOp("(");
  const partition = c.words("PARTITION", "BY") ? c.list(() => parseExpression(c)) : [];
  const order: OrderItem[] = c.words("ORDER", "BY") ? c.list(() => readOrderItem(c, parseExpression)) : [];
  const measures = c.word("MEASURES") ? c.list(() => readMeasure(c)) : [];
  const allRows = readRowsPerMatch(c);
  readAfterMatch(c);
  const symbols = readPattern(c);
  const defines = c.word("DEFINE") ? c.list(() => readDefine(c)) : [];
  c.needOp(")");
  return { k: "match", source, partition, order, measures, defines, symbols, allRows, start, end: c.end };
}

function readMeasure(c: Cursor): { value: Expr; name: Ident } {
  if (!c.word("FINAL")) c.word("RUNNING");
  const value = parseExpression(c);
  c.word("AS");
  return { value, name: c.ident(RESERVED) };
}

function readDefine(c: Cursor): Expr {
  c.ident(RESERVED);
  c.needWord("AS");
  return parseExpression(c);
}

function readRowsPerMatch(c: Cursor): boolean {
  if (c.words("ONE", "ROW", "PER", "MATCH")) return false;
  if (!c.words("ALL", "ROWS", "PER", "MATCH")) return false;
  if (c.words("SHOW", "EMPTY", "MATCHES") || c.words("OMIT", "EMPTY", "MATCHES")) return true;
  c.words("WITH", "UNMATCHED", "ROWS");
  return true;
}

function readAfterMatch(c: Cursor): void {
  if (!c.words("AFTER", "MATCH", "SKIP")) return;
  if (c.words("PAST", "LAST", "ROW")) return;
  c.needWord("TO");
  if (c.words("NEXT", "ROW")) return;
  if (!c.word("FIRST")) c.word("LAST");
  c.ident(RESERVED);
}

const PATTERN_OPS = new Set(["(", ")", "*", "+", "|", "{", "}", ",", "-", "^", ".", "%"]);

function readPattern(c: Cursor): string[] {
  c.needWord("PATTERN");
  const close = c.isOp("(") ? c.token.match : -1;
  if (close < 0) c.fail("Expected a pattern.");
  const symbols: string[] = [];
  while (c.index <= close) {
    const { kind, text } = c.token;
    if (kind === WORD) symbols.push(text);
    else if (kind === END || !(kind === NUMBER || kind === 7 || (kind === OP && PATTERN_OPS.has(text))))
      c.fail("A pattern holds more than symbols.");
    c.next();
  }
  return symbols;
}
