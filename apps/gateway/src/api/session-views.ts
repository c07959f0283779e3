/** Sessions and their statements as people see them. */
import type { SessionDetail, SessionView, StatementView } from "@sluice/contracts";
import type { Journal } from "../journal/port.ts";
import { approvalsOfSession } from "../store/approvals.ts";
import type { Pool } from "../store/pool.ts";
import { findSession, listSessions, type SessionListRow, statementsOf } from "../store/views.ts";
import { approvalViews } from "./approval-views.ts";
import { readRecording } from "./recordings.ts";

const LIST_MAX = 200;
const STATEMENTS_MAX = 1000;

function viewOf(row: SessionListRow): SessionView {
  return {
    id: row.id,
    principal: row.principal,
    delegator: row.delegator,
    connection: row.connection,
    client: `${row.client.app} ${row.client.version}`.trim(),
    startedAt: row.startedAt.toISOString(),
    lastSeenAt: row.lastSeenAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
    endReason: row.endReason,
    statements: row.statements,
    denied: row.denied,
    held: row.held,
  };
}

export async function sessionList(pool: Pool): Promise<readonly SessionView[]> {
  return (await listSessions(pool, LIST_MAX)).map(viewOf);
}

export async function sessionDetail(
  pool: Pool,
  journal: Journal,
  idOrPrefix: string,
  hasResults: boolean,
): Promise<SessionDetail | null> {
  const row = await findSession(pool, idOrPrefix);
  if (row === null) return null;
  const statements = await statementsOf(pool, row.id, STATEMENTS_MAX);
  const approvals = await approvalViews(pool, await approvalsOfSession(pool, row.id));
  const recording = await readRecording(journal, row.id, hasResults);
  const items = statements.map((one): StatementView => {
    const own = approvals.filter((approval) => approval.statement === one.id);
    const waitedUntil = own.flatMap((approval) => approval.votes.map((vote) => Date.parse(vote.at))).at(-1);
    const askedAt = own[0] === undefined ? null : Date.parse(own[0].requestedAt);
    return {
      id: one.id,
      state: one.state,
      sql: recording.texts.get(one.id)?.sql ?? null,
      effect: one.effect,
      because: one.because,
      sentence: one.decision.sentence ?? null,
      masked: one.decision.masks ?? [],
      receivedAt: one.receivedAt.toISOString(),
      finishedAt: one.finishedAt?.toISOString() ?? null,
      waitedMs: askedAt === null ? null : (waitedUntil ?? one.finishedAt?.getTime() ?? Date.now()) - askedAt,
      approvals: own,
      rows: one.rows,
      error: one.errorCode === null ? null : { code: one.errorCode, text: one.errorText ?? "" },
      result: recording.pages.get(one.id) ?? null,
    };
  });
  return { ...viewOf(row), items };
}
