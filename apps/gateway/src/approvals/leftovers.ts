/** After a restart nothing waits any more: requests that a former process left open are withdrawn, on record. */
import { appendBeyondEnd } from "../journal/append-beyond-end.ts";
import type { Journal } from "../journal/port.ts";
import { listApprovals, moveApproval } from "../store/approvals.ts";
import type { Pool } from "../store/pool.ts";

const MOST = 10_000;

export async function withdrawLeftovers(pool: Pool, journal: Journal): Promise<void> {
  for (const row of await listApprovals(pool, ["pending", "granted"], MOST)) {
    if (!(await moveApproval(pool, row.id, ["pending", "granted"], "withdrawn"))) continue;
    const { requester, connection, epoch } = row.requirement;
    await appendBeyondEnd(journal, {
      id: `leftover:${row.id}`,
      type: "approval.withdrawn",
      session: row.sessionId,
      epoch,
      principal: requester,
      connection,
      body: { statement: row.statementId, request: row.id, reason: "restart" },
    });
  }
}
