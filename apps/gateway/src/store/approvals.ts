/** Approval requests and votes. A vote counts once its evidence entry is durable. */
import type { ApprovalRequirement } from "@sluice/policy-engine";
import type { Queryable } from "./pool.ts";

export type ApprovalState = "pending" | "granted" | "denied" | "expired" | "withdrawn" | "used";

export interface ApprovalRow {
  readonly id: string;
  readonly statementId: string;
  readonly sessionId: string;
  readonly digest: string;
  readonly requirement: StoredRequirement;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
  readonly state: ApprovalState;
}

/** What an approval row keeps: the requirements, and who may not meet them. */
export interface StoredRequirement {
  readonly requirements: readonly ApprovalRequirement[];
  readonly requester: string;
  readonly delegator: string | null;
  readonly connection: string;
  readonly summary: string;
  readonly touches: readonly string[];
  readonly textDigest: string;
  readonly epoch: number;
}

export interface VoteRow {
  readonly id: number;
  readonly approvalId: string;
  readonly approverId: string;
  readonly groups: readonly string[];
  readonly verdict: "grant" | "deny";
  readonly reason: string | null;
  readonly at: Date;
  readonly durable: boolean;
}

const COLUMNS = `id, statement_id as "statementId", session_id as "sessionId", digest, requirement, requested_at as "requestedAt", expires_at as "expiresAt", state`;

export async function insertApproval(db: Queryable, row: Omit<ApprovalRow, "state" | "requestedAt">): Promise<void> {
  await db.query(
    `insert into approval (id, statement_id, session_id, digest, requirement, expires_at) values ($1, $2, $3, $4, $5, $6)`,
    [row.id, row.statementId, row.sessionId, row.digest, JSON.stringify(row.requirement), row.expiresAt],
  );
}

export async function findApproval(db: Queryable, id: string, lock = false): Promise<ApprovalRow | null> {
  const found = await db.query<ApprovalRow>(
    `select ${COLUMNS} from approval where id = $1${lock ? " for update" : ""}`,
    [id],
  );
  return found.rows[0] ?? null;
}

/** By a prefix of the id, as a person types it; null when none or several match. */
export async function findApprovalByPrefix(db: Queryable, prefix: string): Promise<ApprovalRow | null> {
  const found = await db.query<ApprovalRow>(`select ${COLUMNS} from approval where starts_with(id, $1) limit 2`, [
    prefix,
  ]);
  return found.rows.length === 1 ? (found.rows[0] ?? null) : null;
}

export async function listApprovals(
  db: Queryable,
  states: readonly string[],
  most: number,
): Promise<readonly ApprovalRow[]> {
  const found = await db.query<ApprovalRow>(
    `select ${COLUMNS} from approval where state = any($1) order by requested_at desc limit $2`,
    [states, most],
  );
  return found.rows;
}

export async function approvalsOfSession(db: Queryable, sessionId: string): Promise<readonly ApprovalRow[]> {
  const found = await db.query<ApprovalRow>(
    `select ${COLUMNS} from approval where session_id = $1 order by requested_at`,
    [sessionId],
  );
  return found.rows;
}

export async function statesOf(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, ApprovalState>> {
  const found = await db.query<{ id: string; state: ApprovalState }>({
    name: "approval-states",
    text: `select id, state from approval where id = any($1)`,
    values: [ids],
  });
  return new Map(found.rows.map((row) => [row.id, row.state]));
}

/** Moves an approval on; false when it was no longer in `from`. */
export async function moveApproval(
  db: Queryable,
  id: string,
  from: readonly ApprovalState[],
  to: ApprovalState,
): Promise<boolean> {
  const changed = await db.query(`update approval set state = $3 where id = $1 and state = any($2)`, [id, from, to]);
  return changed.rowCount === 1;
}

/** Spends a granted approval inside its expiry. */
export async function spendApproval(db: Queryable, id: string, now: Date): Promise<boolean> {
  const changed = await db.query(
    `update approval set state = 'used', released_at = now() where id = $1 and state = 'granted' and expires_at > $2`,
    [id, now],
  );
  return changed.rowCount === 1;
}

export async function insertVote(
  db: Queryable,
  approvalId: string,
  approverId: string,
  verdict: "grant" | "deny",
  reason: string | null,
): Promise<number | null> {
  const made = await db.query<{ id: number }>(
    `insert into approval_vote (approval_id, approver_id, verdict, reason) values ($1, $2, $3, $4) on conflict (approval_id, approver_id) do nothing returning id`,
    [approvalId, approverId, verdict, reason],
  );
  return made.rows[0]?.id ?? null;
}

export async function markVoteDurable(db: Queryable, voteId: number): Promise<void> {
  await db.query(`update approval_vote set entry_durable_at = now() where id = $1 and entry_durable_at is null`, [
    voteId,
  ]);
}

export async function votesOf(db: Queryable, approvalIds: readonly string[]): Promise<readonly VoteRow[]> {
  const found = await db.query<VoteRow>(
    `select v.id, v.approval_id as "approvalId", v.approver_id as "approverId", coalesce(p.groups, '{}') as groups, v.verdict, v.reason, v.at,
            v.entry_durable_at is not null as durable
     from approval_vote v left join principal p on p.id = v.approver_id where v.approval_id = any($1) order by v.id`,
    [approvalIds],
  );
  return found.rows;
}
