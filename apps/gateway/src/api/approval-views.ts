/** Approval requests as people see them. The exact text comes from the encrypted record, for one request at a time. */
import type { ApprovalView } from "@sluice/contracts";
import type { Journal } from "../journal/port.ts";
import { type ApprovalRow, findApprovalByPrefix, listApprovals, votesOf } from "../store/approvals.ts";
import type { Pool } from "../store/pool.ts";
import { namesOf } from "../store/views.ts";
import { statementText } from "./recordings.ts";

export const APPROVAL_STATES = ["pending", "granted", "denied", "expired", "withdrawn", "used"] as const;
const LIST_MAX = 200;

export async function approvalViews(pool: Pool, rows: readonly ApprovalRow[]): Promise<readonly ApprovalView[]> {
  const votes = await votesOf(
    pool,
    rows.map((row) => row.id),
  );
  const people = rows.flatMap((row) => [row.requirement.requester, row.requirement.delegator ?? ""]);
  const names = await namesOf(pool, [...people, ...votes.map((vote) => vote.approverId)]);
  const nameOf = (id: string): string => names.get(id) ?? id;
  return rows.map((row) => ({
    id: row.id,
    state: row.state === "pending" && row.expiresAt.getTime() <= Date.now() ? "expired" : row.state,
    session: row.sessionId,
    statement: row.statementId,
    principal: nameOf(row.requirement.requester),
    delegator: row.requirement.delegator === null ? null : nameOf(row.requirement.delegator),
    connection: row.requirement.connection,
    requestedAt: row.requestedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    summary: row.requirement.summary,
    because: row.requirement.requirements.flatMap((one) => one.because),
    requires: row.requirement.requirements.map((one) => ({ from: one.from, count: one.count })),
    votes: votes
      .filter((vote) => vote.approvalId === row.id)
      .map((vote) => ({
        approver: nameOf(vote.approverId),
        verdict: vote.verdict,
        reason: vote.reason,
        at: vote.at.toISOString(),
      })),
    touches: row.requirement.touches,
  }));
}

export async function listApprovalViews(pool: Pool, states: readonly string[]): Promise<readonly ApprovalView[]> {
  return await approvalViews(pool, await listApprovals(pool, states, LIST_MAX));
}

export async function oneApprovalView(pool: Pool, journal: Journal, idOrPrefix: string): Promise<ApprovalView | null> {
  const row = await findApprovalByPrefix(pool, idOrPrefix);
  const view = row === null ? undefined : (await approvalViews(pool, [row]))[0];
  if (row === null || view === undefined) return null;
  const text = await statementText(journal, row.sessionId, row.statementId);
  return text === null ? view : { ...view, sql: text.sql, binds: text.bindings };
}
