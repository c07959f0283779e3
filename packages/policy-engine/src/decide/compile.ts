/**
 * The index over a bundle's rules. Grants and guardrails are filed under action and the literal beginning of the
 * object's name, guardrails over tagged columns under their tags, so that a decision looks at the rules that can
 * speak and at no others. Identical selectors and windows are evaluated once per decision.
 *
 * INVARIANT (index): a rule that could match an access is always among the candidates; the match is decided
 * by `match.ts` alone. The reference implementation, which has no index, is compared on random input.
 */

import type { RuleRef } from "../decision.ts";
import { ACTIONS, type Action } from "../facts.ts";
import type { Grant, Guardrail, PolicyDocument, Who, Window } from "../policy/documents.ts";
import { literalPrefix } from "../policy/object-pattern.ts";
import { isAboutColumns } from "./about-columns.ts";

/** What grants and guardrails have in common once compiled. */
export interface CompiledRule<R> {
  /** Position in `CompiledRules.grants` or `.guardrails`. */
  readonly index: number;
  readonly rule: R;
  readonly ref: RuleRef;
  /** Which distinct selector, or -1. */
  readonly who: number;
  readonly except: number;
  readonly window: number;
}

/** Rules of one bucket that share a selector: one answer lets all of them in or turns all of them away. */
export interface RuleGroup<R> {
  readonly who: number;
  readonly rules: readonly CompiledRule<R>[];
}

type ByPrefix<R> = ReadonlyMap<string, readonly RuleGroup<R>[]>;

export interface CompiledRules {
  readonly grants: readonly CompiledRule<Grant>[];
  readonly guardrails: readonly CompiledRule<Guardrail>[];
  readonly selectors: readonly Who[];
  readonly windows: readonly Window[];
  readonly grantIndex: ReadonlyMap<Action, ByPrefix<Grant>>;
  readonly guardrailIndex: ReadonlyMap<Action, ByPrefix<Guardrail>>;
  /** Guardrails with `columns: { tagged }`, by tag. */
  readonly taggedIndex: ReadonlyMap<string, readonly RuleGroup<Guardrail>[]>;
  /** Guardrails that no access finds: they speak on literals, or follow columns through views. There are few. */
  readonly unfiledGuardrails: readonly CompiledRule<Guardrail>[];
}

/** Interns equal values by their JSON text. */
class Interned<T> {
  readonly values: T[] = [];
  readonly #ids = new Map<string, number>();

  id(value: T | null): number {
    if (value === null) return -1;
    const key = JSON.stringify(value);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.values.push(value) - 1;
    this.#ids.set(key, id);
    return id;
  }
}

type Mutable<R> = Map<Action, Map<string, CompiledRule<R>[]>>;

function file<R>(
  index: Mutable<R>,
  actions: readonly Action[],
  prefixes: readonly string[],
  rule: CompiledRule<R>,
): void {
  for (const action of actions) {
    const byPrefix = index.get(action) ?? new Map<string, CompiledRule<R>[]>();
    index.set(action, byPrefix);
    for (const prefix of new Set(prefixes)) pushTo(byPrefix, prefix, rule);
  }
}

function pushTo<V>(buckets: Map<string, V[]>, key: string, value: V): void {
  const bucket = buckets.get(key);
  if (bucket === undefined) buckets.set(key, [value]);
  else bucket.push(value);
}

/** Builds the index. Rules are put in the order of their ids, so that neither files nor their order show in a decision. */
export function compileRules(policies: readonly PolicyDocument[]): CompiledRules {
  const selectors = new Interned<Who>();
  const windows = new Interned<Window>();
  const compile = <R extends Grant | Guardrail>(rule: R, index: number): CompiledRule<R> => ({
    index,
    rule,
    ref: { rule: rule.id, policy: rule.origin.policy, file: rule.origin.file, line: rule.origin.line },
    who: selectors.id(rule.who),
    except: rule.type === "guardrail" ? selectors.id(rule.except) : -1,
    window: windows.id(rule.during),
  });
  const grants = policies
    .flatMap((policy) => policy.grants)
    .sort(byId)
    .map(compile);
  const guardrails = policies
    .flatMap((policy) => policy.guardrails)
    .sort(byId)
    .map(compile);
  return { grants, guardrails, selectors: selectors.values, windows: windows.values, ...indexed(grants, guardrails) };
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

function indexed(grants: readonly CompiledRule<Grant>[], guardrails: readonly CompiledRule<Guardrail>[]) {
  const grantIndex: Mutable<Grant> = new Map();
  const guardrailIndex: Mutable<Guardrail> = new Map();
  const taggedIndex = new Map<string, CompiledRule<Guardrail>[]>();
  const unfiledGuardrails: CompiledRule<Guardrail>[] = [];
  for (const grant of grants) file(grantIndex, grant.rule.may, grant.rule.on.map(literalPrefix), grant);
  for (const guardrail of guardrails) {
    const { rule } = guardrail;
    if (rule.at === "literals" || isAboutColumns(rule)) unfiledGuardrails.push(guardrail);
    else if (rule.columns !== null) {
      for (const tag of new Set(rule.columns.tagged)) pushTo(taggedIndex, tag, guardrail);
    } else file(guardrailIndex, rule.to ?? ACTIONS, rule.on?.map(literalPrefix) ?? [""], guardrail);
  }
  return {
    grantIndex: groupedByPrefix(grantIndex),
    guardrailIndex: groupedByPrefix(guardrailIndex),
    taggedIndex: grouped(taggedIndex),
    unfiledGuardrails,
  };
}

function groupedByPrefix<R>(index: Mutable<R>): ReadonlyMap<Action, ByPrefix<R>> {
  return new Map([...index].map(([action, byPrefix]) => [action, grouped(byPrefix)]));
}

function grouped<R>(buckets: ReadonlyMap<string, readonly CompiledRule<R>[]>): ByPrefix<R> {
  return new Map([...buckets].map(([key, rules]) => [key, groupsOf(rules)]));
}

function groupsOf<R>(rules: readonly CompiledRule<R>[]): readonly RuleGroup<R>[] {
  const byWho = Map.groupBy(rules, (rule) => rule.who);
  return [...byWho].map(([who, own]) => ({ who, rules: own }));
}
