/**
 * Facts and bundles for tests, built from little: what a test doesn't say is the plainest thing that it could be.
 * Never used by the engine itself.
 */
import type { Crypto } from "../crypto.ts";
import type { DecisionFacts, Principal } from "../decision.ts";
import type {
  Access,
  Action,
  ColumnRef,
  IndirectUse,
  LineageVia,
  ObjectKind,
  OutputColumn,
  StatementFacts,
} from "../facts.ts";
import { type Bundle, parseBundle } from "../policy/bundle.ts";

/** Not a hash: tests that compare digests pass node:crypto in. */
export const PLAIN_CRYPTO: Crypto = {
  sha256Hex(text) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    return hash.toString(16).padStart(8, "0").repeat(8);
  },
};

export const DEVIN: Principal = {
  id: "devin-1",
  kind: "agent",
  agent: "devin",
  groups: ["agents"],
  delegator: { id: "ana", groups: ["analysts"] },
};
export const CUSTOMERS = "PROD.ANALYTICS.CUSTOMERS";
const CUSTOMER_TAGS: Readonly<Record<string, readonly string[]>> = {
  NAME: ["name", "pii"],
  EMAIL: ["email", "pii"],
  PHONE: ["phone", "pii"],
  SSN: ["pii", "ssn"],
  NOTES: ["free-text"],
};

export function access(
  action: Action,
  object: string,
  columns: readonly string[] = ["ID"],
  kind: ObjectKind = "table",
): Access {
  return { action, kind, object, columns };
}

export function output(
  name: string | null,
  from: readonly (readonly [ColumnRef, LineageVia])[],
  resolved = true,
): OutputColumn {
  return { name, from: from.map(([column, via]) => ({ column, via })), resolved };
}

/** Tags of the example columns that the parts name. */
function tagsOf(
  accesses: readonly Access[],
  outputs: readonly OutputColumn[],
  indirect: readonly IndirectUse[],
): StatementFacts["tags"] {
  const refs = new Set<ColumnRef>([
    ...accesses.flatMap((one) => one.columns.map((column) => `${one.object}.${column}`)),
    ...outputs.flatMap((one) => one.from.map((edge) => edge.column)),
    ...indirect.map((use) => use.column),
  ]);
  const tags: Record<ColumnRef, readonly string[]> = {};
  for (const [column, own] of Object.entries(CUSTOMER_TAGS))
    if (refs.has(`${CUSTOMERS}.${column}`)) tags[`${CUSTOMERS}.${column}`] = own;
  return tags;
}

export function statement(parts: Partial<StatementFacts> = {}): StatementFacts {
  const accesses = parts.accesses ?? [access("read", CUSTOMERS)];
  const outputs = parts.outputs ?? [];
  const indirect = parts.indirect ?? [];
  return {
    class: "select",
    functions: [],
    hasWhere: null,
    whereIsAlwaysTrue: null,
    limit: null,
    rowsMax: null,
    sets: [],
    fingerprint: "example",
    complete: true,
    reasons: [],
    spans: [],
    ...parts,
    accesses,
    outputs,
    indirect,
    tags: parts.tags ?? tagsOf(accesses, outputs, indirect),
  };
}

/** A SELECT of bare columns of the example table. */
export function selectOf(...columns: readonly string[]): StatementFacts {
  return statement({
    accesses: [access("read", CUSTOMERS, columns)],
    outputs: columns.map((column) => output(column, [[`${CUSTOMERS}.${column}`, "bare"]])),
  });
}

export function facts(one: StatementFacts = statement(), parts: Partial<DecisionFacts> = {}): DecisionFacts {
  return {
    principal: DEVIN,
    connection: "demo",
    dialect: "snowflake",
    session: { database: "PROD", schema: "ANALYTICS", role: null, warehouse: null, inTransaction: false },
    at: "2026-01-06T12:00:00Z",
    statement: one,
    literals: [],
    batch: { index: 0, count: 1 },
    ...parts,
  };
}

const HEADER = "apiVersion: sluice/v1\nkind: Policy\nname: example\n";

/** The text of a policy from the body of its document. */
export function policyText(body: string, name = "example"): string {
  return `${HEADER.replace("example", name)}${body}`;
}

/**
 * A bundle from the bodies of policies.
 * @throws Error when a document has an error: a test's policy must be right.
 */
export function bundleOf(...bodies: readonly string[]): Bundle {
  const files = bodies.map((body, i) => ({ path: `policy${i + 1}.yaml`, text: policyText(body, `example${i + 1}`) }));
  const { bundle, diagnostics } = parseBundle(files, PLAIN_CRYPTO);
  if (bundle === null)
    throw new Error(diagnostics.map((one) => `${one.path}:${one.line}:${one.column} ${one.message}`).join("\n"));
  return bundle;
}
