/**
 * Queries: WITH, SELECT, set operations with Snowflake's precedence (INTERSECT first), VALUES, ORDER and LIMIT.
 * FROM is read by `parse-from.ts`.
 */

import type { Cte, Expr, Ident, OrderItem, Query, QueryBody, Select, SelectItem, SetOperation, Values } from "./ast.ts";
import type { QueryReader } from "./cursor.ts";
import { Cursor } from "./cursor.ts";
import { NOT_ITEM_ALIAS, RESERVED } from "./keywords.ts";
import { readOrderItem } from "./parse-call.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseFromList } from "./parse-from.ts";
import type { Token } from "./token.ts";
import { BIND, NUMBER, STRING } from "./token.ts";

const NO_WORDS: ReadonlySet<string> = new Set();

export function newCursor(sql: string, tokens: readonly Token[], index: number): Cursor {
  return new Cursor(sql, tokens, index, parseQuery);
}

/** A query without its own parentheses; `left` is a parenthesised query already read, whose set operation may follow. */
export const parseQuery: QueryReader = (c, left) => {
  c.enter();
  const start = left?.start ?? c.start;
  const recursive = left === null && c.isWord("WITH") && c.isWord("RECURSIVE", 1) && !c.isWord("AS", 2);
  const ctes = left === null && c.word("WITH") ? readCtes(c, recursive) : [];
  const body = readSetOperations(c, left);
  const order = readOrder(c);
  const { limit, offset } = readLimit(c);
  c.leave();
  return {
    k: "subselect",
    recursive,
    ctes,
    body,
    order: order.items,
    orderAll: order.all,
    limit,
    offset,
    start,
    end: c.end,
  };
};

function readCtes(c: Cursor, recursive: boolean): Cte[] {
  if (recursive) c.next();
  return c.list((): Cte => {
    const name = c.ident(RESERVED);
    const columns = c.isOp("(") ? c.parenList(() => c.ident(RESERVED)) : null;
    c.needWord("AS");
    if (c.isWord("NOT")) c.next();
    if (c.isWord("MATERIALIZED")) c.next();
    c.needOp("(");
    const query = parseQuery(c, null);
    c.needOp(")");
    return { name, columns, query };
  });
}

function readOrder(c: Cursor): { items: readonly OrderItem[]; all: boolean } {
  if (!c.words("ORDER", "BY")) return { items: [], all: false };
  if (c.isWord("ALL") && !c.isOp("(", 1)) {
    c.next();
    if (!c.word("ASC")) c.word("DESC");
    if (c.word("NULLS") && !c.word("FIRST")) c.needWord("LAST");
    return { items: [], all: true };
  }
  return { items: c.list(() => readOrderItem(c, parseExpression)), all: false };
}

function readLimit(c: Cursor): { limit: Expr | null; offset: Expr | null } {
  let limit: Expr | null = null;
  let offset: Expr | null = null;
  if (c.word("LIMIT")) limit = readCount(c);
  if (c.word("OFFSET")) {
    offset = readCount(c);
    if (!c.word("ROWS")) c.word("ROW");
  }
  if (limit === null && c.word("FETCH")) {
    if (!c.word("FIRST")) c.word("NEXT");
    limit = readCount(c);
    if (!c.word("ROWS")) c.word("ROW");
    c.word("ONLY");
  }
  return { limit, offset };
}

function readCount(c: Cursor): Expr {
  if (c.isKind(STRING)) c.fail("A row count that is a text.");
  return parseExpression(c);
}

function setOperator(c: Cursor): SetOperation["op"] | null {
  if (c.word("UNION")) {
    if (c.word("ALL")) return "union all";
    c.word("DISTINCT");
    return "union";
  }
  if (c.word("EXCEPT") || c.word("MINUS")) {
    c.word("ALL");
    return "except";
  }
  return null;
}

function readSetOperations(c: Cursor, left: QueryBody | null): QueryBody {
  let body = readIntersections(c, left);
  let branches: QueryBody[] | null = null;
  let last = "";
  for (let links = 0; ; links++) {
    const op = setOperator(c);
    if (op === null) return body;
    const byName = c.words("BY", "NAME");
    const right = readIntersections(c, null);
    const key = `${op} ${byName}`;
    if (branches !== null && last === key && op !== "except") branches.push(right);
    else {
      branches = [body, right];
      if (links > 0) c.link();
    }
    last = key;
    body = { k: "set", op, byName, branches, start: body.start, end: c.end };
  }
}

function readIntersections(c: Cursor, left: QueryBody | null): QueryBody {
  const first = left ?? readOperand(c);
  if (!c.isWord("INTERSECT")) return first;
  const branches = [first];
  let byName = false;
  while (c.word("INTERSECT")) {
    if (!c.word("DISTINCT")) c.word("ALL");
    if (c.words("BY", "NAME")) byName = true;
    branches.push(readOperand(c));
  }
  return { k: "set", op: "intersect", byName, branches, start: first.start, end: c.end };
}

function readOperand(c: Cursor): QueryBody {
  if (c.isWord("SELECT")) return readSelect(c);
  if (c.isWord("VALUES")) return readValues(c);
  c.needOp("(");
  const query: Query = parseQuery(c, null);
  c.needOp(")");
  return query;
}

/** `VALUES (…), (…)` */
export function readValues(c: Cursor): Values {
  const { start } = c;
  c.needWord("VALUES");
  const rows = c.list(() => c.parenList(() => readValue(c)));
  return { k: "values", rows, start, end: c.end };
}

/** A value of a VALUES row, where DEFAULT may stand. */
export function readValue(c: Cursor): Expr {
  const { start } = c;
  if (c.isWord("DEFAULT") && (c.isOp(",", 1) || c.isOp(")", 1))) {
    c.next();
    return { k: "literal", type: "other", value: "DEFAULT", start, end: c.end };
  }
  return parseExpression(c);
}

function readSelect(c: Cursor): Select {
  c.enter();
  const { start } = c;
  c.needWord("SELECT");
  const distinct = c.word("DISTINCT");
  if (!distinct) c.word("ALL");
  const top = c.isWord("TOP") && (c.ahead(1).kind === NUMBER || c.ahead(1).kind === BIND) ? readTop(c) : null;
  const items = readItems(c);
  const from = c.word("FROM") ? parseFromList(c) : [];
  const where = c.word("WHERE") ? parseExpression(c) : null;
  const connect = readConnect(c);
  const group = readGroup(c);
  let having: Expr | null = null;
  let qualify: Expr | null = null;
  for (;;) {
    if (having === null && c.word("HAVING")) having = parseExpression(c);
    else if (qualify === null && c.word("QUALIFY")) qualify = parseExpression(c);
    else break;
  }
  c.leave();
  return { k: "select", distinct, top, items, from, where, connect, ...group, having, qualify, start, end: c.end };
}

function readTop(c: Cursor): Expr {
  c.next();
  const token = c.next();
  if (token.kind === BIND) return { k: "bind", start: token.start, end: token.end };
  return { k: "literal", type: "number", value: token.text, start: token.start, end: token.end };
}

function readItems(c: Cursor): SelectItem[] {
  const items = [readItem(c)];
  while (c.op(",")) {
    // Snowflake accepts one comma behind the last item.
    if (c.isWord("FROM") || c.isOp(")") || c.atEnd) break;
    items.push(readItem(c));
  }
  return items;
}

function readItem(c: Cursor): SelectItem {
  const { start } = c;
  const value = parseExpression(c);
  let alias: Ident | null = null;
  if (value.k !== "star") {
    if (c.word("AS")) alias = c.ident(NO_WORDS);
    else if (c.isIdent(NOT_ITEM_ALIAS)) alias = c.ident(NOT_ITEM_ALIAS);
  }
  return { value, alias, start, end: c.end };
}

function readConnect(c: Cursor): Select["connect"] {
  let start: Expr | null = null;
  let by: Expr | null = null;
  for (;;) {
    if (start === null && c.words("START", "WITH")) start = parseExpression(c);
    else if (by === null && c.words("CONNECT", "BY")) {
      c.priorAllowed = true;
      by = parseExpression(c);
      c.priorAllowed = false;
    } else break;
  }
  if (by === null && start !== null) c.fail("START WITH without CONNECT BY.");
  return by === null ? null : { start, by };
}

function readGroup(c: Cursor): Pick<Select, "groupAll" | "group" | "grouped" | "groupSets"> {
  if (!c.words("GROUP", "BY")) return { groupAll: false, group: [], grouped: false, groupSets: false };
  if (c.isWord("ALL") && !c.isOp("(", 1)) {
    c.next();
    return { groupAll: true, group: [], grouped: true, groupSets: false };
  }
  const group: Expr[] = [];
  let groupSets = false;
  do {
    if ((c.isWord("CUBE") || c.isWord("ROLLUP")) && c.isOp("(", 1)) groupSets = true;
    if (c.words("GROUPING", "SETS")) {
      groupSets = true;
      c.needOp("(");
      do readGroupElement(c, group);
      while (c.op(","));
      c.needOp(")");
    } else readGroupElement(c, group);
  } while (c.op(","));
  return { groupAll: false, group, grouped: true, groupSets };
}

function readGroupElement(c: Cursor, group: Expr[]): void {
  if (c.isOp("(") && c.isOp(")", 1)) {
    c.next();
    c.next();
  } else group.push(parseExpression(c));
}
