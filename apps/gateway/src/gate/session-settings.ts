/** How a session's settings follow what it runs: from the warehouse's own words, and from the facts. Pure. */
import type { StatementFacts } from "@sluice/policy-engine";
import type { ResultData } from "@sluice/snowflake-wire";
import type { SessionSettings } from "../policy/port.ts";

const OPENS = /^\s*(BEGIN|START)\b/i;
const CHANGES: ReadonlySet<string> = new Set(["insert", "update", "delete", "merge"]);

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
