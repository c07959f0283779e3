/**
 * Turns outbox rows into journal entries, in order, and lets each change take effect once its entry is durable.
 *
 * INVARIANT (recorded before effective): a vote counts, an activation is in force, only after `append` resolved.
 * An entry's id is made from the row's, so a crash between the two steps repeats neither.
 */
import { standing } from "../approvals/requirements-met.ts";
import { appendBeyondEnd } from "../journal/append-beyond-end.ts";
import type { Journal } from "../journal/port.ts";
import { findApproval, markVoteDurable, moveApproval, votesOf } from "../store/approvals.ts";
import { makeEffective } from "../store/bundles.ts";
import { markSequenced, type OutboxRow, unsequenced } from "../store/outbox.ts";
import { type Pool, type Queryable, transaction } from "../store/pool.ts";
import { draftOf, outboxBody } from "./kinds.ts";

const BATCH = 100;

export class Sequencer {
  readonly #pool: Pool;
  readonly #journal: Journal;
  readonly #afterEffect: () => void;
  #running: Promise<void> | null = null;
  #again = false;

  /** `afterEffect` is called whenever something took effect here (a grant, an activation). */
  constructor(pool: Pool, journal: Journal, afterEffect: () => void) {
    this.#pool = pool;
    this.#journal = journal;
    this.#afterEffect = afterEffect;
  }

  /** Works off what waits; one run at a time, and once more if asked meanwhile. Rejects when the journal or the store fails. */
  run(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#runAll().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #runAll(): Promise<void> {
    do {
      this.#again = false;
      for (const row of await unsequenced(this.#pool, BATCH)) await this.#sequence(row);
    } while (this.#again);
  }

  async #sequence(row: OutboxRow): Promise<void> {
    const body = outboxBody.parse({ kind: row.kind, ...row.body });
    const draft = draftOf(body);
    const id = `outbox:${row.id}`;
    const { hash } = await appendBeyondEnd(this.#journal, { ...draft, id });
    await transaction(this.#pool, async (db) => {
      await markSequenced(db, row.id, hash);
      if (body.kind === "approval.vote") await countVote(db, body.approval, body.vote);
      if (body.kind === "policy.activated") await makeEffective(db, body.activation);
    });
    this.#afterEffect();
  }
}

/** Marks the vote and moves its approval when the votes so far settle it. */
async function countVote(db: Queryable, approvalId: string, voteId: number): Promise<void> {
  const approval = await findApproval(db, approvalId, true);
  if (approval === null) return;
  await markVoteDurable(db, voteId);
  const { requirements, requester, delegator } = approval.requirement;
  const votes = await votesOf(db, [approvalId]);
  const now = standing(
    requirements,
    { requester, delegator },
    votes.map((vote) => ({ ...vote, approver: vote.approverId })),
  );
  if (now !== "open" && approval.expiresAt.getTime() > Date.now()) await moveApproval(db, approvalId, ["pending"], now);
}
