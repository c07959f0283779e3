/**
 * Table functions in FROM. Those of Snowflake that only turn their arguments into rows are known by their columns;
 * any other is a call whose rows can come from anywhere.
 */

import type { Call, FunctionFactor } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Flow, Sink } from "./flow.ts";
import { EMPTY } from "./flow.ts";
import { renderName } from "./names.ts";
import { renameColumns } from "./rename-columns.ts";
import type { Resolution } from "./resolution.ts";
import { registerCall } from "./resolve-call.ts";
import { gather } from "./resolve-expression.ts";
import type { Scope } from "./scope.ts";
import { relation } from "./scope.ts";
import { isStructural } from "./structural-input.ts";

/** Columns, and whether each carries the input. */
const KNOWN: ReadonlyMap<string, readonly (readonly [string, boolean])[]> = new Map([
  [
    "FLATTEN",
    [
      ["SEQ", false],
      ["KEY", true],
      ["PATH", true],
      ["INDEX", true],
      ["VALUE", true],
      ["THIS", true],
    ],
  ],
  [
    "SPLIT_TO_TABLE",
    [
      ["SEQ", false],
      ["INDEX", true],
      ["VALUE", true],
    ],
  ],
  [
    "STRTOK_SPLIT_TO_TABLE",
    [
      ["SEQ", false],
      ["INDEX", true],
      ["VALUE", true],
    ],
  ],
  ["GENERATOR", []],
]);

/** INFORMATION_SCHEMA functions that say something about objects; every other one there tells history. */
const METADATA_FUNCTIONS = new Set([
  "TAG_REFERENCES",
  "TAG_REFERENCES_ALL_COLUMNS",
  "POLICY_REFERENCES",
  "EXTERNAL_TABLE_FILES",
  "STAGE_DIRECTORY_FILE_REGISTRATION_HISTORY",
]);

export function addTableFunction(ctx: Resolution, scope: Scope, factor: FunctionFactor): null {
  const { call } = factor;
  const input: Sink = new Map();
  for (const arg of call.args) gather(ctx, scope, arg.value, input);
  const structural = isStructural(ctx, scope, call);
  if (!structural) ctx.use(input, "predicate");
  if (call.within.length > 0 || call.filter !== null || call.distinct)
    ctx.reason("UNSUPPORTED", "A table function with clauses of an aggregate.", call.start);
  for (const each of [...(call.over?.partition ?? []), ...(call.over?.order ?? []).map((item) => item.value)])
    gather(ctx, scope, each, input);
  const first = call.name[0];
  const known = call.name.length === 1 && first !== undefined ? KNOWN.get(first.name) : undefined;
  if (known === undefined) {
    unknownFunction(ctx, scope, factor, input);
    return null;
  }
  ctx.functions.add(first?.name ?? "");
  const columns = known.map(([name, carries]): Column => ({ name, flow: carries ? input : EMPTY, resolved: true }));
  const alias = factor.alias?.name ?? null;
  scope.relations.push(
    relation(alias, renameColumns(ctx, columns, factor.columns, factor.start), null, { structural }),
  );
  return null;
}

function unknownFunction(ctx: Resolution, scope: Scope, factor: FunctionFactor, input: Flow): void {
  const { call } = factor;
  const schema = call.name[call.name.length - 2]?.name;
  const name = renderName(call.name.map((part) => part.name));
  if (schema === "INFORMATION_SCHEMA") informationFunction(ctx, call);
  else {
    ctx.use(input, "predicate");
    registerCall(ctx, call);
    ctx.reason("UNSUPPORTED", "A table function whose rows can come from anywhere.", call.start);
  }
  scope.relations.push(
    relation(factor.alias?.name ?? null, [{ name: null, flow: input, resolved: false }], null, { open: name }),
  );
}

function informationFunction(ctx: Resolution, call: Call): void {
  const name = call.name[call.name.length - 1]?.name ?? "";
  ctx.functions.add(renderName(call.name.map((part) => part.name)));
  ctx.access(
    METADATA_FUNCTIONS.has(name) ? "metadata" : "history",
    "function",
    renderName(["INFORMATION_SCHEMA", name]),
    ["*"],
  );
}
