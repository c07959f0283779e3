/**
 * How many rows a table function makes can be the answer to a question: `FLATTEN(SPLIT(email, 'ada'))` makes two
 * where the guess is right. FLATTEN of data as it stands makes as many as the data has elements, whatever the
 * statement hopes for. Everything that isn't surely of that kind counts as steering.
 */

import type { Call, ColumnName, Expr } from "./ast.ts";
import { isBare } from "./flow.ts";
import type { Resolution } from "./resolution.ts";
import { flowOf } from "./resolve-expression.ts";
import { findRelations } from "./resolve-name.ts";
import type { Scope } from "./scope.ts";
import { columnOf } from "./scope.ts";

/** True for FLATTEN of a column, of a constant path of one, or of a row put together without a computation. */
export function isStructural(ctx: Resolution, scope: Scope, call: Call): boolean {
  if (call.name.length !== 1 || call.name[0]?.name !== "FLATTEN") return false;
  return call.args.every(({ name, value }, i) =>
    name === "INPUT" || (name === null && i === 0)
      ? isAsItStands(ctx, scope, value)
      : value.k === "literal" || value.k === "bind",
  );
}

function isAsItStands(ctx: Resolution, scope: Scope, expr: Expr): boolean {
  switch (expr.k) {
    case "literal":
    case "bind":
      return true;
    case "star":
      return expr.replace.length === 0;
    case "column":
      return isBare(flowOf(ctx, scope, expr)) || comesFromStructure(scope, expr);
    case "cast":
      return isAsItStands(ctx, scope, expr.value);
    case "path":
      return expr.steps.every((step) => !("value" in step)) && isAsItStands(ctx, scope, expr.base);
    case "call":
      return isConstructor(expr) && expr.args.every((arg) => isAsItStands(ctx, scope, arg.value));
    default:
      return false;
  }
}

/** A column of another FLATTEN of data as it stands. */
function comesFromStructure(scope: Scope, { parts }: ColumnName): boolean {
  const name = parts[parts.length - 1]?.name ?? "";
  const qualifier = parts.slice(0, -1).map((part) => part.name);
  const relations =
    qualifier.length > 0 ? findRelations(scope, qualifier) : scope.relations.filter((rel) => columnOf(rel, name));
  return relations.length > 0 && relations.every((rel) => rel.structural && rel.open === null);
}

/** `OBJECT_CONSTRUCT(*)`, `OBJECT_CONSTRUCT('key', value)`: keys are given, never values. */
function isConstructor({ name, args }: Call): boolean {
  const function_ = name.length === 1 ? name[0]?.name : undefined;
  if (function_ === "ARRAY_CONSTRUCT") return true;
  if (function_ !== "OBJECT_CONSTRUCT" && function_ !== "OBJECT_CONSTRUCT_KEEP_NULL") return false;
  return args.every(({ value }, i) => value.k === "star" || i % 2 === 1 || value.k === "literal");
}
