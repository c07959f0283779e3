/**
 * The shell of one query request: performs what the pure machine in statement/step.ts asks for, in the one order
 * of architecture §5, and feeds back what came of it.
 *
 * INVARIANT (record first): nothing is sent upstream before `statement.decided` and `statement.forwarded` are
 * durable; nothing is answered before the outcome's entry is. A failed append turns the outcome into a refusal.
 */
import type { EntryDraft } from "@sluice/evidence";
import type { Decision } from "@sluice/policy-engine";
import type { QueryRequest, ResultData } from "@sluice/snowflake-wire";
import type { Verdict } from "../approvals/port.ts";
import { type ErrorCode, GatewayError } from "../errors/catalogue.ts";
import { factsAtResult, type Inspection } from "../policy/port.ts";
import type { Answerable, SessionPort } from "../sessions/port.ts";
import {
  type Ending,
  type StatementEffect,
  type StatementEvent,
  type StatementState,
  step,
} from "../statement/step.ts";
import type { StatementRow } from "../store/port.ts";
import type { UpstreamAnswer } from "../upstream/port.ts";
import { agreesAfter, agreesBefore } from "./agreement.ts";
import { CallerPresence } from "./caller-presence.ts";
import {
  decidedEntry,
  type EntryContext,
  errorEntry,
  forwardedEntry,
  receivedEntry,
  resultEntries,
  type StatementTold,
} from "./entries.ts";
import type { Outcome } from "./outcome.ts";
import { deliverParts } from "./parts.ts";
import type { GatePorts, ResultContext } from "./ports.ts";
import { settingsAfter } from "./session-settings.ts";
import { failureOf, outcomeOf, refusalOf, rowOf } from "./settling.ts";

export class StatementRun implements Answerable {
  readonly id: string;
  readonly requestId: string;
  readonly request: QueryRequest;
  readonly textDigest: string;
  readonly receivedAt: number;
  readonly publicUrl: string;
  readonly session: SessionPort;
  readonly settled: Promise<Outcome>;
  settledAt: number | null = null;
  partIds: readonly string[] = [];

  readonly #ports: GatePorts;
  readonly #presence: CallerPresence;
  #state: StatementState = { at: "received" };
  #inspection: Inspection | null = null;
  #upstreamRequestId: string;
  #upstreamQueryId: string | null = null;
  #approvalId: string | null = null;
  #heldAt: number | null = null;
  #heldMs = 0;
  #decidedAt: number | null = null;
  #forwardedAt: number | null = null;
  #result: ResultData | null = null;
  #resultDecision: Decision | null = null;
  #delivered: { readonly data: ResultData; readonly maskedColumns: number } | null = null;
  #problem: Outcome | null = null;
  #cancelAsked = false;
  #isAborting = false;
  #resolve: (outcome: Outcome) => void = () => undefined;

  constructor(session: SessionPort, requestId: string, request: QueryRequest, publicUrl: string, ports: GatePorts) {
    this.session = session;
    this.requestId = requestId;
    this.request = request;
    this.publicUrl = publicUrl;
    this.#ports = ports;
    this.id = ports.newId();
    this.#upstreamRequestId = ports.newId();
    this.textDigest = ports.digestText(request.sqlText);
    this.receivedAt = ports.now();
    this.settled = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#presence = new CallerPresence(ports.callerGraceMs, {
      onPresent: () => {
        if (this.#state.at === "released") this.#dispatch({ type: "caller-present" });
      },
      onGone: () => {
        if (!this.request.asyncExec) this.#dispatch({ type: "caller-gone" });
      },
    });
  }

  get state(): StatementState {
    return this.#state;
  }

  get isSettled(): boolean {
    return this.settledAt !== null;
  }

  /** True from the moment that a cancel was asked until it settles. */
  get isCanceling(): boolean {
    return this.#cancelAsked && !this.isSettled;
  }

  /** Answers once it is settled, or null after `waitMs`; while it waits, the caller counts as present. */
  async answer(waitMs: number, signal: AbortSignal): Promise<Outcome | null> {
    if (this.settledAt !== null) return await this.settled;
    const leave = this.#presence.arrive();
    let timer: NodeJS.Timeout | undefined;
    const given = new Promise<null>((resolve) => {
      timer = setTimeout(() => resolve(null), waitMs);
      signal.addEventListener("abort", () => resolve(null), { once: true });
    });
    try {
      return await Promise.race([this.settled, given]);
    } finally {
      clearTimeout(timer);
      leave();
    }
  }

  /** The caller, or the end of its session, wants it stopped. False when there is nothing left to stop. */
  cancel(): boolean {
    if (this.isSettled || this.#state.at === "delivering") return false;
    this.#cancelAsked = true;
    this.#dispatch({ type: "cancel" });
    return true;
  }

  /** Reads, decides and records; then allows, denies or holds. Called once. */
  async begin(): Promise<void> {
    try {
      if (!(await this.session.turn(this))) throw new GatewayError("SLUICE_QUEUE_FULL");
      if (this.#state.at !== "received") return;
      const { policy } = this.session;
      policy.assertFresh();
      await policy.prepare(false);
      let inspection = this.#inspect();
      if (isMissingName(inspection)) {
        await policy.prepare(true);
        inspection = this.#inspect();
      }
      this.#inspection = inspection;
      this.#decidedAt = this.#ports.now();
      this.#ports.onDecision(inspection.effect);
      const recorded = this.#record(inspection);
      // Observed below or by the effect that needs it; never unhandled.
      recorded.catch(() => undefined);
      this.#recorded = recorded;
      this.#dispatch(this.#firstEvent(inspection));
    } catch (error) {
      this.#fail(error);
    }
  }

  #recorded: Promise<unknown> = Promise.resolve();

  #inspect(): Inspection {
    const { sqlText, bindings, parameters } = this.request;
    return this.session.policy.inspect({
      sql: sqlText,
      bindings,
      parameters,
      settings: this.session.settings,
      at: new Date(this.#ports.now()),
    });
  }

  #record(inspection: Inspection): Promise<unknown> {
    const payload = new TextEncoder().encode(
      JSON.stringify({ sql: this.request.sqlText, bindings: this.request.bindings }),
    );
    const received = this.#append(receivedEntry(this.#context, this.#told, this.requestId, this.request), payload);
    const decided = inspection.statements.map((one) =>
      this.#append(decidedEntry(this.#context, this.#told, "statement", one)),
    );
    return Promise.all([received, ...decided]);
  }

  #firstEvent(inspection: Inspection): StatementEvent {
    if (inspection.effect === "deny") return { type: "denied" };
    if (inspection.effect === "allow") return { type: "allowed" };
    // Only execution is held: a description (masked like the result would be) is answered at once.
    if (this.request.describeOnly) return { type: "allowed" };
    const refusesInTransaction = inspection.requirements.some((requirement) => requirement.inTransaction === "refuse");
    if (this.session.settings.inTransaction && refusesInTransaction) {
      this.#problem = {
        kind: "refusal",
        code: "SLUICE_HOLD_IN_TRANSACTION",
        message: `${inspection.sentence} ${new GatewayError("SLUICE_HOLD_IN_TRANSACTION").message}`,
      };
      return { type: "failed" };
    }
    return { type: "must-wait", what: "statement" };
  }

  #dispatch(event: StatementEvent): void {
    const before = this.#state;
    const next = step(before, event);
    this.#state = next.state;
    this.#followHold(before, next.state);
    for (const effect of next.effects) this.#perform(effect).catch((error: unknown) => this.#fail(error));
  }

  /** A synchronous hold makes the session's later statements wait; its time is told in the record. */
  #followHold(before: StatementState, after: StatementState): void {
    const was = before.at === "held" || before.at === "released";
    const is = after.at === "held" || after.at === "released";
    if (!was && is) {
      this.#heldAt = this.#ports.now();
      if (!this.request.asyncExec) this.session.startHold(this);
      this.#presence.watch();
      this.#note();
    } else if (was && !is) {
      this.#heldMs += this.#ports.now() - (this.#heldAt ?? this.#ports.now());
      this.#heldAt = null;
      this.session.endHold(this);
      this.#presence.unwatch();
    }
  }

  async #perform(effect: StatementEffect): Promise<void> {
    switch (effect.do) {
      case "open-approval":
        return await this.#openApproval(effect.what);
      case "withdraw-approval":
        return await this.#withdrawApproval();
      case "await-caller":
        return this.#awaitCaller();
      case "forward":
        return await this.#forward();
      case "abort-upstream":
        return await this.#abortUpstream();
      case "deliver":
        return await this.#deliver();
      case "settle":
        return await this.#settle(effect.ending);
    }
  }

  /**
   * Asks the warehouse to stop, again and again until the statement has ended: a cancel may overtake the statement
   * on its way there, and then the warehouse knows of nothing to stop.
   */
  async #abortUpstream(): Promise<void> {
    if (this.#isAborting) return;
    this.#isAborting = true;
    for (let attempt = 0; this.#state.at === "running"; attempt += 1) {
      if (this.#forwardedAt !== null) await this.session.upstream.abort(this.#upstreamRequestId, this.request.sqlText);
      await new Promise((resolve) => setTimeout(resolve, Math.min(2000, 25 * 2 ** attempt)));
    }
  }

  async #openApproval(what: "statement" | "result"): Promise<void> {
    await this.#recorded;
    const inspection = this.#needInspection();
    const decision = what === "result" ? this.#resultDecision : null;
    const one = inspection.statements[0];
    const { principal, connection, id, epoch } = this.session.facts;
    const approvalId = this.#ports.newId();
    this.#approvalId = approvalId;
    await this.#ports.index.fix(this.#row());
    await this.#ports.approvals.open(
      {
        id: approvalId,
        session: id,
        epoch,
        statement: this.id,
        principal: principal.id,
        delegator: principal.delegator?.id ?? null,
        connection,
        textDigest: this.textDigest,
        digest: inspection.digest,
        factsDigest: (decision ?? one?.decision)?.factsDigest ?? "",
        bundleDigest: inspection.bundleDigest,
        requirements: decision?.approvals ?? inspection.requirements,
        summary: decision?.sentence ?? inspection.sentence,
        touches: [
          ...new Set(
            inspection.statements.flatMap((each) =>
              each.facts.accesses.map((access) => `${access.action} ${access.object}`.trim()),
            ),
          ),
        ],
      },
      this.#ports.now(),
      (verdict, reason) => this.#onVerdict(verdict, reason),
    );
    // It may have been cancelled while it was being opened.
    if (this.isSettled || this.#state.at === "done") await this.#withdrawApproval();
  }

  #onVerdict(verdict: Verdict, reason: string | null): void {
    switch (verdict) {
      case "granted":
        return this.#dispatch({ type: "granted" });
      case "denied":
        if (reason !== null)
          this.#problem = {
            kind: "refusal",
            code: "SLUICE_APPROVAL_DENIED",
            message: `A reviewer denied this statement: ${reason}`,
          };
        return this.#dispatch({ type: "approval-denied" });
      case "expired":
        return this.#dispatch({ type: "approval-expired" });
      case "withdrawn":
        return this.#dispatch({ type: "caller-gone" });
    }
  }

  async #withdrawApproval(): Promise<void> {
    if (this.#approvalId === null) return;
    await this.#ports.approvals.withdraw(this.#approvalId, this.#cancelAsked ? "canceled" : "abandoned");
  }

  #awaitCaller(): void {
    if (this.request.asyncExec || this.#presence.isPresent) this.#dispatch({ type: "caller-present" });
  }

  /** Everything between a decision and the warehouse's answer. */
  async #forward(): Promise<void> {
    const approved = this.#approvalId !== null;
    if (approved && !(await this.#redeem())) return;
    const inspection = this.#needInspection();
    const request = this.#upstreamRequest(inspection);
    if (!inspection.isRead) await this.#ports.index.fix(this.#row());
    if (approved && !inspection.isRead && !(await this.#describeAgrees(request, inspection))) return;
    const bytes = Buffer.byteLength(request.sqlText, "utf8");
    const forwarded = this.#append(
      forwardedEntry(this.#context, this.#told, {
        upstreamRequestId: this.#upstreamRequestId,
        bytes,
        approval: this.#approvalId,
        describeOnly: request.describeOnly,
      }),
    );
    await Promise.all([this.#recorded, forwarded]);
    this.#forwardedAt = this.#ports.now();
    this.#note();
    const isRepeatable = inspection.isRead || request.describeOnly;
    this.#onAnswer(await this.session.upstream.query(request, this.#upstreamRequestId, isRepeatable));
  }

  /** Decides again, now, and spends the approval if it is still for exactly this. */
  async #redeem(): Promise<boolean> {
    const approvalId = this.#approvalId;
    const before = this.#needInspection();
    this.session.policy.assertFresh();
    await this.session.policy.prepare(false);
    const now = this.#inspect();
    const isSame = now.effect === "hold" && now.digest === before.digest;
    if (!isSame || approvalId === null || !(await this.#ports.approvals.use(approvalId))) {
      if (approvalId !== null) await this.#ports.approvals.withdraw(approvalId, "void");
      this.#dispatch({ type: "approval-void" });
      return false;
    }
    this.#ports.approvals.forget(approvalId);
    this.#inspection = now;
    await Promise.all(
      now.statements.map((one) => this.#append(decidedEntry(this.#context, this.#told, "statement", one))),
    );
    return true;
  }

  async #describeAgrees(request: QueryRequest, inspection: Inspection): Promise<boolean> {
    const one = inspection.statements[0];
    if (inspection.statements.length !== 1 || one === undefined) return true;
    const requestId = this.#ports.newId();
    await this.#append(
      forwardedEntry(this.#context, this.#told, {
        upstreamRequestId: requestId,
        bytes: request.sqlText.length,
        approval: this.#approvalId,
        describeOnly: true,
      }),
    );
    const answer = await this.session.upstream.query({ ...request, describeOnly: true }, requestId, true);
    if (answer.kind !== "result") {
      this.#onAnswer(answer.kind === "unknown" ? { kind: "not-sent" } : answer);
      return false;
    }
    if (agreesBefore(one.facts.class, answer.data.statementTypeId)) return true;
    this.#problem = {
      kind: "refusal",
      code: "SLUICE_CLASS_MISMATCH",
      message: new GatewayError("SLUICE_CLASS_MISMATCH").message,
    };
    this.#dispatch({ type: "failed" });
    return false;
  }

  #upstreamRequest(inspection: Inspection): QueryRequest {
    const { MULTI_STATEMENT_COUNT: _, ...parameters } = this.request.parameters;
    const count = inspection.statements.length;
    const seconds = inspection.statements.flatMap((one) =>
      one.decision.limits.seconds === undefined ? [] : [one.decision.limits.seconds],
    );
    return {
      ...this.request,
      asyncExec: false,
      requestId: null,
      describedJobId: null,
      parameters: {
        ...parameters,
        ...(count > 1 ? { MULTI_STATEMENT_COUNT: count } : {}),
        ...(seconds.length > 0 ? { STATEMENT_TIMEOUT_IN_SECONDS: Math.ceil(Math.min(...seconds)) } : {}),
      },
    };
  }

  #onAnswer(answer: UpstreamAnswer): void {
    const inspection = this.#needInspection();
    switch (answer.kind) {
      case "result":
        return this.#onResult(answer.data, inspection);
      case "failure":
        this.#problem = failureOf(answer.failure, this.id, inspection);
        return this.#dispatch({ type: "failed" });
      case "not-sent":
        return this.#refuse("SLUICE_UPSTREAM_UNREACHABLE", { type: "failed" });
      case "session-gone":
        this.session.ended = "upstream-gone";
        return this.#refuse("SLUICE_SESSION_GONE", { type: "failed" });
      case "nonsense":
        return this.#refuse("SLUICE_UPSTREAM_NONSENSE", { type: "withheld" });
      case "unknown":
        return this.#refuse("SLUICE_OUTCOME_UNKNOWN", { type: "lost" });
    }
  }

  #refuse(code: ErrorCode, event: StatementEvent): void {
    this.#problem = { kind: "refusal", code, message: new GatewayError(code).message };
    this.#dispatch(event);
  }

  #onResult(data: ResultData, inspection: Inspection): void {
    this.#result = data;
    this.#upstreamQueryId = data.queryId;
    const one = inspection.statements[0];
    if (!this.request.describeOnly) for (const each of inspection.statements) this.session.policy.changed(each.facts);
    if (inspection.statements.length !== 1 || one === undefined) return this.#dispatch({ type: "result-arrived" });
    if (!this.request.describeOnly) this.session.settings = settingsAfter(this.session, data, one.facts);
    if (!agreesAfter(one.facts.class, data.statementTypeId))
      return this.#refuse("SLUICE_CLASS_MISMATCH", { type: "withheld" });
    if (!one.decision.asksAtResult || this.request.describeOnly) return this.#dispatch({ type: "result-arrived" });
    const shape = { rows: data.total, columns: data.rowtype };
    const decision = this.session.policy.atResult(one, shape);
    this.#resultDecision = decision;
    const decisionFacts = factsAtResult(one.decisionFacts, shape);
    this.#recorded = this.#append(
      decidedEntry(this.#context, this.#told, "result", { ...one, decision, decisionFacts }),
    );
    this.#recorded.catch(() => undefined);
    if (decision.effect === "allow") return this.#dispatch({ type: "result-arrived" });
    if (decision.effect === "hold") return this.#dispatch({ type: "must-wait", what: "result" });
    this.#problem = { kind: "refusal", code: "SLUICE_RESULT_DENIED", message: decision.sentence };
    this.#dispatch({ type: "denied" });
  }

  async #deliver(): Promise<void> {
    const inspection = this.#needInspection();
    const upstream = this.#result;
    const one = inspection.statements[0];
    if (upstream === null || one === undefined) throw new GatewayError("SLUICE_INTERNAL");
    await this.#recorded;
    if (this.#resultDecision?.effect === "hold" && this.#approvalId !== null) {
      if (!(await this.#ports.approvals.use(this.#approvalId))) throw new GatewayError("SLUICE_APPROVAL_VOID");
      this.#ports.approvals.forget(this.#approvalId);
    }
    if (inspection.statements.length > 1) {
      const { data, parts } = deliverParts(
        upstream,
        this.id,
        inspection,
        this.#resultContext,
        this.session,
        this.#ports,
      );
      this.partIds = parts.map((part) => part.id);
      for (const part of parts) this.session.adoptPart(part);
      await this.#append(
        errorlessEnd(this.#context, this.id, upstream, this.#ports.now() - this.receivedAt, this.#heldMs),
      );
      this.#delivered = { data, maskedColumns: 0 };
      return this.#dispatch({ type: "delivered" });
    }
    const decision = this.#resultDecision ?? one.decision;
    const delivered = await this.#ports.results.deliver(
      upstream,
      this.id,
      { ...decision, masks: one.decision.masks },
      this.#resultContext,
    );
    const masks = new Map([...one.decision.masks.columns.map((mask) => [mask.ordinal, mask.label] as const)]);
    const times = { durationMs: this.#ports.now() - this.receivedAt, heldMs: this.#heldMs };
    await Promise.all(
      resultEntries(this.#context, this.id, upstream, delivered, masks, times).map(({ draft, payload }) =>
        this.#append(draft, payload ?? undefined),
      ),
    );
    this.#delivered = delivered;
    this.#dispatch({ type: "delivered" });
  }

  get #resultContext(): ResultContext {
    const { id, epoch, principal, connection } = this.session.facts;
    return { session: id, epoch, statement: this.id, principal: principal.id, connection, publicUrl: this.publicUrl };
  }

  async #settle(ending: Ending): Promise<void> {
    let outcome = outcomeOf(ending, this.#delivered?.data ?? null, this.#problem, this.#inspection);
    const told = refusalOf(ending, outcome);
    if (told !== null) {
      try {
        await this.#recorded;
        await this.#append(errorEntry(this.#context, this.id, told.outcome, told.code, told));
      } catch {
        // What can't be recorded is not told as if it had been: the caller learns that the record failed.
        const code = this.#forwardedAt === null ? "SLUICE_JOURNAL_UNAVAILABLE" : "SLUICE_OUTCOME_UNRECORDED";
        outcome = { kind: "refusal", code, message: new GatewayError(code).message };
      }
    }
    this.settledAt = this.#ports.now();
    this.#presence.unwatch();
    this.#ports.onEnding(ending);
    this.#result = null;
    this.#note(outcome);
    this.#resolve(outcome);
  }

  /** An effect failed: nothing more is sent, and the caller learns a coded reason. */
  #fail(error: unknown): void {
    if (this.#state.at === "done") {
      // Settling itself failed; the outcome must still be told.
      if (!this.isSettled) {
        this.settledAt = this.#ports.now();
        this.#resolve({
          kind: "refusal",
          code: "SLUICE_INTERNAL",
          message: new GatewayError("SLUICE_INTERNAL").message,
        });
      }
      return;
    }
    if (!(error instanceof GatewayError)) this.#ports.fault(error);
    const coded = error instanceof GatewayError ? error : new GatewayError("SLUICE_INTERNAL");
    this.#problem = { kind: "refusal", code: coded.code, message: coded.message };
    const isAfter = this.#state.at === "delivering" || (this.#state.at === "running" && this.#result !== null);
    this.#dispatch({ type: isAfter ? "withheld" : "failed" });
  }

  async #append(draft: EntryDraft, payload?: Uint8Array): Promise<void> {
    try {
      await this.#ports.journal.append(draft, payload);
    } catch (error) {
      this.#ports.fault(error);
      throw new GatewayError(this.#result === null ? "SLUICE_JOURNAL_UNAVAILABLE" : "SLUICE_OUTCOME_UNRECORDED");
    }
  }

  get #context(): EntryContext {
    const { id, epoch, principal, connection } = this.session.facts;
    return { session: id, epoch, principal: principal.id, connection };
  }

  get #told(): StatementTold {
    return { statement: this.id, textDigest: this.textDigest };
  }

  #needInspection(): Inspection {
    if (this.#inspection === null) throw new GatewayError("SLUICE_INTERNAL");
    return this.#inspection;
  }

  #row(outcome: Outcome | null = null): StatementRow {
    return rowOf({
      run: this,
      state: this.#state,
      inspection: this.#inspection,
      upstreamRequestId: this.#upstreamRequestId,
      upstreamQueryId: this.#upstreamQueryId,
      decidedAt: this.#decidedAt,
      forwardedAt: this.#forwardedAt,
      maskedColumns: this.#delivered?.maskedColumns ?? null,
      outcome,
    });
  }

  #note(outcome: Outcome | null = null): void {
    this.#ports.index.note(this.#row(outcome));
  }
}

const isMissingName = (inspection: Inspection): boolean =>
  inspection.statements.some((one) =>
    one.facts.reasons.some((reason) => reason.code === "UNRESOLVED_OBJECT" || reason.code === "UNRESOLVED_COLUMN"),
  );

/** The end of a multi-statement request: its parts are recorded when each is fetched. */
function errorlessEnd(
  context: EntryContext,
  statement: string,
  upstream: ResultData,
  durationMs: number,
  heldMs: number,
): EntryDraft {
  return {
    ...context,
    type: "result.end",
    body: {
      statement,
      rows: upstream.total,
      columns: upstream.rowtype.length,
      chunks: [],
      durationMs,
      heldMs,
      queryId: upstream.queryId,
    },
  };
}
