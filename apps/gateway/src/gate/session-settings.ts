/** How a session's settings follow what it runs: from the warehouse's own words, and from the facts. Pure. */
import type { StatementFacts } from "@sluice/policy-engine";
import type { ResultData } from "@sluice/snowflake-wire";
import type { SessionSettings } from "../policy/port.ts";

const OPENS = /^\s*(BEGIN|START)\b/i;
const CHANGES: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"]);

/** Definitions may move the session too (CREATE SCHEMA), and change what a name means. */
const DEFINES: ReadonlySet<string> = new Set(["create", "alter", "drop", "undrop"]);

/** Whether later statements of the session mean something else once this one has run. */
export const movesContext = (facts: StatementFacts): boolean => facts.sets.length > 0 || DEFINES.has(facts.class);

/** No object lies there: a name without a schema is not resolved until the session says again where it is. */
const NOWHERE = "";

export const nowhereKnown = (settings: SessionSettings): SessionSettings => ({
  ...settings,
  database: NOWHERE,
  schema: NOWHERE,
});

/**
 * After a request of several statements: the warehouse tells where the session is only for the request as a whole.
 * Where it contradicts what was analysed the place is not known, and names without a schema mean nothing.
 */
export function settingsAfterAll(
  session: { settings: SessionSettings; isAutocommit: boolean },
  data: ResultData,
  all: readonly StatementFacts[],
): SessionSettings {
  for (const facts of all) session.settings = settingsAfter(session, data, facts);
  const wanted = (what: string) => all.flatMap((facts) => facts.sets).findLast((set) => set.what === what)?.name;
  const isThere = (name: string | undefined, told: string | null) => name === undefined || name === told;
  const isKnown =
    isThere(wanted("schema"), data.finalSchemaName) && isThere(wanted("database"), data.finalDatabaseName);
  return isKnown ? session.settings : nowhereKnown(session.settings);
}

export function settingsAfter(
  session: { settings: SessionSettings; isAutocommit: boolean },
  data: ResultData,
  facts: StatementFacts,
): SessionSettings {
  for (const change of facts.sets) {
    if (change.what === "parameter" && change.name.toUpperCase() === "AUTOCOMMIT")
      session.isAutocommit = !/\bfalse\b/i.test(facts.fingerprint);
  }
  return {
    database: data.finalDatabaseName,
    schema: data.finalSchemaName,
    role: data.finalRoleName,
    warehouse: data.finalWarehouseName,
    inTransaction: transactionAfter(session, facts),
  };
}

function transactionAfter(
  session: { settings: SessionSettings; isAutocommit: boolean },
  facts: StatementFacts,
): boolean {
  if (facts.class === "transaction") return OPENS.test(facts.fingerprint);
  // Definitions commit what is open; without autocommit the first change opens a transaction.
  if (facts.class === "create" || facts.class === "drop" || facts.class === "alter" || facts.class === "undrop")
    return false;
  return session.settings.inTransaction || (!session.isAutocommit && CHANGES.has(facts.class));
}
