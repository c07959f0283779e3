/**
 * One decision's working view of its facts: accesses with their names taken apart, tags by column, and the answers
 * of selectors and windows, each worked out once. Lives for one call of `decide`; facts are never changed.
 */
import type { DecisionFacts, Moment, Principal } from "../decision.ts";
import type { Access, ColumnRef, IndirectUse, StatementFacts } from "../facts.ts";
import { partsOf } from "../policy/object-pattern.ts";
import { isInside } from "../policy/window.ts";
import type { CompiledRules } from "./compile.ts";
import { matchWho } from "./who.ts";

/** An access with its object's name taken apart. */
export interface AccessView {
  readonly access: Access;
  readonly parts: readonly string[];
  /** `""`, `DB`, `DB\0SCHEMA` …: the keys under which the index files patterns that could cover the object. */
  readonly prefixes: readonly string[];
}

/** A column reference taken apart. */
export interface ColumnView {
  readonly ref: ColumnRef;
  readonly object: string;
  readonly parts: readonly string[];
  /** Canonical name of the column, without a path. */
  readonly column: string;
  /** The path after the colon, or null. */
  readonly path: string | null;
  /** Its own tags and those of the column and of every path above it. */
  readonly tags: readonly string[];
}

export interface Situation {
  readonly facts: DecisionFacts;
  readonly moment: Moment;
  readonly rules: CompiledRules;
  readonly accesses: readonly AccessView[];
  readonly isObjectAccessed: (object: string) => boolean;
  readonly column: (ref: ColumnRef) => ColumnView;
  readonly taggedColumns: readonly ColumnView[];
  /**
   * Guardrails needn't guess what an access that isn't understood might touch, because no grant covers it and the
   * statement is denied for that. They still speak about what was understood.
   */
  readonly isUnknownRefused: boolean;
  readonly indirect: readonly IndirectUse[];
  readonly who: (selector: number) => boolean | null;
  readonly window: (window: number) => boolean | null;
}

const UNKNOWN_ACCESS: Access = { action: "unknown", kind: "other", object: "", columns: ["*"] };
const SESSION_ACCESS: Access = { action: "session", kind: "session", object: "", columns: [] };

/** `policy.md` §2.7 and §2.12: what isn't understood is the access `unknown`; a statement without accesses is one access `session`. */
export function accessesOf(facts: DecisionFacts): readonly Access[] {
  const { accesses, complete } = facts.statement;
  if (!complete && !accesses.some((access) => access.action === "unknown")) return [...accesses, UNKNOWN_ACCESS];
  return accesses.length === 0 ? [SESSION_ACCESS] : accesses;
}

function viewOf(access: Access): AccessView {
  const parts = partsOf(access.object);
  const prefixes = [""];
  let prefix = "";
  for (const [i, part] of parts.entries()) {
    prefix = i === 0 ? part : `${prefix}\u0000${part}`;
    prefixes.push(prefix);
  }
  return { access, parts, prefixes };
}

/** What depends on the statement alone. */
interface StatementView {
  readonly accesses: readonly AccessView[];
  readonly objects: ReadonlySet<string>;
  readonly column: (ref: ColumnRef) => ColumnView;
  readonly taggedColumns: readonly ColumnView[];
}

/** Facts are immutable, and the same statement is decided again and again: its view is kept as long as its facts are. */
const statementViews = new WeakMap<StatementFacts, StatementView>();

function statementView(facts: DecisionFacts): StatementView {
  const { statement } = facts;
  const known = statementViews.get(statement);
  if (known !== undefined) return known;
  const accesses = accessesOf(facts).map(viewOf);
  const columns = new Map<ColumnRef, ColumnView>();
  const column = (ref: ColumnRef): ColumnView => {
    const seen = columns.get(ref);
    if (seen !== undefined) return seen;
    const view = columnView(ref, statement.tags);
    columns.set(ref, view);
    return view;
  };
  const view: StatementView = {
    accesses,
    objects: new Set(accesses.map((each) => each.access.object)),
    column,
    taggedColumns: Object.keys(statement.tags).map(column),
  };
  statementViews.set(statement, view);
  return view;
}

export function newSituation(rules: CompiledRules, facts: DecisionFacts, moment: Moment): Situation {
  const { accesses, objects, column, taggedColumns } = statementView(facts);
  return {
    facts,
    moment,
    rules,
    accesses,
    isObjectAccessed: (object) => objects.has(object),
    column,
    taggedColumns,
    isUnknownRefused: false,
    indirect: facts.statement.indirect,
    who: whoOf(rules, facts.principal),
    window: memoised(rules.windows, (window) => isInside(window, Date.parse(facts.at))),
  };
}

const selectorAnswers = new WeakMap<CompiledRules, WeakMap<Principal, (selector: number) => boolean | null>>();

/** Whom a selector means depends on the principal alone, who is the same for a whole session. */
function whoOf(rules: CompiledRules, principal: Principal): (selector: number) => boolean | null {
  const byPrincipal = selectorAnswers.get(rules) ?? new WeakMap<Principal, (selector: number) => boolean | null>();
  selectorAnswers.set(rules, byPrincipal);
  const known = byPrincipal.get(principal);
  if (known !== undefined) return known;
  const answers = memoised(rules.selectors, (selector) => matchWho(selector, principal));
  byPrincipal.set(principal, answers);
  return answers;
}

/** Answers by index, each worked out at most once; -1 stands for "not asked for", which always holds. */
function memoised<T>(values: readonly T[], answer: (value: T) => boolean | null): (index: number) => boolean | null {
  const memo = new Array<boolean | null | undefined>(values.length);
  return (index) => {
    const known = memo[index];
    if (known !== undefined) return known;
    const value = values[index];
    if (value === undefined) return true;
    const fresh = answer(value);
    memo[index] = fresh;
    return fresh;
  };
}

type Tags = Readonly<Record<ColumnRef, readonly string[]>>;

function columnView(ref: ColumnRef, tags: Tags): ColumnView {
  const colon = indexOutsideQuotes(ref, ":", 0);
  const base = colon === -1 ? ref : ref.slice(0, colon);
  const path = colon === -1 ? null : ref.slice(colon + 1);
  const dot = lastDotOutsideQuotes(base);
  const object = base.slice(0, Math.max(0, dot));
  return { ref, object, parts: partsOf(object), column: base.slice(dot + 1), path, tags: tagsAbove(base, path, tags) };
}

function tagsAbove(base: string, path: string | null, tags: Tags): readonly string[] {
  const own = tagsAt(tags, base);
  if (path === null) return own;
  const all = new Set(own);
  for (let end = 1; end <= path.length; end++) {
    const isBoundary = end === path.length || path[end] === "." || path[end] === "[";
    if (isBoundary) for (const tag of tagsAt(tags, `${base}:${path.slice(0, end)}`)) all.add(tag);
  }
  return [...all];
}

function tagsAt(tags: Tags, ref: string): readonly string[] {
  return Object.hasOwn(tags, ref) ? (tags[ref] ?? []) : [];
}

function indexOutsideQuotes(text: string, sought: string, from: number): number {
  if (!text.includes('"')) return text.indexOf(sought, from);
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (!quoted && text[at] === sought) return at;
  }
  return -1;
}

function lastDotOutsideQuotes(text: string): number {
  let last = -1;
  for (let at = indexOutsideQuotes(text, ".", 0); at !== -1; at = nextDot(text, at)) last = at;
  return last;
}

function nextDot(text: string, at: number): number {
  // Between parts no quote is open, so that the search may start afresh after a dot.
  return indexOutsideQuotes(text, ".", at + 1);
}
