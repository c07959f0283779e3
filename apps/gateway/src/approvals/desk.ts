/**
 * Opens, watches, expires and withdraws approval requests. It decides nothing: standing is computed from durable
 * votes where they are recorded, and the rows in PostgreSQL are the truth. A notification only makes it look sooner.
 */
import type { Journal } from "../journal/port.ts";
import {
  insertApproval,
  moveApproval,
  type StoredRequirement,
  spendApproval,
  statesOf,
  votesOf,
} from "../store/approvals.ts";
import type { Queryable } from "../store/pool.ts";
import type { ApprovalOpening, ApprovalPort, OnVerdict, Verdict } from "./port.ts";

interface Watched {
  readonly opening: ApprovalOpening;
  readonly expiresAt: number;
  readonly onVerdict: OnVerdict;
}

export class ApprovalDesk implements ApprovalPort {
  readonly #db: Queryable;
  readonly #journal: Journal;
  readonly #watched = new Map<string, Watched>();
  #looking: Promise<void> | null = null;
  #again = false;

  constructor(db: Queryable, journal: Journal) {
    this.#db = db;
    this.#journal = journal;
  }

  get waiting(): number {
    return this.#watched.size;
  }

  /** Records the request, then makes it visible. `onVerdict` is called once. Returns when it expires. */
  async open(opening: ApprovalOpening, now: number, onVerdict: OnVerdict): Promise<Date> {
    const seconds = Math.min(...opening.requirements.map((requirement) => requirement.expiresSeconds));
    const expiresAt = new Date(now + seconds * 1000);
    await this.#journal.append({
      type: "approval.requested",
      session: opening.session,
      epoch: opening.epoch,
      principal: opening.principal,
      connection: opening.connection,
      body: {
        statement: opening.statement,
        textDigest: opening.textDigest,
        request: opening.id,
        requester: opening.principal,
        delegator: opening.delegator,
        requirements: opening.requirements.map((requirement) => ({
          from: [...requirement.from],
          count: requirement.count,
          never: [...requirement.never],
        })),
        factsDigest: opening.factsDigest,
        bundleDigest: opening.bundleDigest,
        expires: expiresAt.toISOString(),
        uses: 1,
      },
    });
    const requirement: StoredRequirement = {
      requirements: opening.requirements,
      requester: opening.principal,
      delegator: opening.delegator,
      connection: opening.connection,
      summary: opening.summary,
      touches: opening.touches,
      textDigest: opening.textDigest,
      epoch: opening.epoch,
    };
    this.#watched.set(opening.id, { opening, expiresAt: expiresAt.getTime(), onVerdict });
    try {
      await insertApproval(this.#db, {
        id: opening.id,
        statementId: opening.statement,
        sessionId: opening.session,
        digest: opening.digest,
        requirement,
        expiresAt,
      });
    } catch (error) {
      this.#watched.delete(opening.id);
      throw error;
    }
    return expiresAt;
  }

  /** Takes a request back: the caller cancelled, left, or the statement can't run any more. */
  async withdraw(id: string, reason: "canceled" | "abandoned" | "void" | "ended"): Promise<void> {
    const watched = this.#watched.get(id);
    this.#watched.delete(id);
    const moved = await moveApproval(this.#db, id, ["pending", "granted"], "withdrawn");
    if (!moved || watched === undefined) return;
    const { opening } = watched;
    await this.#journal.append({
      type: "approval.withdrawn",
      session: opening.session,
      epoch: opening.epoch,
      principal: opening.principal,
      connection: opening.connection,
      body: { statement: opening.statement, request: id, reason },
    });
  }

  /** Spends a granted approval; false when it is no longer there to spend or has expired, and then nothing may run. */
  async use(id: string, now: number): Promise<boolean> {
    return await spendApproval(this.#db, id, new Date(now));
  }

  /** Looks at the rows of everything that waits. Called on every hint and every second. */
  look(now: number): Promise<void> {
    if (this.#looking !== null) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#lookNow(now).finally(() => {
      this.#looking = null;
      if (this.#again) {
        this.#again = false;
        void this.look(Date.now()).catch(() => undefined);
      }
    });
    return this.#looking;
  }

  async #lookNow(now: number): Promise<void> {
    if (this.#watched.size === 0) return;
    const states = await statesOf(this.#db, [...this.#watched.keys()]);
    for (const [id, watched] of [...this.#watched]) {
      const state = states.get(id);
      if (state === "denied") this.#tell(id, state, await this.#reasonOf(id));
      else if (state === "granted" || state === "withdrawn") this.#tell(id, state);
      else if (state === "expired") await this.#expire(id, watched);
      // A grant may have come in since the look: then it is told at the next one.
      else if (
        state === "pending" &&
        watched.expiresAt <= now &&
        (await moveApproval(this.#db, id, ["pending"], "expired"))
      )
        await this.#expire(id, watched);
    }
  }

  async #expire(id: string, watched: Watched): Promise<void> {
    const { opening } = watched;
    await this.#journal.append({
      id: `expired:${id}`,
      type: "approval.expired",
      session: opening.session,
      epoch: opening.epoch,
      principal: opening.principal,
      connection: opening.connection,
      body: { statement: opening.statement, request: id },
    });
    this.#tell(id, "expired");
  }

  async #reasonOf(id: string): Promise<string | null> {
    return (await votesOf(this.#db, [id])).find((vote) => vote.verdict === "deny" && vote.durable)?.reason ?? null;
  }

  #tell(id: string, verdict: Verdict, reason: string | null = null): void {
    const watched = this.#watched.get(id);
    // A grant is told once; the request stays known so that it can still be withdrawn.
    if (watched === undefined) return;
    if (verdict !== "granted") this.#watched.delete(id);
    else this.#watched.set(id, { ...watched, onVerdict: () => undefined, expiresAt: Number.POSITIVE_INFINITY });
    watched.onVerdict(verdict, reason);
  }

  /** Forgets a request that has been spent. */
  forget(id: string): void {
    this.#watched.delete(id);
  }
}
