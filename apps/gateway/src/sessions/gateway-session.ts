/**
 * A downstream session as this replica holds it: who calls, where to, what it has run. It owns its statements:
 * a result, a poll, a cancel or a chunk is found through the session that made it or not at all.
 */
import type { StatementRun } from "../gate/statement-run.ts";
import type { PolicyPort, SessionSettings } from "../policy/port.ts";
import type { UpstreamPort } from "../upstream/port.ts";
import type { Answerable, Queued, SessionFacts, SessionPort } from "./port.ts";

/** How many statements may wait behind one that is held. */
const WAITING_MAX = 64;
/** How many settled statements a session answers again, and for how long. */
const SETTLED_MAX = 1000;
const SETTLED_MS = 15 * 60_000;
/** How many statements of a session may be unsettled: held without a poll, waiting, or running. */
const UNSETTLED_MAX = 1000;
/** What settled statements may keep in memory, and how long the newest are kept whatever they weigh. */
const SETTLED_BYTES_MAX = 64 * 1_048_576;
const SETTLED_SURE_MS = 60_000;

export class GatewaySession implements SessionPort {
  readonly facts: SessionFacts;
  readonly upstream: UpstreamPort;
  readonly policy: PolicyPort;
  settings: SessionSettings;
  isAutocommit = true;
  lastSeenAt: number;
  ended: string | null = null;
  readonly #byRequest = new Map<string, StatementRun>();
  readonly #byId = new Map<string, Answerable>();
  readonly #holding = new Set<Queued>();
  #waiting = 0;

  constructor(facts: SessionFacts, upstream: UpstreamPort, policy: PolicyPort, settings: SessionSettings, now: number) {
    this.facts = facts;
    this.upstream = upstream;
    this.policy = policy;
    this.settings = settings;
    this.lastSeenAt = now;
  }

  find(requestId: string): StatementRun | null {
    return this.#byRequest.get(requestId) ?? null;
  }

  findAnswerable(queryId: string): Answerable | null {
    return this.#byId.get(queryId) ?? null;
  }

  runs(): Iterable<StatementRun> {
    return this.#byRequest.values();
  }

  /** Whether it takes no further statement: too many have no end yet. */
  get isFull(): boolean {
    if (this.#byRequest.size < UNSETTLED_MAX) return false;
    let unsettled = 0;
    for (const run of this.#byRequest.values()) if (!run.isSettled) unsettled += 1;
    return unsettled >= UNSETTLED_MAX;
  }

  adopt(run: StatementRun): void {
    this.#byRequest.set(run.requestId, run);
    this.#byId.set(run.id, run);
  }

  adoptPart(part: Answerable): void {
    this.#byId.set(part.id, part);
  }

  /** Waits until no hold and no change of context stands before `run`; false when too many wait already. */
  async turn(run: Queued): Promise<boolean> {
    if (!this.isHeldUp(run)) return true;
    if (this.#waiting >= WAITING_MAX) return false;
    this.#waiting += 1;
    try {
      for (let holder = this.#before(run); holder !== null && !run.isSettled; holder = this.#before(run)) {
        await Promise.race([holder.settled, run.settled]);
      }
      return true;
    } finally {
      this.#waiting -= 1;
    }
  }

  isHeldUp(run: Queued): boolean {
    return this.#before(run) !== null;
  }

  async alone(run: Queued): Promise<void> {
    const others = [...this.#byRequest.values()].filter((one) => one !== run && one.isUnderWay);
    await Promise.race([run.settled, Promise.all(others.map((one) => one.settled))]);
  }

  #before(run: Queued): Queued | null {
    for (const one of this.#holding) if (one !== run) return one;
    return null;
  }

  startHold(run: Queued): void {
    this.#holding.add(run);
  }

  endHold(run: Queued): void {
    this.#holding.delete(run);
  }

  /** Forgets statements that settled long ago, so that a session's memory is bounded. */
  forgetOld(now: number): void {
    let excess = this.#byRequest.size - SETTLED_MAX;
    let bytes = 0;
    for (const run of this.#byRequest.values()) bytes += run.settledAt === null ? 0 : run.weightBytes;
    for (const [requestId, run] of this.#byRequest) {
      if (run.settledAt === null) continue;
      const isHeavy = bytes > SETTLED_BYTES_MAX && now - run.settledAt > SETTLED_SURE_MS;
      if (excess <= 0 && now - run.settledAt < SETTLED_MS && !isHeavy) continue;
      excess -= 1;
      bytes -= run.weightBytes;
      this.#byRequest.delete(requestId);
      this.#byId.delete(run.id);
      for (const part of run.partIds) this.#byId.delete(part);
    }
  }

  /** Ends everything that still waits or runs; the first reason stays. */
  end(reason: string): void {
    this.ended ??= reason;
    for (const run of this.#byRequest.values()) run.cancel();
  }
}
