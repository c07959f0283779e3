/**
 * Whether a WHERE can be false at all. Conservative in one direction: a condition that looks always true is said
 * to be, even when NULLs or odd data could make it false, because the rule behind it asks for a second look.
 */

import type { ColumnName, Expr, Ident, Query, Select } from "./ast.ts";
import { childrenOf } from "./scope.ts";

/** Nodes compared per condition; beyond it two expressions count as different. */
const COMPARED_MAX = 2000;

/** `target` is the plain name of the table that the statement changes, which a condition may select from itself. */
export function isAlwaysTrue(expr: Expr, target: string | null = null): boolean {
  if (isConstant(expr)) return !isAlwaysFalse(expr);
  if (expr.k === "query") return expr.mode === "exists" && unconditional(expr.query);
  if (expr.k === "cast") return isAlwaysTrue(expr.value, target);
  if (expr.k !== "op") return false;
  switch (expr.op) {
    case "or":
      return expr.args.some((each) => isAlwaysTrue(each, target)) || hasComplement(expr.args);
    case "and":
      return expr.args.every((each) => isAlwaysTrue(each, target));
    case "not":
      return expr.args.every(isAlwaysFalse);
    case "=":
    case "<=":
    case ">=":
    case "like":
    case "ilike":
    case "rlike":
    case "regexp":
    case "is not distinct":
      return same(expr.args[0], expr.args[1]) || isWildcard(expr.op, expr.args[1]);
    case "between":
      return same(expr.args[0], expr.args[1]) && same(expr.args[0], expr.args[2]);
    case "in":
      return inItself(expr.args[0], expr.args[1], target);
    case "is true":
      return expr.args.every((each) => isAlwaysTrue(each, target));
    default:
      return false;
  }
}

function isAlwaysFalse(expr: Expr): boolean {
  if (expr.k === "literal")
    return expr.type === "false" || expr.type === "null" || (expr.type === "number" && Number(expr.value) === 0);
  if (expr.k !== "op") return false;
  const [left, right] = expr.args;
  switch (expr.op) {
    case "and":
      return expr.args.some(isAlwaysFalse);
    case "or":
      return expr.args.every(isAlwaysFalse);
    case "not":
      return expr.args.every((each) => isAlwaysTrue(each));
    case "=":
      return left?.k === "literal" && right?.k === "literal" && left.type === right.type && left.value !== right.value;
    case "<>":
    case "<":
    case ">":
      return same(left, right);
    default:
      return false;
  }
}

/** No column in it and no query: the rows don't matter. */
function isConstant(expr: Expr): boolean {
  if (expr.k === "column" || expr.k === "positional" || expr.k === "star" || expr.k === "query") return false;
  return childrenOf(expr).every(isConstant);
}

function isWildcard(op: string, pattern: Expr | undefined): boolean {
  if (pattern?.k !== "literal" || pattern.type !== "string") return false;
  return op.includes("like") && !op.startsWith("r")
    ? /^%+$/.test(pattern.value)
    : /^\^?\.\*\$?$/.test(pattern.value) && op !== "=";
}

function inItself(left: Expr | undefined, right: Expr | undefined, target: string | null): boolean {
  if (left === undefined || right === undefined) return false;
  if (right.k === "op") return right.args.some((each) => same(left, each));
  if (right.k !== "query" || !unconditional(right.query) || right.query.body.k !== "select") return false;
  // `delete from t where id in (select id from t)`
  const { items, from } = right.query.body;
  const table = from[0]?.factor;
  const source = table?.k === "table" ? table.name[table.name.length - 1]?.name : undefined;
  return (
    source !== undefined &&
    source === target &&
    left.k === "column" &&
    items[0]?.value.k === "column" &&
    lastName(left) === lastName(items[0].value)
  );
}

function lastName(column: ColumnName): string | undefined {
  return column.parts[column.parts.length - 1]?.name;
}

/** A query that nothing narrows: it finds a row whenever there is one. */
function unconditional(query: Query): boolean {
  const { body } = query;
  if (body.k === "subselect") return unconditional(body);
  if (body.k === "values") return true;
  if (body.k === "set")
    return (
      body.op !== "intersect" &&
      body.op !== "except" &&
      body.branches.some((branch) => branch.k === "select" && isOpen(branch))
    );
  return isOpen(body);
}

function isOpen(select: Select): boolean {
  const joined = select.from.some((from) => from.joins.length > 0);
  return (
    !joined &&
    select.having === null &&
    select.qualify === null &&
    (select.where === null || isAlwaysTrue(select.where))
  );
}

const OPPOSITES: ReadonlyMap<string, readonly string[]> = new Map([
  ["=", ["<>"]],
  ["<>", ["="]],
  ["<", [">", ">=", "<>"]],
  ["<=", [">", ">="]],
  [">", ["<", "<="]],
  [">=", ["<", "<="]],
  ["is null", ["is not null"]],
  ["is not null", ["is null"]],
  ["in", ["not in"]],
  ["not in", ["in"]],
  ["like", ["not like"]],
  ["not like", ["like"]],
  ["ilike", ["not ilike"]],
  ["not ilike", ["ilike"]],
  ["between", ["not between"]],
  ["not between", ["between"]],
]);

const TERMS_MAX = 50;

/** `a = 1 or a <> 1`, `a < 5 or a > 3`, `p or not p`: taken together they may cover everything. */
function hasComplement(terms: readonly Expr[]): boolean {
  if (terms.length > TERMS_MAX) return true;
  for (let i = 0; i < terms.length; i++)
    for (let j = i + 1; j < terms.length; j++) if (areComplements(terms[i], terms[j])) return true;
  return false;
}

function areComplements(a: Expr | undefined, b: Expr | undefined): boolean {
  if (a?.k === "op" && a.op === "not" && same(a.args[0], b)) return true;
  if (b?.k === "op" && b.op === "not" && same(b.args[0], a)) return true;
  if (a?.k !== "op" || b?.k !== "op") return false;
  return (
    (OPPOSITES.get(a.op)?.includes(b.op) ?? false) &&
    (same(a.args[0], b.args[0]) || same(a.args[0], b.args[1]) || same(a.args[1], b.args[0]))
  );
}

/** The same expression, spelled the same way after folding. */
function same(a: Expr | undefined, b: Expr | undefined): boolean {
  const budget = { left: COMPARED_MAX };
  return a !== undefined && b !== undefined && equal(a, b, budget);
}

function equal(a: Expr, b: Expr, budget: { left: number }): boolean {
  if (budget.left-- <= 0 || a.k !== b.k) return false;
  if (a.k === "query") return false;
  if (a.k === "column" && b.k === "column") return sameColumn(a.parts, b.parts);
  if (label(a) !== label(b)) return false;
  const left = childrenOf(a);
  const right = childrenOf(b);
  return left.length === right.length && left.every((each, i) => equal(each, right[i] ?? each, budget));
}

/** `t.id = id` is the same column more often than not, so it counts as such; `t.id = u.id` does not. */
function sameColumn(a: readonly Ident[], b: readonly Ident[]): boolean {
  const shared = Math.min(a.length, b.length);
  for (let i = 1; i <= shared; i++) if (a[a.length - i]?.name !== b[b.length - i]?.name) return false;
  return true;
}

function label(expr: Expr): string {
  switch (expr.k) {
    case "literal":
      return `${expr.type} ${expr.value}`;
    case "positional":
      return String(expr.index);
    case "variable":
      return expr.name;
    case "op":
      return expr.op;
    case "call":
      return expr.name.map((part) => part.name).join(".");
    case "path":
      return expr.steps.map((step) => ("name" in step ? step.name : "index" in step ? step.index : "*")).join(".");
    default:
      return expr.k;
  }
}
