/** What was sent before a crash and has no outcome on record: it may have run, and the record says that it is unknown. */
import { appendBeyondEnd } from "../journal/append-beyond-end.ts";
import type { Journal } from "../journal/port.ts";

export async function recordUnknownOutcomes(journal: Journal): Promise<number> {
  const unfinished = journal.recoverUnfinished();
  for (const one of unfinished) {
    await appendBeyondEnd(journal, {
      id: `unknown:${one.statement}`,
      type: "error",
      session: one.session,
      epoch: one.epoch,
      principal: one.principal,
      connection: one.connection,
      body: {
        statement: one.statement,
        outcome: "unknown",
        code: "SLUICE_OUTCOME_UNKNOWN",
        owner: "upstream",
        sqlState: "08007",
      },
    });
  }
  return unfinished.length;
}
