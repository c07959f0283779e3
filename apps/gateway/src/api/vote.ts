/**
 * A person's word on an approval request: one transaction with its outbox row; the sequencer makes it count once
 * its entry is durable.
 */
import type { VoteRequest } from "@sluice/contracts";
import { mayVote, standing } from "../approvals/requirements-met.ts";
import { GatewayError } from "../errors/catalogue.ts";
import { findApproval, findApprovalByPrefix, insertVote, votesOf } from "../store/approvals.ts";
import { insertOutbox } from "../store/outbox.ts";
import { type Pool, transaction } from "../store/pool.ts";
import type { TokenOwner } from "../store/principals.ts";

const REFUSED = {
  requester: "Whoever asked can't approve it.",
  delegator: "Whoever the agent works for can't approve its statements.",
  "not-a-reviewer": "This request is for other reviewers.",
} as const;

/** Returns the id of the request voted on. */
export async function castVote(pool: Pool, owner: TokenOwner, idOrPrefix: string, vote: VoteRequest): Promise<string> {
  if (owner.principal.kind !== "human") throw new GatewayError("SLUICE_FORBIDDEN", "Agents and jobs can't approve.");
  const found = await findApprovalByPrefix(pool, idOrPrefix);
  if (found === null) throw new GatewayError("SLUICE_NOT_FOUND");
  return await transaction(pool, async (db) => {
    const approval = await findApproval(db, found.id, true);
    if (approval === null) throw new GatewayError("SLUICE_NOT_FOUND");
    const { requirements, requester, delegator, connection, textDigest, epoch } = approval.requirement;
    const allowed = mayVote(requirements, { requester, delegator }, owner.principal.id, owner.principal.groups);
    if (allowed !== "yes") throw new GatewayError("SLUICE_FORBIDDEN", REFUSED[allowed]);
    if (approval.state !== "pending")
      throw new GatewayError("SLUICE_CONFLICT", `This request is no longer waiting: it was ${approval.state}.`);
    if (approval.expiresAt.getTime() <= Date.now())
      throw new GatewayError("SLUICE_CONFLICT", "This request has expired.");
    const voteId = await insertVote(db, approval.id, owner.principal.id, vote.verdict, vote.reason ?? null);
    if (voteId === null) throw new GatewayError("SLUICE_CONFLICT", "You have already decided on this request.");
    const votes = await votesOf(db, [approval.id]);
    const after = standing(
      requirements,
      { requester, delegator },
      votes.map((one) => ({ ...one, approver: one.approverId, durable: true })),
    );
    await insertOutbox(db, "approval.vote", {
      approval: approval.id,
      vote: voteId,
      approver: owner.principal.id,
      groups: owner.principal.groups,
      verdict: vote.verdict,
      session: approval.sessionId,
      epoch,
      statement: approval.statementId,
      connection,
      textDigest,
      complete: after === "granted",
    });
    return approval.id;
  });
}
