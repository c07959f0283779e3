/**
 * Expressions: precedence climbing over the tokens, with bounded look-ahead and no way back.
 * Every operand read is in the tree. Calls and types are read by `parse-call.ts`.
 */

import type { Argument, Call, Expr, Ident, PathStep } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { readCallTail, readArguments, readStarModifiers, readType } from "./parse-call.ts";
import { CALLABLE_RESERVED, DATE_UNITS, LITERAL_TYPES, NOT_COLUMN } from "./keywords.ts";
import { parseNameText } from "./names.ts";
import { BIND, NUMBER, OP, POSITIONAL, QUOTED, STAGE, STRING, VARIABLE, WORD } from "./token.ts";

const OR = 1;
const AND = 2;
const COMPARE = 4;
/** Operands of comparisons bind from here. */
export const ADD = 5;
const MULTIPLY = 6;
const UNARY = 7;

const COMPARISONS = new Set(["=", "<>", "!=", "<", "<=", ">", ">="]);
const ADDITIVE = new Set(["+", "-", "||", "&", "|", "^"]);
const MULTIPLICATIVE = new Set(["*", "/", "%"]);
const LIKES = new Set(["LIKE", "ILIKE", "RLIKE", "REGEXP"]);
const QUANTIFIERS = new Set(["ANY", "ALL", "SOME"]);
const QUERY_WORDS = new Set(["SELECT", "WITH"]);
const CONTINUES_QUERY = new Set(["UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH"]);

/** An expression whose operators bind at least as tightly as `min`. */
export function parseExpression(c: Cursor, min = 0): Expr {
  return continueExpression(c, parsePrefix(c), min);
}

export function atQuery(c: Cursor): boolean {
  return c.isAnyWord(QUERY_WORDS);
}

/** Operators behind a left operand that is already read. */
function continueExpression(c: Cursor, first: Expr, min: number): Expr {
  let left = first;
  let chain: Expr[] | null = null;
  let chainOp = "";
  for (let links = 0; ; links++) {
    const token = c.token;
    if (token.kind !== WORD && token.kind !== OP) return left;
    const flat = flatOperator(c, min);
    if (flat !== null) {
      c.next();
      const right = parseExpression(c, flat.bind + 1);
      if (chain !== null && chainOp === flat.op) chain.push(right);
      else {
        chain = [left, right];
        if (links > 0) c.link();
      }
      chainOp = flat.op;
      left = { k: "op", op: flat.op, args: chain, start: first.start, end: c.end };
      continue;
    }
    const next = token.kind === OP ? comparison(c, left, min) : wordOperator(c, left, min);
    if (next === null) return left;
    if (links > 0) c.link();
    chain = null;
    chainOp = "";
    left = next;
  }
}

/** Operators that nest to the left without limit are kept in one flat node. */
function flatOperator(c: Cursor, min: number): { op: string; bind: number } | null {
  const token = c.token;
  if (token.kind === WORD) {
    if (token.text === "OR" && min <= OR) return { op: "or", bind: OR };
    if (token.text === "AND" && min <= AND) return { op: "and", bind: AND };
    return null;
  }
  if (min <= ADD && ADDITIVE.has(token.text)) return { op: "arith", bind: ADD };
  if (min <= MULTIPLY && MULTIPLICATIVE.has(token.text)) return { op: "arith*", bind: MULTIPLY };
  return null;
}

function op(name: string, args: readonly Expr[], first: Expr, c: Cursor): Expr {
  return { k: "op", op: name, args, start: first.start, end: c.end };
}

function comparison(c: Cursor, left: Expr, min: number): Expr | null {
  if (min > COMPARE || !COMPARISONS.has(c.token.text)) return null;
  const sign = c.next().text;
  const right = c.isAnyWord(QUANTIFIERS) && c.isOp("(", 1) ? quantified(c) : parseExpression(c, ADD);
  return op(sign === "!=" ? "<>" : sign, [left, right], left, c);
}

function quantified(c: Cursor): Expr {
  c.next();
  const first = parsePrefixParenthesis(c);
  return first.k === "query" ? first : op("tuple", [first], first, c);
}

function wordOperator(c: Cursor, left: Expr, min: number): Expr | null {
  if (min > COMPARE) return null;
  if (c.word("IS")) return isOperator(c, left);
  const not = c.isWord("NOT") && (c.isWord("IN", 1) || c.isWord("BETWEEN", 1) || c.isAnyWord(LIKES, 1));
  if (not) c.next();
  const prefix = not ? "not " : "";
  if (c.word("IN")) return op(`${prefix}in`, [left, inOperand(c)], left, c);
  if (c.word("BETWEEN")) {
    const low = parseExpression(c, ADD);
    c.needWord("AND");
    return op(`${prefix}between`, [left, low, parseExpression(c, ADD)], left, c);
  }
  if (c.isAnyWord(LIKES)) return likeOperator(c, left, prefix);
  return null;
}

function likeOperator(c: Cursor, left: Expr, prefix: string): Expr {
  const name = c.next().text.toLowerCase();
  const args = [left, c.isAnyWord(QUANTIFIERS) && c.isOp("(", 1) ? quantified(c) : parseExpression(c, ADD)];
  if (c.word("ESCAPE")) args.push(parseExpression(c, ADD));
  return op(prefix + name, args, left, c);
}

function inOperand(c: Cursor): Expr {
  if (!c.isOp("(")) c.fail("Expected `(` after IN.");
  const inner = parsePrefixParenthesis(c);
  return inner.k === "query" || (inner.k === "op" && inner.op === "tuple") ? inner : op("tuple", [inner], inner, c);
}

function isOperator(c: Cursor, left: Expr): Expr {
  const not = c.word("NOT") ? "not " : "";
  if (c.word("NULL")) return op(`is ${not}null`, [left], left, c);
  if (c.word("TRUE")) return op(`is ${not}true`, [left], left, c);
  if (c.word("FALSE")) return op(`is ${not}false`, [left], left, c);
  c.needWord("DISTINCT");
  c.needWord("FROM");
  return op(`is ${not}distinct`, [left, parseExpression(c, ADD)], left, c);
}

function parsePrefix(c: Cursor): Expr {
  c.enter();
  const value = readPrefix(c);
  c.leave();
  return value;
}

function readPrefix(c: Cursor): Expr {
  const token = c.token;
  const { start, end } = token;
  switch (token.kind) {
    case NUMBER:
      c.next();
      return postfix(c, { k: "literal", type: "number", value: token.text, start, end });
    case STRING:
      c.next();
      return postfix(c, { k: "literal", type: "string", value: token.text, start, end });
    case BIND:
      c.next();
      return postfix(c, { k: "bind", start, end });
    case VARIABLE:
      c.next();
      return postfix(c, { k: "variable", name: token.text, start, end });
    case POSITIONAL:
      c.next();
      return postfix(c, { k: "positional", parts: [], index: Number(token.text), start, end });
    case STAGE:
      c.next();
      return { k: "op", op: "stage", args: [], start, end };
    case QUOTED:
      return postfix(c, readName(c));
    case OP:
      return readOperatorPrefix(c);
    case WORD:
      return readWordPrefix(c);
    default:
      return c.fail();
  }
}

function readOperatorPrefix(c: Cursor): Expr {
  const { start } = c;
  if (c.isOp("(")) return postfix(c, parsePrefixParenthesis(c));
  if (c.op("-") || c.op("+")) {
    const value = parseExpression(c, UNARY);
    return { k: "op", op: "neg", args: [value], start, end: c.end };
  }
  if (c.op("*")) return readStarModifiers(c, [], start, parseExpression);
  if (c.op("**")) {
    const value = parseExpression(c);
    return { k: "op", op: "spread", args: [value], start, end: c.end };
  }
  if (c.op("[")) {
    const args = c.isOp("]") ? [] : c.list(() => parseExpression(c));
    c.needOp("]");
    return postfix(c, { k: "op", op: "array", args, start, end: c.end });
  }
  if (c.isOp("{")) return postfix(c, objectLiteral(c));
  if (c.isOp(":") && c.ahead(1).kind === NUMBER && c.ahead(1).start === start + 1) {
    c.next();
    c.next();
    return postfix(c, { k: "bind", start, end: c.end });
  }
  return c.fail();
}

function objectLiteral(c: Cursor): Expr {
  const { start } = c;
  c.needOp("{");
  const args: Expr[] = [];
  while (!c.isOp("}")) {
    if (args.length > 0) c.needOp(",");
    if (c.isKind(STRING)) {
      c.next();
      c.needOp(":");
    } else if (!c.isOp("*") && !c.isOp("**")) {
      const value = parseExpression(c);
      if (value.k !== "star") c.fail("Expected a key.");
      args.push(value);
      continue;
    }
    args.push(parseExpression(c));
  }
  c.needOp("}");
  return { k: "op", op: "object", args, start, end: c.end };
}

/** `( … )`: an expression, a tuple or a query; which one it is shows in the token after the parentheses. */
function parsePrefixParenthesis(c: Cursor): Expr {
  c.enter();
  const { start } = c;
  c.needOp("(");
  const value = atQuery(c) ? queryNode(c, c.query(c, null), start) : parenthesised(c, start);
  c.needOp(")");
  c.leave();
  return value.k === "query" ? { ...value, end: c.end } : value;
}

function queryNode(c: Cursor, query: ReturnType<Cursor["query"]>, start: number): Expr {
  return { k: "query", mode: "value", query, start, end: c.end };
}

function parenthesised(c: Cursor, start: number): Expr {
  let first: Expr;
  if (c.isOp("(")) {
    const inner = parsePrefixParenthesis(c);
    if (inner.k === "query" && c.isAnyWord(CONTINUES_QUERY)) return queryNode(c, c.query(c, inner.query), start);
    if (inner.k === "query" && c.isOp(")")) return inner;
    first = continueExpression(c, postfix(c, inner), 0);
  } else first = parseExpression(c);
  if (!c.isOp(",")) return first;
  const args = [first];
  while (c.op(",")) args.push(parseExpression(c));
  return { k: "op", op: "tuple", args, start, end: c.end };
}

function readWordPrefix(c: Cursor): Expr {
  const { start } = c;
  const { text } = c.token;
  if (c.ahead(1).kind === STRING && LITERAL_TYPES.has(text)) {
    c.next();
    const value = c.next();
    // `INTERVAL '3' MONTH`: the unit may stand outside the quotes.
    if (text === "INTERVAL" && c.isAnyWord(DATE_UNITS)) c.next();
    return postfix(c, { k: "literal", type: "other", value: value.text, start, end: c.end });
  }
  switch (text) {
    case "NULL":
    case "TRUE":
    case "FALSE":
      c.next();
      return postfix(c, { k: "literal", type: text === "NULL" ? "null" : text === "TRUE" ? "true" : "false", value: text, start, end: c.end });
    case "NOT": {
      c.next();
      const value = parseExpression(c, COMPARE);
      return { k: "op", op: "not", args: [value], start, end: c.end };
    }
    case "CASE":
      return postfix(c, readCase(c));
    case "CAST":
    case "TRY_CAST":
      return postfix(c, readCast(c));
    case "EXISTS":
      return readExists(c);
    case "EXTRACT":
    case "DATE_PART":
    case "POSITION":
      if (c.isOp("(", 1)) return postfix(c, readKeywordCall(c));
      break;
    case "IDENTIFIER":
      if (c.isOp("(", 1)) return postfix(c, readIdentifier(c));
      break;
    case "PRIOR":
      if (c.priorAllowed) return readUnaryWord(c, "prior");
      break;
    case "CONNECT_BY_ROOT":
      return readUnaryWord(c, "root");
  }
  return postfix(c, readName(c));
}

function readUnaryWord(c: Cursor, name: string): Expr {
  const { start } = c;
  c.next();
  const value = parseExpression(c, UNARY);
  return { k: "op", op: name, args: [value], start, end: c.end };
}

function readExists(c: Cursor): Expr {
  const { start } = c;
  c.next();
  const inner = parsePrefixParenthesis(c);
  if (inner.k !== "query") c.fail("Expected a query after EXISTS.");
  return { k: "query", mode: "exists", query: inner.query, start, end: c.end };
}

function readCase(c: Cursor): Expr {
  const { start } = c;
  c.next();
  const operand = c.isWord("WHEN") ? null : parseExpression(c);
  const whens: { when: Expr; then: Expr }[] = [];
  while (c.word("WHEN")) {
    const when = parseExpression(c);
    c.needWord("THEN");
    whens.push({ when, then: parseExpression(c) });
  }
  const otherwise = c.word("ELSE") ? parseExpression(c) : null;
  c.needWord("END");
  if (whens.length === 0) c.fail("CASE without WHEN.");
  return { k: "case", operand, whens, otherwise, start, end: c.end };
}

function readCast(c: Cursor): Expr {
  const { start } = c;
  c.next();
  c.needOp("(");
  const value = parseExpression(c);
  c.needWord("AS");
  const toText = readType(c);
  while ((c.isWord("RENAME") || c.isWord("ADD")) && c.isWord("FIELDS", 1)) c.index += 2;
  c.needOp(")");
  return { k: "cast", value, toText, start, end: c.end };
}

/** EXTRACT(part FROM value), POSITION(a IN b), or either with commas. */
function readKeywordCall(c: Cursor): Expr {
  const { start } = c;
  const token = c.next();
  const name: Ident = { name: token.text, quoted: false, start: token.start, end: token.end };
  c.needOp("(");
  const args: Argument[] = [];
  const separator = token.text === "POSITION" ? "IN" : "FROM";
  if (separator === "FROM" && (c.isKind(WORD) || c.isKind(STRING)) && c.isWord("FROM", 1)) c.next();
  else args.push({ name: null, value: parseExpression(c, ADD) });
  if (!c.word(separator)) c.needOp(",");
  args.push({ name: null, value: parseExpression(c) });
  while (c.op(",")) args.push({ name: null, value: parseExpression(c) });
  c.needOp(")");
  return call([name], args, start, c.end);
}

function call(name: readonly Ident[], args: readonly Argument[], start: number, end: number): Call {
  return { k: "call", name, args, distinct: false, within: [], filter: null, over: null, start, end };
}

/** IDENTIFIER('name') stands for the name; anything else than a literal is not known before it runs. */
function readIdentifier(c: Cursor): Expr {
  const { start } = c;
  c.next();
  c.needOp("(");
  const text = c.isKind(STRING) ? parseNameText(c.token.text) : null;
  if (text === null || !c.isOp(")", 1)) c.fail("IDENTIFIER of something that is not a plain name.", "DYNAMIC");
  const { start: from, end } = c.next();
  c.needOp(")");
  const parts = text.map((name): Ident => ({ name, quoted: false, start: from, end }));
  return nameTail(c, parts, start);
}

function readName(c: Cursor): Expr {
  const { start } = c;
  if (c.isKind(WORD) && CALLABLE_RESERVED.has(c.token.text) && c.isOp("(", 1)) {
    const token = c.next();
    return readCall(c, [{ name: token.text, quoted: false, start, end: token.end }], start);
  }
  return nameTail(c, [c.ident(NOT_COLUMN)], start);
}

const NO_WORDS: ReadonlySet<string> = new Set();

function nameTail(c: Cursor, parts: Ident[], start: number): Expr {
  while (c.isOp(".")) {
    c.next();
    if (c.isOp("*")) {
      c.next();
      return readStarModifiers(c, parts, start, parseExpression);
    }
    if (c.isKind(POSITIONAL)) return { k: "positional", parts, index: Number(c.next().text), start, end: c.end };
    if (c.isOp(".") && parts.length === 1) parts.push({ name: "PUBLIC", quoted: false, start: c.start, end: c.start });
    else parts.push(c.ident(NO_WORDS));
  }
  if (c.isOp("(") && c.isOp("+", 1) && c.isOp(")", 2)) {
    // `(+)` marks the optional side of an old-style outer join.
    c.index += 3;
    return { k: "column", parts, start, end: c.end };
  }
  if (c.isOp("(")) return readCall(c, parts, start);
  return { k: "column", parts, start, end: c.end };
}

function readCall(c: Cursor, name: readonly Ident[], start: number): Expr {
  const args = readArguments(c, parseExpression);
  return readCallTail(c, name, args, start, parseExpression);
}

/** Reads a call whose name is next; used where only a call may stand (table functions). */
export function parseCall(c: Cursor): Call {
  const value = readName(c);
  if (value.k !== "call") c.fail("Expected a function call.");
  return value;
}

/** Casts, semi-structured paths and subscripts behind a value. */
function postfix(c: Cursor, first: Expr): Expr {
  let value = first;
  for (let links = 0; ; links++) {
    if (!c.isKind(OP) && !c.isWord("COLLATE")) return value;
    if (c.op("::")) value = castOf(value, readType(c), c);
    else if (c.isOp("[")) value = step(c, value, subscript(c));
    else if (c.isOp(":") && (c.ahead(1).kind === WORD || c.ahead(1).kind === QUOTED)) {
      c.next();
      value = step(c, value, pathName(c));
    } else if (c.isOp(".") && (c.ahead(1).kind === WORD || c.ahead(1).kind === QUOTED)) {
      c.next();
      value = step(c, value, pathName(c));
    } else if (c.isWord("COLLATE")) {
      c.next();
      c.need(STRING, "a collation");
      value = { k: "op", op: "collate", args: [value], start: first.start, end: c.end };
    } else return value;
    if (links > 0) c.link();
  }
}

function castOf(value: Expr, toText: boolean, c: Cursor): Expr {
  if (value.k === "cast") return { ...value, toText: value.toText && toText, end: c.end };
  return { k: "cast", value, toText, start: value.start, end: c.end };
}

function step(c: Cursor, base: Expr, next: PathStep): Expr {
  if (base.k === "path") return { k: "path", base: base.base, steps: [...base.steps, next], start: base.start, end: c.end };
  return { k: "path", base, steps: [next], start: base.start, end: c.end };
}

function pathName(c: Cursor): PathStep {
  const token = c.next();
  return { name: token.kind === QUOTED ? token.text : c.sql.slice(token.start, token.end) };
}

function subscript(c: Cursor): PathStep {
  c.needOp("[");
  const token = c.token;
  const constant = c.isOp("]", 1);
  if (constant && token.kind === STRING) {
    c.next();
    c.next();
    return { name: token.text };
  }
  if (constant && token.kind === NUMBER) {
    c.next();
    c.next();
    return { index: token.text };
  }
  const value = parseExpression(c);
  c.needOp("]");
  return { value };
}
