/**
 * What one statement's resolution collects: accesses, indirect uses, functions, spans, and every reason why
 * it is not complete. Collecting twice is collecting once, so a part may be resolved again (recursive CTEs).
 */

import type { Action, ColumnRef, ColumnUse, Incomplete, ObjectKind, SessionContext } from "../facts.ts";
import type { Call, Ident, Query } from "./ast.ts";
import type { CatalogIndex } from "./catalog-index.ts";
import { ParseStop } from "./cursor.ts";
import type { Flow, Sink } from "./flow.ts";
import { DERIVED, mergeEdge } from "./flow.ts";
import { renderName, renderPart } from "./names.ts";
import type { CteScope, Result, Scope } from "./scope.ts";
import type { Token } from "./token.ts";
import { QUOTED, WORD } from "./token.ts";

/** Steps of resolution per statement: bounds time when parts are resolved repeatedly. */
const WORK_MAX = 400_000;
const REASONS_MAX = 20;
/** Deepest chain of views over views. */
export const VIEW_DEPTH_MAX = 16;

export interface AccessRecord {
  readonly action: Action;
  readonly kind: ObjectKind;
  readonly object: string;
  readonly columns: Set<string>;
}

export interface ResolutionInput {
  readonly index: CatalogIndex;
  readonly session: SessionContext;
  readonly sql: string;
  readonly tokens: readonly Token[];
  /** Objects that earlier statements of the same text changed: what the catalog says of them is stale. */
  readonly stale: ReadonlySet<string>;
  /** An earlier statement of the same text may have moved the session: unqualified names are not known. */
  readonly sessionUnknown: boolean;
  readonly viewDepth: number;
  /** Handed in, so that expressions can hold queries without importing their resolver. */
  readonly resolver: (ctx: Resolution, query: Query, outer: Scope | null, ctes: CteScope | null) => Result;
  /** Likewise for calls: an expression holds calls, and a call holds expressions. */
  readonly caller: (ctx: Resolution, scope: Scope, call: Call, sink: Sink) => void;
}

const USE_BITS: readonly (readonly [ColumnUse, number])[] = [
  ["predicate", 1],
  ["join", 2],
  ["group", 4],
  ["order", 8],
];
const BIT_OF = new Map(USE_BITS);

export class Resolution {
  readonly input: ResolutionInput;
  readonly index: CatalogIndex;
  readonly accesses = new Map<string, AccessRecord>();
  readonly indirect = new Map<ColumnRef, number>();
  readonly functions = new Set<string>();
  readonly reasons: Incomplete[] = [];
  readonly spans: { object: string; start: number; end: number }[] = [];
  /** Every table and view that is read in the end, views' own sources included. */
  readonly underlying = new Set<string>();
  /** As written, for reports that name a function or a stage the way the statement does. */
  readonly written = new Map<string, string>();
  /** The statement's outermost query: only there may a star's columns be left to the warehouse to announce. */
  root: Query | null = null;
  /** The result's columns are what the warehouse announces; none of them has lineage. */
  announced = false;
  /** Grows when a name could not be resolved; the output being worked out then is not proved. */
  unresolved = 0;
  #work = 0;
  #seenReasons = new Set<string>();

  constructor(input: ResolutionInput) {
    this.input = input;
    this.index = input.index;
  }

  resolveQuery(query: Query, outer: Scope | null, ctes: CteScope | null): Result {
    return this.input.resolver(this, query, outer, ctes);
  }

  step(): void {
    if (++this.#work > WORK_MAX) throw new ParseStop("LIMIT", "The statement needs too much work to resolve.", 0);
  }

  reason(code: string, text: string, at: number | null): void {
    const key = `${code} ${text}`;
    if (this.#seenReasons.has(key) || this.reasons.length >= REASONS_MAX) return;
    this.#seenReasons.add(key);
    this.reasons.push({ code, text, at });
  }

  access(action: Action, kind: ObjectKind, object: string, columns: readonly string[] = []): AccessRecord {
    const key = `${action} ${kind} ${object}`;
    let record = this.accesses.get(key);
    if (record === undefined) {
      record = { action, kind, object, columns: new Set() };
      this.accesses.set(key, record);
    }
    for (const column of columns) record.columns.add(column);
    return record;
  }

  span(object: string, start: number, end: number): void {
    if (this.spans.length < 1000 && this.input.viewDepth === 0) this.spans.push({ object, start, end });
  }

  use(flow: Flow, use: ColumnUse): void {
    const bit = BIT_OF.get(use) ?? 1;
    for (const column of flow.keys()) {
      this.indirect.set(column, (this.indirect.get(column) ?? 0) | bit);
      for (const path of this.index.pathsOf(column)) this.indirect.set(path, (this.indirect.get(path) ?? 0) | bit);
    }
  }

  /** Adds what a computed value is made of. A whole semi-structured column brings its tagged paths along. */
  addDerived(sink: Sink, flow: Flow): void {
    for (const column of flow.keys()) {
      mergeEdge(sink, column, DERIVED);
      for (const path of this.index.pathsOf(column)) mergeEdge(sink, path, DERIVED);
    }
  }

  indirectUses(): { column: ColumnRef; used: ColumnUse[] }[] {
    const uses = [...this.indirect].map(([column, bits]) => ({ column, used: usesOf(bits) }));
    return uses.sort((a, b) => (a.column < b.column ? -1 : 1));
  }

  /** Full name of an object with missing parts from the session, then from the catalog's defaults. */
  fill(name: readonly Ident[]): string[] {
    const parts = name.map((part) => part.name);
    const { session } = this.input;
    if (parts.length < 3 && this.input.sessionUnknown)
      this.reason(
        "UNRESOLVED_OBJECT",
        "An earlier statement may have changed the current database or schema.",
        name[0]?.start ?? null,
      );
    if (parts.length === 1) {
      const schema = session.schema ?? this.index.defaultSchema;
      if (schema !== null) parts.unshift(schema);
    }
    if (parts.length === 2) {
      const database = session.database ?? this.index.defaultDatabase;
      if (database !== null) parts.unshift(database);
    }
    return parts;
  }

  /** Canonical name with missing parts filled, and its place in the text. */
  objectName(name: readonly Ident[]): string {
    const object = renderName(this.fill(name));
    const first = name[0];
    const last = name[name.length - 1];
    if (first !== undefined && last !== undefined) this.span(object, first.start, last.end);
    return object;
  }

  /** Whether a name occurs in a part of the text; decides only what is looked at, never what is allowed. */
  mentions(name: string, start: number, end: number): boolean {
    const { tokens } = this.input;
    let low = 0;
    let high = tokens.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tokens[middle]?.start ?? 0) < start) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < tokens.length; i++) {
      const token = tokens[i];
      if (token === undefined || token.start >= end) return false;
      if (token.text === name && (token.kind === WORD || token.kind === QUOTED)) return true;
    }
    return false;
  }
}

function usesOf(bits: number): ColumnUse[] {
  return USE_BITS.filter(([, bit]) => (bits & bit) !== 0).map(([use]) => use);
}

/** Reference to a column of an object whose columns are not in the catalog. */
export function openRef(object: string, column: string): ColumnRef {
  return object === "" ? renderPart(column) : `${object}.${renderPart(column)}`;
}
