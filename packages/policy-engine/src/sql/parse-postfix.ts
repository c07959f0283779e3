/**
 * What may stand behind a value: casts, semi-structured paths, subscripts, collations.
 */

import type { Expr, PathStep } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { ExpressionReader } from "./parse-call.ts";
import { readType } from "./parse-call.ts";
import { NUMBER, OP, QUOTED, STRING, WORD } from "./token.ts";

/** Casts, semi-structured paths and subscripts behind a value. */
export function readPostfix(c: Cursor, first: Expr, read: ExpressionReader): Expr {
  let value = first;
  for (let links = 0; ; links++) {
    if (!c.isKind(OP) && !c.isWord("COLLATE")) return value;
    if (c.op("::")) value = castOf(value, readType(c), c);
    else if (c.isOp("[")) value = step(c, value, subscript(c, read));
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
  if (base.k === "path")
    return { k: "path", base: base.base, steps: [...base.steps, next], start: base.start, end: c.end };
  return { k: "path", base, steps: [next], start: base.start, end: c.end };
}

function pathName(c: Cursor): PathStep {
  const token = c.next();
  return { name: token.kind === QUOTED ? token.text : c.sql.slice(token.start, token.end) };
}

function subscript(c: Cursor, read: ExpressionReader): PathStep {
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
  const value = read(c);
  c.needOp("]");
  return { value };
}
