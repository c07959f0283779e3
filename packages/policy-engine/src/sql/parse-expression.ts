/**
 * Expressions: precedence climbing over the tokens, with bounded look-ahead and no way back.
 * Every operand read is in the tree. Calls and types are read by `parse-call.ts`.
 */

import type { Call, Expr, Ident } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { CALLABLE_RESERVED, DATE_UNITS, LITERAL_TYPES, NOT_COLUMN } from "./keywords.ts";
import { parseNameText } from "./names.ts";
import { readArguments, readCallTail, readStarModifiers } from "./parse-call.ts";
import { readCase, readCast, readKeywordCall } from "./parse-keyword.ts";
import { readPostfix } from "./parse-postfix.ts";
import { BIND, NUMBER, OP, POSITIONAL, QUOTED, STAGE, STRING, VARIABLE, WORD } from "./token.ts";

const OR = 1;
const AND = 2;
const COMPARE = 4;
/** Operands of comparisons bind from here. */
export const ADD = 5;
const MULTIPLY = 6;
const UNARY = 7;

function postfix(c: Cursor, first: Expr): Expr {
  return readPostfix(c, first, parseExpression);
}

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
  // `x'41'` is a literal; `x '41'` could be a column with something behind it.
  if (c.ahead(1).kind === STRING && LITERAL_TYPES.has(text) && (text !== "X" || c.ahead(1).start === c.token.end)) {
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
      return postfix(c, {
        k: "literal",
        type: text === "NULL" ? "null" : text === "TRUE" ? "true" : "false",
        value: text,
        start,
        end: c.end,
      });
    case "NOT": {
      c.next();
      const value = parseExpression(c, COMPARE);
      return { k: "op", op: "not", args: [value], start, end: c.end };
    }
    case "CASE":
      return postfix(c, readCase(c, parseExpression));
    case "CAST":
    case "TRY_CAST":
      return postfix(c, readCast(c, parseExpression));
    case "EXISTS":
      return readExists(c);
    case "EXTRACT":
    case "DATE_PART":
    case "POSITION":
      if (c.isOp("(", 1)) return postfix(c, readKeywordCall(c, parseExpression));
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
