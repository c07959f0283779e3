/**
 * Calls: what a function's value is made of, what steers it, and what the function reaches.
 * A function outside the closed table is a call, and its name needs a grant of its own.
 */

import type { Call, Expr } from "./ast.ts";
import type { Flow, Sink } from "./flow.ts";
import { COUNT, EMPTY, isBare, mergeEdge } from "./flow.ts";
import { BUILT_IN, CONDITION_ARGUMENTS, REACHING } from "./functions.ts";
import { DATE_UNIT_ARGUMENT, DATE_UNITS } from "./keywords.ts";
import { renderName } from "./names.ts";
import type { Resolution } from "./resolution.ts";
import { condition, flowOf, gather, resolveItem, useExpression } from "./resolve-expression.ts";
import { columnIfAny } from "./resolve-name.ts";
import type { Scope } from "./scope.ts";

export function resolveCall(ctx: Resolution, scope: Scope, call: Call, sink: Sink): void {
  ctx.step();
  const name = registerCall(ctx, call);
  if (name === "COUNT" && call.filter === null) countFlow(ctx, scope, call, sink);
  else gatherArguments(ctx, scope, call, name, sink);
  for (const item of call.within) {
    const ordering: Sink = new Map();
    gather(ctx, scope, item.value, ordering);
    ctx.use(ordering, "order");
    // PERCENTILE_CONT and its like return the ordering value itself.
    ctx.addDerived(sink, ordering);
  }
  if (call.filter !== null) condition(ctx, scope, call.filter, sink);
  if (call.over === null) return;
  for (const each of call.over.partition) useExpression(ctx, scope, each, "group");
  for (const each of call.over.order) useExpression(ctx, scope, each.value, "order");
  for (const each of call.over.frame) useExpression(ctx, scope, each, "predicate");
}

/** Notes the function and what it reaches; returns its plain name when it is Snowflake's own, else "". */
export function registerCall(ctx: Resolution, call: Call): string {
  const first = call.name[0];
  const single = call.name.length === 1 && first !== undefined && (!first.quoted || /^[A-Z0-9_$]+$/.test(first.name));
  const name = renderName(call.name.map((part) => part.name));
  ctx.functions.add(name);
  if (single && BUILT_IN.has(name)) return name;
  const reach = single ? (REACHING.get(name) ?? systemFunction(name)) : snowflakeFunction(call);
  if (reach !== undefined) {
    ctx.access(reach.action, "function", name);
    if (reach.opaque)
      ctx.reason("UNSUPPORTED", `What ${name} reads or reaches can't be told from the statement.`, call.start);
    return single ? name : "";
  }
  const object = ctx.objectName(call.name);
  ctx.access("call", "function", object);
  ctx.written.set(object, name);
  return "";
}

function systemFunction(name: string): { action: "call" | "egress"; opaque: boolean } | undefined {
  if (name.startsWith("SYSTEM$")) return { action: "call", opaque: true };
  if (name.startsWith("AI_")) return { action: "egress", opaque: true };
  return undefined;
}

/** SNOWFLAKE.CORTEX.COMPLETE and other functions of Snowflake's own database. */
function snowflakeFunction(call: Call): { action: "egress"; opaque: boolean } | undefined {
  const first = call.name[0]?.name;
  return first === "SNOWFLAKE" || first === "CORTEX" ? { action: "egress", opaque: true } : undefined;
}

function gatherArguments(ctx: Resolution, scope: Scope, call: Call, name: string, sink: Sink): void {
  const steering = CONDITION_ARGUMENTS.get(name);
  const unit = DATE_UNIT_ARGUMENT.get(name);
  const { length } = call.args;
  for (let i = 0; i < length; i++) {
    const arg = call.args[i];
    if (arg === undefined) continue;
    if (unit === i && isDateUnit(arg.value))
      ctx.addDerived(sink, columnIfAny(ctx, scope, arg.value.parts[0]?.name ?? "", resolveItem));
    else if (steering !== undefined && steers(steering, i, length)) condition(ctx, scope, arg.value, sink);
    else gather(ctx, scope, arg.value, sink);
  }
}

function isDateUnit(expr: Expr): expr is Extract<Expr, { k: "column" }> {
  const only = expr.k === "column" && expr.parts.length === 1 ? expr.parts[0] : undefined;
  return only !== undefined && !only.quoted && DATE_UNITS.has(only.name);
}

function steers(kind: "first" | "second" | "every" | "decode", index: number, count: number): boolean {
  switch (kind) {
    case "first":
      return index === 0;
    case "second":
      return index === 1;
    case "every":
      return true;
    case "decode":
      return index === 0 || (index % 2 === 1 && index < count - 1);
  }
}

/** COUNT of bare columns counts; of anything else it is a predicate in disguise. */
function countFlow(ctx: Resolution, scope: Scope, call: Call, sink: Sink): void {
  for (const arg of call.args) {
    if (
      arg.value.k === "star" &&
      arg.value.parts.length === 0 &&
      arg.value.ilike === null &&
      arg.value.exclude.length === 0
    )
      continue;
    const flow: Flow = arg.value.k === "star" ? EMPTY : flowOf(ctx, scope, arg.value);
    if (arg.value.k !== "star" && isBare(flow)) for (const column of flow.keys()) mergeEdge(sink, column, COUNT);
    else if (arg.value.k === "star") condition(ctx, scope, arg.value, sink);
    else {
      ctx.use(flow, "predicate");
      ctx.addDerived(sink, flow);
    }
  }
}
