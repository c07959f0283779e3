/**
 * Statements that are a query, EXPLAIN of a statement, and SET, UNSET from values and queries.
 */

import type { Expr, Ident, Query } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { RESERVED } from "./keywords.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseQuery } from "./parse-query.ts";
import type { Resolution } from "./resolution.ts";
import { flowOf } from "./resolve-expression.ts";
import { newScope } from "./scope.ts";
import type { Outcome, Statement } from "./statement.ts";
import { isConstantValue, limitOf, outcome } from "./statement.ts";

export function readSelectStatement(c: Cursor): Statement {
  const query = parseQuery(c, null);
  return { class: "select", label: "SELECT", resolve: (ctx) => resolveSelectStatement(ctx, query) };
}

function resolveSelectStatement(ctx: Resolution, query: Query): Outcome {
  ctx.root = query;
  const result = ctx.resolveQuery(query, null, null);
  if (ctx.announced) {
    if (result.columns.some((column) => column.flow.size > 0))
      ctx.reason(
        "UNRESOLVED_COLUMN",
        "A star over columns that are not known, beside columns of a table.",
        query.start,
      );
    else return outcome({ limit: limitOf(query), rowsMax: result.rows });
  }
  return outcome({ columns: result.columns, limit: limitOf(query), rowsMax: result.rows });
}

/** EXPLAIN shows a plan, not rows: the accesses stay, the outputs go. */
export function readExplain(c: Cursor, readStatement: (c: Cursor) => Statement): Statement {
  c.needWord("EXPLAIN");
  if (c.word("USING") && !c.word("TABULAR") && !c.word("JSON")) c.needWord("TEXT");
  const inner = readStatement(c);
  return {
    class: "explain",
    label: "EXPLAIN",
    resolve: (ctx) => {
      ctx.access("explain", "session", "");
      const { hasWhere, whereIsAlwaysTrue } = inner.resolve(ctx);
      return outcome({ hasWhere, whereIsAlwaysTrue });
    },
  };
}

/** `SET x = value`, `SET (x, y) = (…)`. A query on the right is read like any other. */
export function readSet(c: Cursor): Statement {
  c.needWord("SET");
  const several = c.isOp("(");
  const names = several ? c.parenList(() => c.ident(RESERVED)) : [c.ident(RESERVED)];
  c.needOp("=");
  const value = parseExpression(c);
  return { class: "set", label: "SET", resolve: (ctx) => resolveSet(ctx, names, value) };
}

function resolveSet(ctx: Resolution, names: readonly Ident[], value: Expr): Outcome {
  const scope = newScope(null, null, []);
  const values = names.length > 1 && value.k === "op" && value.op === "tuple" ? value.args : [value];
  const columns = names.map(({ name }, i) => {
    const expr = values.length === names.length ? values[i] : value;
    return { name, flow: expr === undefined ? new Map() : flowOf(ctx, scope, expr), resolved: true };
  });
  for (const { name } of names) ctx.access("session", "session", name);
  const constant = values.every(isConstantValue);
  return outcome({ columns: constant ? [] : columns, sets: names.map(({ name }) => ({ what: "variable", name })) });
}

export function readUnset(c: Cursor): Statement {
  c.needWord("UNSET");
  const names = c.isOp("(") ? c.parenList(() => c.ident(RESERVED)) : [c.ident(RESERVED)];
  return {
    class: "set",
    label: "UNSET",
    resolve: (ctx) => {
      for (const { name } of names) ctx.access("session", "session", name);
      return outcome({ sets: names.map(({ name }) => ({ what: "variable", name })) });
    },
  };
}
