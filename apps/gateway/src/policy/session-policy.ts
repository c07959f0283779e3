/**
 * Policy for one principal on one connection: reads a request with the catalog of the moment and decides every
 * statement of it under the bundle of the moment. Everything it returns is a function of those and the input.
 */
import {
  approvalDigest,
  type Bundle,
  type Catalog,
  type Decision,
  type DecisionFacts,
  decide,
  detectLiterals,
  joinDecisions,
  mergeCatalog,
  type Principal,
  type StatementClass,
  type StatementFacts,
} from "@sluice/policy-engine";
import type { Bindings, ColumnType } from "@sluice/snowflake-wire";
import type { CatalogReader, Snapshot } from "../connections/catalog-reader.ts";
import { GatewayError } from "../errors/catalogue.ts";
import type { ActivePolicy } from "./active-policy.ts";
import { AnalysisCache } from "./analysis-cache.ts";
import { nodeCrypto } from "./node-crypto.ts";
import { factsAtResult, type InspectedStatement, type InspectInput, type Inspection, type PolicyPort } from "./port.ts";

/** Classes that change nothing in the warehouse: repeating them is safe, and their rows need no fence. */
const READS: ReadonlySet<StatementClass> = new Set(["select", "show", "describe", "explain", "list"]);

const merged = new WeakMap<Snapshot, { readonly bundle: Bundle; readonly catalog: Catalog }>();

/** The warehouse's objects with the bundle's tags over them; made once for each pair. */
function catalogOf(snapshot: Snapshot, bundle: Bundle): Catalog {
  const known = merged.get(snapshot);
  if (known?.bundle === bundle) return known.catalog;
  const catalog = mergeCatalog(snapshot.tables, bundle, nodeCrypto);
  merged.set(snapshot, { bundle, catalog });
  return catalog;
}

/** Shared by all sessions of this process: facts depend on nobody. */
const readTexts = new AnalysisCache();

export class SessionPolicy implements PolicyPort {
  readonly #active: ActivePolicy;
  readonly #reader: CatalogReader;
  readonly #principal: Principal;
  readonly #connection: string;

  constructor(active: ActivePolicy, reader: CatalogReader, principal: Principal, connection: string) {
    this.#active = active;
    this.#reader = reader;
    this.#principal = principal;
    this.#connection = connection;
  }

  assertFresh(): void {
    this.#active.assertFresh();
  }

  async prepare(hasUnknownNames: boolean): Promise<void> {
    try {
      await this.#reader.prepare(Date.now(), hasUnknownNames);
    } catch {
      // Without a fresh catalog nothing that names an object may be decided.
      throw new GatewayError("SLUICE_UPSTREAM_UNREACHABLE");
    }
  }

  inspect(input: InspectInput): Inspection {
    const bundle = this.#active.needBundle();
    const catalog = catalogOf(this.#reader.current, bundle);
    const session = { database: input.settings.database, schema: input.settings.schema };
    const { analysis, literals: texts } = readTexts.read(input.sql, catalog, session);
    const count = analysis.statements.length;
    if (count === 0) throw new GatewayError("SLUICE_SQL_NOT_UNDERSTOOD", "The request holds no statement.");
    const literals = detectLiterals([...texts, ...bindTexts(input.bindings)], bundle.literalDetectors, bundle.patterns);
    const statements = analysis.statements.map((one, index) =>
      this.#decide(bundle, one.sql, one.facts, input, literals, { index, count }),
    );
    const joined = joinDecisions(
      statements.map((one) => one.decision),
      nodeCrypto,
    );
    let digest: string | null = null;
    return {
      statements,
      effect: joined.effect,
      requirements: joined.approvals,
      sentence: joined.sentence,
      // Asked for only of what is held, and it costs more than the decision.
      get digest() {
        digest ??= digestForApproval(bundle, input, statements);
        return digest;
      },
      isRead: statements.every((one) => READS.has(one.facts.class)),
      complete: statements.every((one) => one.facts.complete),
      bundleDigest: bundle.digest,
    };
  }

  atResult(
    statement: InspectedStatement,
    result: { readonly rows: number; readonly columns: readonly ColumnType[] },
  ): Decision {
    const facts = factsAtResult(statement.decisionFacts, result);
    return decide(this.#active.needBundle(), facts, "result", nodeCrypto);
  }

  /** A definition went through: the catalog is read again before the next statement. */
  changed(facts: StatementFacts): void {
    if (facts.class === "create" || facts.class === "alter" || facts.class === "drop" || facts.class === "undrop")
      this.#reader.invalidate();
  }

  #decide(
    bundle: Bundle,
    sql: string,
    facts: StatementFacts,
    input: InspectInput,
    literals: readonly string[],
    batch: DecisionFacts["batch"],
  ): InspectedStatement {
    const decisionFacts: DecisionFacts = {
      principal: this.#principal,
      connection: this.#connection,
      dialect: "snowflake",
      session: input.settings,
      at: input.at.toISOString(),
      statement: facts,
      literals,
      batch,
    };
    return { sql, facts, decision: decide(bundle, decisionFacts, "statement", nodeCrypto), decisionFacts };
  }
}

/** What an approval binds to, under the bundle that decided and no later one. */
function digestForApproval(bundle: Bundle, input: InspectInput, statements: readonly InspectedStatement[]): string {
  const bindsDigest = input.bindings === null ? null : nodeCrypto.sha256Hex(JSON.stringify(input.bindings));
  const sessionParameters = Object.fromEntries(
    Object.entries(input.parameters).map(([name, value]) => [name.toUpperCase(), String(value)]),
  );
  const approved = statements.map((one) => ({
    sqlDigest: nodeCrypto.sha256Hex(one.sql),
    bindsDigest,
    facts: one.decisionFacts,
    decision: one.decision,
  }));
  return approvalDigest({ bundle, statements: approved, sessionParameters }, nodeCrypto);
}

/** What detectors look at: every text that is bound, NULLs left out. */
function bindTexts(bindings: Bindings | null): readonly string[] {
  if (bindings === null) return [];
  return Object.values(bindings).flatMap((bind) =>
    bind.value === null
      ? []
      : typeof bind.value === "string"
        ? [bind.value]
        : bind.value.filter((text) => text !== null),
  );
}
