/**
 * Flow: which base columns a value comes from, and how. A flow is a map that is never changed once it is shared;
 * the flow of a bare table column is made once per catalog and shared by every statement.
 */

import type { ColumnRef, LineageEdge, LineageVia } from "../facts.ts";

export const BARE = 0;
export const COUNT = 1;
export const DERIVED = 2;
export type Via = 0 | 1 | 2;

export type Flow = ReadonlyMap<ColumnRef, Via>;
export type Sink = Map<ColumnRef, Via>;

export const EMPTY: Flow = new Map();
/** The value NULL: in a set operation it leaves the other branches as they are. Compared by identity. */
export const NULL_VALUE: Flow = new Map();

const NAMES: readonly LineageVia[] = ["bare", "count", "derived"];

export function edgesOf(flow: Flow): LineageEdge[] {
  const edges: LineageEdge[] = [];
  for (const [column, via] of flow) edges.push({ column, via: NAMES[via] ?? "derived" });
  return edges.length < 2 ? edges : edges.sort((a, b) => (a.column < b.column ? -1 : 1));
}

export function isBare(flow: Flow): boolean {
  for (const via of flow.values()) if (via !== BARE) return false;
  return true;
}

/** Several columns that one name may mean: each arrives as it is. */
export function uniteFlows(flows: readonly Flow[]): Flow {
  const first = flows[0];
  if (first === undefined) return EMPTY;
  if (flows.length === 1) return first;
  const sink: Sink = new Map();
  for (const flow of flows) for (const [column, via] of flow) mergeEdge(sink, column, via);
  return sink;
}

export function mergeEdge(sink: Sink, column: ColumnRef, via: Via): void {
  const known = sink.get(column);
  if (known === undefined || known < via) sink.set(column, via);
}

function sameColumns(a: Flow, b: Flow): boolean {
  if (a === b) return true;
  if (a.size !== b.size) return false;
  for (const [column, via] of a) if (b.get(column) !== via) return false;
  return true;
}

/** True when every branch is the same bare column, or NULL. */
export function sameBare(branches: readonly Flow[]): boolean {
  let seen: Flow | null = null;
  for (const flow of branches) {
    if (flow === NULL_VALUE) continue;
    if (flow.size === 0 || !isBare(flow) || (seen !== null && !sameColumns(seen, flow))) return false;
    seen = flow;
  }
  return true;
}
