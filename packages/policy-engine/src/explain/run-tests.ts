/**
 * Runs PolicyTest documents: real SQL through the real analyser and the real `decide`, so that a policy's tests
 * say what the gateway will do. Pure and total: a case that can't be run is a case that failed, with the reason.
 */
import type { Crypto } from "../crypto.ts";
import { decide } from "../decide/decide.ts";
import { joinDecisions } from "../decide/join-decisions.ts";
import type { Decision, DecisionFacts, Principal } from "../decision.ts";
import type { Catalog, StatementFacts } from "../facts.ts";
import { detectLiterals } from "../mask/detectors.ts";
import type { Bundle } from "../policy/bundle.ts";
import type { PolicyTestDocument, TestCase, TestExpectation, TestPerson } from "../policy/documents.ts";
import { mergeDocuments } from "../policy/merge-catalog.ts";
import { analyse, literalsOf } from "../sql/index.ts";
import { explainDecision } from "./explain-decision.ts";

export interface TestResult {
  readonly path: string;
  readonly line: number;
  readonly name: string;
  readonly ok: boolean;
  /** What was expected and what came, one line each; empty when `ok`. */
  readonly failures: readonly string[];
  readonly effect: Decision["effect"] | null;
  /** The decision in words. */
  readonly explanation: readonly string[];
}

export interface TestReport {
  readonly ok: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly results: readonly TestResult[];
}

export function runTests(bundle: Bundle, crypto: Crypto): TestReport {
  const results = bundle.tests.flatMap((document) =>
    document.cases.map((one) => runCase(document, one, bundle, crypto)),
  );
  const failed = results.filter((result) => !result.ok).length;
  return { ok: failed === 0, passed: results.length - failed, failed, results };
}

interface Outcome {
  readonly decisions: readonly Decision[];
  readonly statements: readonly StatementFacts[];
  readonly joint: Decision;
  readonly explanation: readonly string[];
}

function runCase(document: PolicyTestDocument, one: TestCase, bundle: Bundle, crypto: Crypto): TestResult {
  const base = { path: document.path, line: one.line, name: one.name };
  const catalog = catalogOf(document, bundle, crypto);
  const person = document.people[one.as];
  if (catalog === null || person === undefined) {
    return {
      ...base,
      ok: false,
      failures: [`There is no Catalog document at \`${document.catalog ?? ""}\`.`],
      effect: null,
      explanation: [],
    };
  }
  const outcome = decideCase(document, one, person, catalog, bundle, crypto);
  if (outcome === null)
    return { ...base, ok: false, failures: ["The SQL holds no statement."], effect: null, explanation: [] };
  const failures = compare(one.expect, outcome);
  return {
    ...base,
    ok: failures.length === 0,
    failures,
    effect: outcome.joint.effect,
    explanation: outcome.explanation,
  };
}

function catalogOf(document: PolicyTestDocument, bundle: Bundle, crypto: Crypto): Catalog | null {
  if (document.catalog === null) return mergeDocuments([], bundle.catalogs, crypto);
  const path = resolvePath(document.path, document.catalog);
  const chosen = bundle.catalogs.filter((catalog) => catalog.path === path);
  return chosen.length === 0 ? null : mergeDocuments([], chosen, crypto);
}

/** A path relative to a file. */
function resolvePath(file: string, relative: string): string {
  const parts = file.split("/").slice(0, -1);
  for (const part of relative.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

function principalOf(name: string, person: TestPerson): Principal {
  const agent = person.agent ?? (person.kind === "agent" ? name : null);
  return {
    id: person.id,
    kind: person.kind,
    groups: person.groups,
    ...(agent === null ? {} : { agent }),
    ...(person.issuer === null ? {} : { issuer: person.issuer }),
    ...(person.claims === null ? {} : { claims: person.claims }),
    ...(person.delegator === null ? {} : { delegator: person.delegator }),
  };
}

function decideCase(
  document: PolicyTestDocument,
  one: TestCase,
  person: TestPerson,
  catalog: Catalog,
  bundle: Bundle,
  crypto: Crypto,
): Outcome | null {
  const database = one.session.database ?? catalog.defaultDatabase ?? null;
  const schema = one.session.schema ?? catalog.defaultSchema ?? null;
  const session = { ...one.session, database, schema };
  const { statements } = analyse(one.sql, { dialect: "snowflake", catalog, session: { database, schema } });
  const literals = detectLiterals([...literalsOf(one.sql), ...one.binds], bundle.literalDetectors, bundle.patterns);
  const facts = statements.map(
    ({ facts: statement }, index): DecisionFacts => ({
      principal: principalOf(one.as, person),
      connection: document.connection,
      dialect: "snowflake",
      session,
      at: one.at,
      statement,
      literals,
      batch: { index, count: statements.length },
    }),
  );
  const decisions = facts.map((each) => decideThrough(one, each, bundle, crypto));
  const [first] = facts;
  if (first === undefined) return null;
  const joint = joinDecisions(decisions, crypto);
  return {
    decisions,
    statements: statements.map((each) => each.facts),
    joint,
    explanation: explainDecision(joint, first),
  };
}

/** At the statement and, when the case gives a result and nothing stopped it before, at the result. */
function decideThrough(one: TestCase, facts: DecisionFacts, bundle: Bundle, crypto: Crypto): Decision {
  const decision = decide(bundle, facts, "statement", crypto);
  if (one.result === null || decision.effect !== "allow" || !decision.asksAtResult) return decision;
  const columns = facts.statement.outputs.map((output, i) => ({ name: output.name ?? `COLUMN${i + 1}`, type: "text" }));
  return decide(bundle, { ...facts, result: { rows: one.result.rows, columns } }, "result", crypto);
}

function compare(expect: TestExpectation, { decisions, joint, statements }: Outcome): readonly string[] {
  const failures: string[] = [];
  const check = (what: string, expected: unknown, actual: unknown): void => {
    if (JSON.stringify(expected) !== JSON.stringify(actual))
      failures.push(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
  };
  if (expect.decision !== null) check("decision", expect.decision, joint.effect);
  if (expect.complete !== null) check("complete", expect.complete, joint.complete);
  if (expect.masks !== null) check("masks", sortedTable(expect.masks), sortedTable(masksOf(decisions)));
  for (const [name, rule] of Object.entries(expect.scans ?? {}))
    if (!isScanned(decisions, name, rule)) failures.push(`scans: ${name} is not scanned by ${rule}`);
  if (expect.from !== null)
    check("from", [...expect.from].sort(), [...new Set(joint.approvals.flatMap((approval) => approval.from))].sort());
  if (expect.because !== null) includesAll("because", expect.because, joint.because, failures);
  if (expect.near !== null) includesAll("near", expect.near, joint.near, failures);
  if (expect.sentence !== null && !joint.sentence.includes(expect.sentence))
    failures.push(
      `sentence: expected to contain ${JSON.stringify(expect.sentence)}, got ${JSON.stringify(joint.sentence)}`,
    );
  if (failures.length > 0)
    for (const statement of statements)
      for (const reason of statement.reasons) failures.push(`not understood: ${reason.text}`);
  return failures;
}

function includesAll(
  what: string,
  expected: readonly string[],
  actual: readonly { readonly rule: string }[],
  failures: string[],
): void {
  const rules = actual.map((ref) => ref.rule);
  const missing = expected.filter((rule) => !rules.includes(rule));
  if (missing.length > 0) failures.push(`${what}: expected ${missing.join(", ")}, got ${rules.join(", ") || "none"}`);
}

function masksOf(decisions: readonly Decision[]): Readonly<Record<string, string>> {
  const entries = decisions.flatMap((decision) =>
    decision.masks.columns.map((column): [string, string] => [
      column.name ?? `column ${column.ordinal + 1}`,
      column.label,
    ]),
  );
  return Object.fromEntries(entries);
}

/** Is the output of that name scanned because of that rule? */
function isScanned(decisions: readonly Decision[], name: string, rule: string): boolean {
  return decisions.some(({ masks }) =>
    masks.scans.some((scan) => masks.outputs?.[scan.ordinal] === name && scan.because.some((ref) => ref.rule === rule)),
  );
}

function sortedTable(table: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1));
}
