/**
 * The mask plan of a statement, from its lineage.
 *
 * INVARIANT (own method only bare): an output takes its column's own method only where every edge of it is bare and
 * they agree; through anything else it takes redact (or null). A count doesn't mask. What isn't resolved takes the
 * strictest of everything in scope. The plan says the method; what a number or a date becomes is decided where the type is known.
 * INVARIANT (no copies): values that a statement writes somewhere instead of returning them can't be masked, so a protected
 * column among them is a copy, which `decide` denies.
 */
import type { ColumnMask, ColumnScan, MaskPlan, PathMask, RuleRef } from "../decision.ts";
import type { ColumnRef, LineageEdge, OutputColumn } from "../facts.ts";
import type { Guardrail } from "../policy/documents.ts";
import type { CompiledRule } from "./compile.ts";
import { atLeastRedact, isSameMask, joinMasks, joinRefs, type LabelledMask } from "./join.ts";
import { coversColumn, matchesTarget, pathsBelow } from "./match.ts";
import { RETURNS_VALUES } from "./returns-values.ts";
import type { ColumnView, Situation } from "./situation.ts";

/** What the rules say about one base column. */
interface Verdict {
  readonly mask: LabelledMask | null;
  readonly scan: Scan | null;
  /** Rules behind `mask`. */
  readonly because: readonly RuleRef[];
  /** Tagged paths inside it that are masked. */
  readonly paths: readonly (PathMask & { readonly because: readonly RuleRef[] })[];
}

interface Scan {
  readonly detectors: readonly string[];
  readonly mask: LabelledMask;
  readonly because: readonly RuleRef[];
}

type MaskRule = CompiledRule<Guardrail>;
const REDACT: LabelledMask = { mask: { method: "redact" }, label: "redact" };

/** A protected column that the statement would write somewhere unmasked. */
export interface Copy {
  readonly column: ColumnRef;
  readonly because: readonly RuleRef[];
}

export interface PlannedMasks {
  readonly plan: MaskPlan;
  readonly because: readonly RuleRef[];
  readonly copies: readonly Copy[];
}

/** `rules`: the guardrails with a mask or a scan that speak about this statement. */
export function planMasks(rules: readonly MaskRule[], situation: Situation): PlannedMasks {
  if (rules.length === 0) return unmasked(situation);
  const columnRules = rules.filter((rule) => !isEverywhere(rule.rule));
  const everywhere = joinScans(
    rules.filter((rule) => isEverywhere(rule.rule) && matchesTarget(rule.rule, situation)).map(scanOf),
  );
  const verdictOf = memoVerdicts(columnRules, situation);
  const { statement } = situation.facts;
  const isTouching = !statement.complete || touchesMasked(columnRules, situation, verdictOf);
  if (!RETURNS_VALUES[statement.class]) {
    return {
      plan: { outputs: null, columns: [], scans: [], hideErrors: isTouching },
      because: [],
      copies: copiesIn(verdictOf, situation),
    };
  }
  const columns: ColumnMask[] = [];
  const scans: ColumnScan[] = [];
  for (const [ordinal, output] of statement.outputs.entries()) {
    const mask = maskOutput(output, ordinal, verdictOf);
    if (mask !== null) columns.push(mask);
    if (mask === null || mask.paths !== undefined) {
      const scan = scanOutput(output, everywhere, verdictOf);
      if (scan !== null)
        scans.push({ ordinal, detectors: scan.detectors, mask: scan.mask.mask, because: scan.because });
    }
  }
  const outputs = announced(situation, everywhere, scans);
  const because = joinRefs([...columns.flatMap((column) => column.because), ...scans.flatMap((scan) => scan.because)]);
  return { plan: { outputs, columns, scans, hideErrors: columns.length > 0 || isTouching }, because, copies: [] };
}

function unmasked({ facts }: Situation): PlannedMasks {
  const { outputs, complete } = facts.statement;
  const predicted =
    outputs.length > 0 && RETURNS_VALUES[facts.statement.class] ? outputs.map((output) => output.name) : null;
  return { plan: { outputs: predicted, columns: [], scans: [], hideErrors: !complete }, because: [], copies: [] };
}

function scanOutput(output: OutputColumn, everywhere: Scan | null, verdictOf: VerdictOf): Scan | null {
  let scan = everywhere;
  for (const edge of output.from) {
    const own = verdictOf(edge.column).scan;
    if (own !== null && own !== scan) scan = joinScans([scan, own]);
  }
  return scan;
}

/** Protected columns among the values that the statement writes. A view is no copy: it is read through its definition. */
function copiesIn(verdictOf: VerdictOf, { accesses, facts }: Situation): readonly Copy[] {
  const makesView = accesses.some(
    ({ access }) => access.kind === "view" && (access.action === "create" || access.action === "alter"),
  );
  if (makesView) return [];
  const copies = new Map<ColumnRef, Copy>();
  for (const output of facts.statement.outputs) {
    for (const edge of output.from) {
      if (edge.via === "count" && output.resolved) continue;
      const verdict = verdictOf(edge.column);
      if (verdict.mask === null && verdict.scan === null && verdict.paths.length === 0) continue;
      copies.set(edge.column, { column: edge.column, because: reasonsOf(verdict, false) });
    }
  }
  return [...copies.values()];
}

/** A result that analysis doesn't predict (SHOW, DESCRIBE) is scanned by what the warehouse announces, once it has. */
function announced(situation: Situation, everywhere: Scan | null, scans: ColumnScan[]): MaskPlan["outputs"] {
  const { statement, result } = situation.facts;
  if (statement.outputs.length > 0) return statement.outputs.map((output) => output.name);
  if (everywhere === null || result === undefined || situation.moment !== "result") return null;
  for (const ordinal of result.columns.keys()) {
    scans.push({ ordinal, detectors: everywhere.detectors, mask: everywhere.mask.mask, because: everywhere.because });
  }
  return result.columns.map((column) => column.name);
}

/** A scan that names no columns looks at every output. */
export function isEverywhere(rule: Guardrail): boolean {
  return rule.scan !== null && rule.columns === null && (rule.on ?? []).every((pattern) => pattern.columns === null);
}

function scanOf({ rule, ref }: MaskRule): Scan {
  return { detectors: [...(rule.scan ?? [])].sort(), mask: rule.mask ?? REDACT, because: [ref] };
}

function joinScans(all: readonly (Scan | null)[]): Scan | null {
  const given = all.filter((scan) => scan !== null);
  const [first, ...rest] = given;
  if (first === undefined) return null;
  return rest.reduce<Scan>(
    (joined, scan) =>
      scan === joined
        ? joined
        : {
            detectors: [...new Set([...joined.detectors, ...scan.detectors])].sort(),
            mask: joinMasks(joined.mask, scan.mask) ?? REDACT,
            because: joinRefs([...joined.because, ...scan.because]),
          },
    first,
  );
}

type VerdictOf = (ref: ColumnRef) => Verdict;

function memoVerdicts(rules: readonly MaskRule[], situation: Situation): VerdictOf {
  const memo = new Map<ColumnRef, Verdict>();
  return (ref) => {
    const known = memo.get(ref);
    if (known !== undefined) return known;
    const own = judge(rules, situation.column(ref), situation);
    const paths =
      rules.length === 0
        ? []
        : pathsBelow(ref, situation).flatMap((column) => {
            const below = judge(rules, column, situation);
            // What the column as a whole already takes isn't said again for its paths.
            if (below.mask === null || (own.mask !== null && isSameMask(own.mask.mask, below.mask.mask))) return [];
            return [
              {
                path: relativePath(ref, column.ref),
                mask: below.mask.mask,
                label: below.mask.label,
                because: below.because,
              },
            ];
          });
    const verdict = { ...own, paths };
    memo.set(ref, verdict);
    return verdict;
  };
}

function relativePath(ref: ColumnRef, below: ColumnRef): string {
  const rest = below.slice(ref.length);
  return rest.startsWith("[") ? rest : rest.slice(1);
}

function judge(rules: readonly MaskRule[], column: ColumnView, situation: Situation): Omit<Verdict, "paths"> {
  let mask: LabelledMask | null = null;
  const scans: Scan[] = [];
  const because: RuleRef[] = [];
  for (const candidate of rules) {
    if (!coversColumn(candidate.rule, column, situation)) continue;
    if (candidate.rule.scan !== null) scans.push(scanOf(candidate));
    else if (candidate.rule.mask !== null) {
      mask = joinMasks(mask, domainOf(candidate.rule.mask, column.ref));
      because.push(candidate.ref);
    }
  }
  return { mask, scan: joinScans(scans), because: joinRefs(because) };
}

/** Without `keepJoin`, tokens of two columns are never comparable: the column is part of the domain. */
function domainOf(named: LabelledMask, ref: ColumnRef): LabelledMask {
  if (named.mask.method !== "hmac" || named.mask.keepJoin) return named;
  return { label: named.label, mask: { ...named.mask, domain: `${named.mask.domain}/${ref}` } };
}

interface Asked {
  readonly edge: LineageEdge;
  readonly verdict: Verdict;
}

function maskOutput(output: OutputColumn, ordinal: number, verdictOf: VerdictOf): ColumnMask | null {
  const edges = output.resolved ? output.from.filter((edge) => edge.via !== "count") : output.from;
  const asked = edges.map((edge): Asked => ({ edge, verdict: verdictOf(edge.column) }));
  const isBare = output.resolved && asked.every(({ edge }) => edge.via === "bare");
  const own = isBare ? ownMask(asked) : null;
  const steering = asked.filter(
    ({ verdict }) => verdict.mask !== null || verdict.paths.length > 0 || (!isBare && verdict.scan !== null),
  );
  const [first] = steering;
  if (first === undefined) return null;
  const base = {
    ordinal,
    name: output.name,
    edge: first.edge.column,
    because: joinRefs(steering.flatMap(({ verdict }) => reasonsOf(verdict, isBare))),
  };
  if (own !== null) return { ...base, mask: own.mask, label: own.label };
  const [only] = asked;
  if (isBare && asked.length === 1 && only?.verdict.mask === null)
    return { ...base, ...REDACT, label: "paths", paths: only.verdict.paths.map(pathMask) };
  const joined = steering.flatMap(masksOf).reduce<LabelledMask | null>(joinMasks, null) ?? REDACT;
  return { ...base, ...atLeastRedact(joined) };
}

function pathMask({ path, mask, label }: PathMask): PathMask {
  return { path, mask, label };
}

/** The method that every bare edge agrees on, or null. */
function ownMask(asked: readonly Asked[]): LabelledMask | null {
  const [first, ...rest] = asked.map(({ verdict }) => verdict);
  if (first?.mask === undefined || first.mask === null) return null;
  const { mask } = first;
  if (first.paths.length > 0) return null;
  return rest.every(
    (verdict) => verdict.mask !== null && verdict.paths.length === 0 && isSameMask(verdict.mask.mask, mask.mask),
  )
    ? mask
    : null;
}

function masksOf({ verdict }: Asked): readonly LabelledMask[] {
  const paths = verdict.paths.map(({ mask, label }): LabelledMask => ({ mask, label }));
  const scan = verdict.scan === null ? [] : [REDACT];
  return [...(verdict.mask === null ? [] : [verdict.mask]), ...paths, ...scan];
}

/** Why a column is protected; its scan counts where a value passed through something that a scan can't see through. */
function reasonsOf(verdict: Verdict, isBare: boolean): readonly RuleRef[] {
  const scan = isBare ? [] : (verdict.scan?.because ?? []);
  return joinRefs([...verdict.because, ...verdict.paths.flatMap((path) => path.because), ...scan]);
}

/** Does the statement touch a masked column anywhere, so that its errors may carry values? */
function touchesMasked(rules: readonly MaskRule[], situation: Situation, verdictOf: VerdictOf): boolean {
  if (rules.length === 0) return false;
  const isMasked = (ref: ColumnRef): boolean => {
    const verdict = verdictOf(ref);
    return verdict.mask !== null || verdict.scan !== null || verdict.paths.length > 0;
  };
  if (situation.taggedColumns.some((column) => isMasked(column.ref))) return true;
  if (situation.indirect.some((use) => isMasked(use.column))) return true;
  return situation.accesses.some(({ access }) =>
    access.columns.some((column) => column !== "*" && isMasked(`${access.object}.${column}`)),
  );
}
