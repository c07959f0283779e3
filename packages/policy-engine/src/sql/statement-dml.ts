/**
 * UPDATE, DELETE and MERGE: read and resolved. Outputs are what is written where: the target's column and the
 * columns that the new value comes from.
 */

import type { Expr, From, Ident } from "./ast.ts";
import type { Column } from "./catalog-index.ts";
import type { Cursor } from "./cursor.ts";
import { NOT_TABLE_ALIAS, RESERVED } from "./keywords.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseFromList } from "./parse-from.ts";
import { readValue } from "./parse-query.ts";
import type { Resolution } from "./resolution.ts";
import { flowOf, useExpression } from "./resolve-expression.ts";
import { addFrom } from "./resolve-from.ts";
import type { Scope } from "./scope.ts";
import { newScope } from "./scope.ts";
import type { Outcome, Statement } from "./statement.ts";
import { addTarget, outcome } from "./statement.ts";
import { readTargetName } from "./target-name.ts";
import { isAlwaysTrue } from "./where.ts";

interface Assignment {
  readonly column: Ident;
  readonly value: Expr;
}

const NOT_TARGET_ALIAS: ReadonlySet<string> = new Set([...NOT_TABLE_ALIAS, "SET"]);

function readAlias(c: Cursor): Ident | null {
  if (c.word("AS")) return c.ident(RESERVED);
  return c.isIdent(NOT_TARGET_ALIAS) ? c.ident(NOT_TARGET_ALIAS) : null;
}

function readAssignment(c: Cursor): Assignment {
  const parts = readColumnName(c);
  c.needOp("=");
  return { column: parts, value: readValueOrDefault(c) };
}

function readValueOrDefault(c: Cursor): Expr {
  const { start } = c;
  if (c.isWord("DEFAULT") && !c.isOp(".", 1)) {
    c.next();
    return { k: "literal", type: "other", value: "DEFAULT", start, end: c.end };
  }
  return parseExpression(c);
}

function readColumnName(c: Cursor): Ident {
  let name = c.ident(RESERVED);
  while (c.op(".")) name = c.ident(RESERVED);
  return name;
}

/** What an assignment writes; the target's column counts as touched. */
function assign(ctx: Resolution, scope: Scope, assignment: Assignment): Column {
  const [target] = scope.relations;
  const { name } = assignment.column;
  target?.touched?.columns.add(name);
  if (target !== undefined && target.open === null && !target.columns.some((column) => column.name === name))
    ctx.reason("UNRESOLVED_COLUMN", "The target has no such column.", assignment.column.start);
  const before = ctx.unresolved;
  const flow = flowOf(ctx, scope, assignment.value);
  return { name, flow, resolved: ctx.unresolved === before };
}

export function readUpdate(c: Cursor): Statement {
  c.needWord("UPDATE");
  const name = readTargetName(c);
  const alias = readAlias(c);
  c.needWord("SET");
  const sets = c.list(() => readAssignment(c));
  const from = c.word("FROM") ? parseFromList(c) : [];
  const where = c.word("WHERE") ? parseExpression(c) : null;
  return { class: "update", label: "UPDATE", resolve: (ctx) => resolveUpdate(ctx, name, alias, sets, from, where) };
}

function resolveUpdate(
  ctx: Resolution,
  name: readonly Ident[],
  alias: Ident | null,
  sets: readonly Assignment[],
  from: readonly From[],
  where: Expr | null,
): Outcome {
  const scope = newScope(null, null, []);
  addTarget(ctx, scope, "update", name, alias);
  for (const each of from) addFrom(ctx, scope, each);
  const columns = sets.map((each) => assign(ctx, scope, each));
  return outcome({ columns, ...whereFacts(ctx, scope, where, name) });
}

function whereFacts(
  ctx: Resolution,
  scope: Scope,
  where: Expr | null,
  target: readonly Ident[],
): Pick<Outcome, "hasWhere" | "whereIsAlwaysTrue"> {
  if (where === null) return { hasWhere: false, whereIsAlwaysTrue: false };
  useExpression(ctx, scope, where, "predicate");
  return { hasWhere: true, whereIsAlwaysTrue: isAlwaysTrue(where, target[target.length - 1]?.name ?? null) };
}

export function readDelete(c: Cursor): Statement {
  c.needWord("DELETE");
  c.needWord("FROM");
  const name = readTargetName(c);
  const alias = readAlias(c);
  const using = c.word("USING") ? parseFromList(c) : [];
  const where = c.word("WHERE") ? parseExpression(c) : null;
  return {
    class: "delete",
    label: "DELETE",
    resolve: (ctx) => {
      const scope = newScope(null, null, []);
      addTarget(ctx, scope, "delete", name, alias);
      // A row goes as a whole.
      scope.relations[0]?.touched?.columns.add("*");
      for (const each of using) addFrom(ctx, scope, each);
      return outcome(whereFacts(ctx, scope, where, name));
    },
  };
}

interface MergeClause {
  readonly matched: boolean;
  readonly condition: Expr | null;
  readonly kind: "update" | "insert" | "delete";
  readonly sets: readonly Assignment[];
  readonly columns: readonly Ident[] | null;
  readonly values: readonly Expr[];
  readonly allByName: boolean;
}

export function readMerge(c: Cursor): Statement {
  c.needWord("MERGE");
  c.needWord("INTO");
  const name = readTargetName(c);
  const alias = readAlias(c);
  c.needWord("USING");
  const source = parseFromList(c);
  c.needWord("ON");
  const on = parseExpression(c);
  const clauses: MergeClause[] = [];
  while (c.word("WHEN")) clauses.push(readMergeClause(c));
  if (clauses.length === 0) c.fail("MERGE without WHEN.");
  return { class: "merge", label: "MERGE", resolve: (ctx) => resolveMerge(ctx, name, alias, source, on, clauses) };
}

function readMergeClause(c: Cursor): MergeClause {
  const matched = !c.word("NOT");
  c.needWord("MATCHED");
  if (c.word("BY") && !c.word("SOURCE")) c.needWord("TARGET");
  const condition = c.word("AND") ? parseExpression(c) : null;
  c.needWord("THEN");
  const base = { matched, condition, sets: [], columns: null, values: [], allByName: false };
  if (c.word("DELETE")) return { ...base, kind: "delete" };
  if (c.word("UPDATE")) {
    if (c.words("ALL", "BY", "NAME")) return { ...base, kind: "update", allByName: true };
    c.needWord("SET");
    return { ...base, kind: "update", sets: c.list(() => readAssignment(c)) };
  }
  c.needWord("INSERT");
  if (c.words("ALL", "BY", "NAME")) return { ...base, kind: "insert", allByName: true };
  const columns = c.isOp("(") ? c.parenList(() => readColumnName(c)) : null;
  c.needWord("VALUES");
  return { ...base, kind: "insert", columns, values: c.parenList(() => readValue(c)) };
}

function resolveMerge(
  ctx: Resolution,
  name: readonly Ident[],
  alias: Ident | null,
  source: readonly From[],
  on: Expr,
  clauses: readonly MergeClause[],
): Outcome {
  const scope = newScope(null, null, []);
  const targetColumns = addTarget(ctx, scope, "merge", name, alias);
  for (const each of source) addFrom(ctx, scope, each);
  useExpression(ctx, scope, on, "join");
  const columns = clauses.flatMap((clause) => resolveMergeClause(ctx, scope, clause, targetColumns));
  // A row that is deleted goes as a whole, whatever else the MERGE writes.
  if (clauses.some((clause) => clause.kind === "delete"))
    addTarget(ctx, newScope(null, null, []), "delete", name, null);
  if (clauses.some((clause) => clause.kind === "delete")) markWhole(ctx, "delete");
  return outcome({ columns });
}

function markWhole(ctx: Resolution, action: "delete"): void {
  for (const record of ctx.accesses.values()) if (record.action === action) record.columns.add("*");
}

function resolveMergeClause(
  ctx: Resolution,
  scope: Scope,
  clause: MergeClause,
  targetColumns: readonly string[],
): Column[] {
  if (clause.condition !== null) useExpression(ctx, scope, clause.condition, "predicate");
  if (clause.allByName) return byName(ctx, scope, targetColumns);
  if (clause.kind === "update") return clause.sets.map((each) => assign(ctx, scope, each));
  if (clause.kind === "delete") return [];
  const names = clause.columns?.map((ident) => ident.name) ?? targetColumns;
  if (names.length !== clause.values.length)
    ctx.reason("UNRESOLVED_COLUMN", "INSERT of another number of values.", clause.values[0]?.start ?? null);
  return clause.values.map((value, i): Column => {
    const column = names[i] ?? null;
    if (column !== null) scope.relations[0]?.touched?.columns.add(column);
    return { name: column, flow: flowOf(ctx, scope, value), resolved: true };
  });
}

/** `ALL BY NAME`: every source column goes to the target column of its name. */
function byName(ctx: Resolution, scope: Scope, targetColumns: readonly string[]): Column[] {
  const [target, ...sources] = scope.relations;
  if (sources.some((rel) => rel.open !== null))
    ctx.reason("UNRESOLVED_COLUMN", "ALL BY NAME over columns that are not known.", null);
  const out: Column[] = [];
  for (const rel of sources)
    for (const column of rel.columns) {
      if (column.name === null || !targetColumns.includes(column.name)) continue;
      rel.touched?.columns.add(column.name);
      target?.touched?.columns.add(column.name);
      out.push(column);
    }
  return out;
}
