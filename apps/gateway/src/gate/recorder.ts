/**
 * The record of one statement: what is appended when, and how a failed append is told.
 *
 * INVARIANT (record first): `intent` holds every append that must be durable before the next effect; whoever sends
 * or answers awaits it.
 */
import type { EntryDraft } from "@sluice/evidence";
import type { ResultData } from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";
import type { InspectedStatement, Inspection } from "../policy/port.ts";
import {
  decidedEntry,
  type EntryContext,
  errorEntry,
  type FailedOutcome,
  forwardedEntry,
  partsEndEntry,
  receivedEntry,
  resultEntries,
} from "./entries.ts";
import type { DeliveredResult, GatePorts } from "./ports.ts";
import type { StatementRun } from "./statement-run.ts";

export interface Failing {
  readonly outcome: FailedOutcome;
  readonly code: string;
  readonly owner: string;
  readonly sqlState: string | null;
  readonly upstreamCode: string | null;
}

export class Recorder {
  readonly #run: StatementRun;
  readonly #ports: GatePorts;
  readonly #context: EntryContext;
  /** Set once the warehouse has answered: from then on a failed append withholds an outcome. */
  hasOutcome = false;
  intent: Promise<unknown> = Promise.resolve();
  /** A result that may leave: recorded with what leaves, by one sync. */
  #allowedAtResult: InspectedStatement | null = null;

  constructor(run: StatementRun, ports: GatePorts) {
    this.#run = run;
    this.#ports = ports;
    const { id, epoch, principal, connection } = run.session.facts;
    this.#context = { session: id, epoch, principal: principal.id, connection };
  }

  /** The request as it came and what was decided on each of its statements. */
  received(inspection: Inspection): void {
    const { request, requestId } = this.#run;
    const payload = new TextEncoder().encode(JSON.stringify({ sql: request.sqlText, bindings: request.bindings }));
    const received = this.#append(receivedEntry(this.#context, this.#told, requestId, request), payload);
    this.#intend(Promise.all([received, this.#decidedAll(inspection)]));
  }

  /** Decided again, before it runs. */
  decidedAgain(inspection: Inspection): Promise<unknown> {
    return this.#decidedAll(inspection);
  }

  decidedAtResult(one: InspectedStatement): void {
    if (one.decision.effect === "allow") this.#allowedAtResult = one;
    else this.#intend(this.#append(decidedEntry(this.#context, this.#told, "result", one)));
  }

  /** Resolves when it is durable together with everything intended before. */
  async forwarded(upstreamRequestId: string, approval: string | null, describeOnly: boolean): Promise<void> {
    const bytes = Buffer.byteLength(this.#run.request.sqlText, "utf8");
    const sent = { upstreamRequestId, bytes, approval, describeOnly };
    await Promise.all([this.intent, this.#append(forwardedEntry(this.#context, this.#told, sent))]);
  }

  async result(
    upstream: ResultData,
    delivered: DeliveredResult,
    one: InspectedStatement,
    heldMs: number,
  ): Promise<void> {
    const masks = new Map(one.decision.masks.columns.map((mask) => [mask.ordinal, mask.label] as const));
    const times = { durationMs: this.#ports.now() - this.#run.receivedAt, heldMs };
    const entries = resultEntries(this.#context, this.#run.id, upstream, delivered, masks, times);
    const decided = this.#appendAllowed();
    await Promise.all([decided, ...entries.map(({ draft, payload }) => this.#append(draft, payload ?? undefined))]);
  }

  /** The end of a multi-statement request: its parts are recorded when each is fetched. */
  async parts(upstream: ResultData, heldMs: number): Promise<void> {
    const times = { durationMs: this.#ports.now() - this.#run.receivedAt, heldMs };
    await this.#append(partsEndEntry(this.#context, this.#run.id, upstream, times));
  }

  async failed(told: Failing): Promise<void> {
    await Promise.all([this.intent, this.#appendAllowed()]);
    await this.#append(errorEntry(this.#context, this.#run.id, told.outcome, told.code, told));
  }

  async #appendAllowed(): Promise<void> {
    const one = this.#allowedAtResult;
    this.#allowedAtResult = null;
    if (one !== null) await this.#append(decidedEntry(this.#context, this.#told, "result", one));
  }

  #decidedAll(inspection: Inspection): Promise<unknown> {
    const { statements } = inspection;
    return Promise.all(
      statements.map((one) => this.#append(decidedEntry(this.#context, this.#told, "statement", one))),
    );
  }

  get #told() {
    return { statement: this.#run.id, textDigest: this.#run.textDigest };
  }

  #intend(work: Promise<unknown>): void {
    this.intent = work;
    // Awaited by the effect that needs it; never unhandled.
    work.catch(() => undefined);
  }

  async #append(draft: EntryDraft, payload?: Uint8Array): Promise<void> {
    try {
      await this.#ports.journal.append(draft, payload);
    } catch (error) {
      this.#ports.fault(error);
      throw new GatewayError(this.hasOutcome ? "SLUICE_OUTCOME_UNRECORDED" : "SLUICE_JOURNAL_UNAVAILABLE");
    }
  }
}
