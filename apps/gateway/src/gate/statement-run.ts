/**
 * The shell of one query request: performs what the pure machine in statement/step.ts asks for, in the one order
 * of architecture §5, and feeds back what came of it.
 *
 * INVARIANT (record first): nothing is sent upstream before `statement.decided` and `statement.forwarded` are
 * durable; nothing is answered before the outcome's entry is. A failed append turns the outcome into a refusal.
 */
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
import type { UpstreamAnswer } from "../upstream/port.ts";
import { agreesAfter, agreesBefore } from "./agreement.ts";
import { notOffered } from "./announced.ts";
import { CallerPresence } from "./caller-presence.ts";
import { openingOf } from "./opening.ts";
import type { Outcome } from "./outcome.ts";
import { deliverParts } from "./parts.ts";
import type { GatePorts, ResultContext } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import { movesContext, nowhereKnown, settingsAfter, settingsAfterAll } from "./session-settings.ts";
import { failureOf, outcomeOf, refusal, refusalOf, rowOf } from "./settling.ts";
import { upstreamRequest } from "./upstream-request.ts";
import { within } from "./within.ts";

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
  /** About what it keeps in memory once it is settled. */
  weightBytes = 0;
  /** The ids of a multi-statement request's parts. */
  partIds: readonly string[] = [];

  readonly #ports: GatePorts;
  readonly #presence: CallerPresence;
  readonly #recorder: Recorder;
  readonly #upstreamRequestId: string;
  #state: StatementState = { at: "received" };
  #inspection: Inspection | null = null;
  #approvalId: string | null = null;
  #heldAt: number | null = null;
  #heldMs = 0;
  #decidedAt: number | null = null;
  #forwardedAt: number | null = null;
  #upstreamQueryId: string | null = null;
  /** The warehouse's result, from its arrival until it is delivered. */
  #result: ResultData | null = null;
  #resultDecision: Decision | null = null;
  #delivered: { readonly data: ResultData; readonly maskedColumns: number } | null = null;
  /** Why it can't end in a result; told when it settles. */
  #problem: Outcome | null = null;
  #cancelAsked = false;
  #isAborting = false;
  /** The session's settings are those that the warehouse had when this ended. */
  #isContextKnown = false;
  /** Approved, but something that came later changes the session's context first. */
  #waitsItsTurn = false;
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
    this.#recorder = new Recorder(this, ports);
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

  get isUnderWay(): boolean {
    return (this.#state.at === "running" && !this.#waitsItsTurn) || this.#state.at === "delivering";
  }

  /** Answers once it is settled, or null after `waitMs`; while it waits, the caller counts as present. */
  async answer(waitMs: number, signal: AbortSignal): Promise<Outcome | null> {
    if (this.settledAt !== null) return await this.settled;
    const leave = this.#presence.arrive();
    return await within(this.settled, waitMs, signal).finally(leave);
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
      const inspection = await this.#readInTurn();
      if (inspection === null) return;
      this.#inspection = inspection;
      this.#decidedAt = this.#ports.now();
      this.#ports.onDecision(inspection.effect);
      this.#recorder.received(inspection);
      const first = this.#firstEvent(inspection);
      if (first.type === "allowed" && this.#movesContext) await this.#goAlone();
      this.#dispatch(first);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Null when it ended while it waited. What goes before it may change what it means: then it is read again. */
  async #readInTurn(): Promise<Inspection | null> {
    for (;;) {
      if (this.session.isHeldUp(this)) this.#presence.watch();
      if (!(await this.session.turn(this))) throw new GatewayError("SLUICE_QUEUE_FULL");
      if (this.#state.at !== "received") return null;
      this.#presence.unwatch();
      const inspection = await this.#read();
      if (this.#state.at !== "received") return null;
      if (!this.session.isHeldUp(this)) return inspection;
    }
  }

  async #awaitTurn(): Promise<void> {
    this.#waitsItsTurn = true;
    while (this.session.isHeldUp(this)) {
      if (!(await this.session.turn(this))) throw new GatewayError("SLUICE_QUEUE_FULL");
    }
    this.#waitsItsTurn = false;
  }

  get #movesContext(): boolean {
    return this.#inspection?.statements.some((one) => movesContext(one.facts)) === true && !this.request.describeOnly;
  }

  /** A change of context waits for what was decided without it, and what comes later waits for the change. */
  #goAlone(): Promise<void> {
    this.session.startHold(this);
    return this.session.alone(this);
  }

  async #read(): Promise<Inspection> {
    const { policy } = this.session;
    policy.assertFresh();
    await policy.prepare(false);
    const inspection = this.#inspect();
    if (!isMissingName(inspection)) return inspection;
    // Somebody may have made it a moment ago, past us.
    await policy.prepare(true);
    return this.#inspect();
  }

  #inspect(): Inspection {
    const { sqlText, bindings, parameters } = this.request;
    const at = new Date(this.#ports.now());
    return this.session.policy.inspect({ sql: sqlText, bindings, parameters, settings: this.session.settings, at });
  }

  #firstEvent(inspection: Inspection): StatementEvent {
    if (inspection.effect === "deny") return { type: "denied" };
    const wrong = notOffered(this.request, inspection);
    if (wrong !== null) {
      this.#problem = refusal(wrong.code, wrong.message);
      return { type: "denied" };
    }
    // Only execution is held: a description (masked like the result would be) is answered at once.
    if (inspection.effect === "allow" || this.request.describeOnly) return { type: "allowed" };
    const refusesInTransaction = inspection.requirements.some((requirement) => requirement.inTransaction === "refuse");
    if (!this.session.settings.inTransaction || !refusesInTransaction) return { type: "must-wait", what: "statement" };
    const code = "SLUICE_HOLD_IN_TRANSACTION";
    this.#problem = refusal(code, `${inspection.sentence} ${new GatewayError(code).message}`);
    return { type: "failed" };
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
      if (!this.#movesContext) this.session.endHold(this);
      this.#presence.unwatch();
    }
  }

  async #perform(effect: StatementEffect): Promise<void> {
    switch (effect.do) {
      case "open-approval":
        return await this.#openApproval();
      case "withdraw-approval":
        return await this.#withdrawApproval();
      case "await-caller":
        if (this.request.asyncExec || this.#presence.isPresent) this.#dispatch({ type: "caller-present" });
        return;
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

  async #openApproval(): Promise<void> {
    await this.#recorder.intent;
    const id = this.#ports.newId();
    this.#approvalId = id;
    await this.#ports.index.fix(this.#row());
    const opening = openingOf(id, this, this.#needInspection(), this.#resultDecision);
    await this.#ports.approvals.open(opening, this.#ports.now(), (verdict, reason) => this.#onVerdict(verdict, reason));
    // It may have been cancelled while it was being opened.
    if (this.#state.at === "done") await this.#withdrawApproval();
  }

  #onVerdict(verdict: Verdict, reason: string | null): void {
    switch (verdict) {
      case "granted":
        return this.#dispatch({ type: "granted" });
      case "denied":
        if (reason !== null) {
          this.#problem = refusal("SLUICE_APPROVAL_DENIED", `A reviewer denied this statement: ${reason}`);
        }
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

  /** Everything between a decision and the warehouse's answer. */
  async #forward(): Promise<void> {
    const isApproved = this.#approvalId !== null;
    if (isApproved && !(await this.#redeem())) return;
    const inspection = this.#needInspection();
    const request = upstreamRequest(this.request, inspection);
    if (!inspection.isRead) await this.#ports.index.fix(this.#row());
    if (isApproved && !inspection.isRead && !(await this.#describeAgrees(request, inspection))) return;
    await this.#recorder.forwarded(this.#upstreamRequestId, this.#approvalId, request.describeOnly);
    if (this.#cancelAsked) return this.#refuse("SLUICE_CANCELED", { type: "failed" });
    this.#forwardedAt = this.#ports.now();
    // A read's row is written once, when it has ended.
    if (!inspection.isRead) this.#note();
    const isRepeatable = inspection.isRead || request.describeOnly;
    this.#onAnswer(await this.session.upstream.query(request, this.#upstreamRequestId, isRepeatable));
  }

  /** Decides again, now, and spends the approval if it is still for exactly this. */
  async #redeem(): Promise<boolean> {
    const before = this.#needInspection();
    this.session.policy.assertFresh();
    await this.#awaitTurn();
    if (this.#movesContext) await this.#goAlone();
    await this.session.policy.prepare(false);
    const now = this.#inspect();
    const isSame = now.effect === "hold" && now.digest === before.digest;
    if (!isSame || !(await this.#spendApproval())) {
      if (this.#approvalId !== null) await this.#ports.approvals.withdraw(this.#approvalId, "void");
      this.#dispatch({ type: "approval-void" });
      return false;
    }
    this.#inspection = now;
    await this.#recorder.decidedAgain(now);
    return true;
  }

  async #spendApproval(): Promise<boolean> {
    const id = this.#approvalId;
    if (id === null || !(await this.#ports.approvals.use(id, this.#ports.now()))) return false;
    this.#ports.approvals.forget(id);
    return true;
  }

  /** Asks the warehouse what it takes an approved statement for, before it may run. */
  async #describeAgrees(request: QueryRequest, inspection: Inspection): Promise<boolean> {
    const one = inspection.statements[0];
    if (inspection.statements.length !== 1 || one === undefined) return true;
    const requestId = this.#ports.newId();
    await this.#recorder.forwarded(requestId, this.#approvalId, true);
    const answer = await this.session.upstream.query({ ...request, describeOnly: true }, requestId, true);
    if (answer.kind !== "result") {
      // A description that got lost ran nothing.
      this.#onAnswer(answer.kind === "unknown" ? { kind: "not-sent" } : answer);
      return false;
    }
    if (agreesBefore(one.facts.class, answer.data.statementTypeId)) return true;
    this.#refuse("SLUICE_CLASS_MISMATCH", { type: "failed" });
    return false;
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

  #onAnswer(answer: UpstreamAnswer): void {
    switch (answer.kind) {
      case "result":
        return this.#onResult(answer.data, this.#needInspection());
      case "failure":
        this.#problem = failureOf(answer.failure, this.id, this.#needInspection());
        // One statement that failed moved nothing; of several, the first may have.
        this.#isContextKnown = this.#needInspection().statements.length === 1;
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
    this.#problem = refusal(code);
    this.#dispatch(event);
  }

  #onResult(data: ResultData, inspection: Inspection): void {
    this.#result = data;
    this.#recorder.hasOutcome = true;
    this.#upstreamQueryId = data.queryId;
    const one = inspection.statements[0];
    if (!this.request.describeOnly) for (const each of inspection.statements) this.session.policy.changed(each.facts);
    if (inspection.statements.length !== 1 || one === undefined) {
      const all = inspection.statements.map((each) => each.facts);
      if (!this.request.describeOnly) this.session.settings = settingsAfterAll(this.session, data, all);
      this.#isContextKnown = true;
      return this.#dispatch({ type: "result-arrived" });
    }
    if (!agreesAfter(one.facts.class, data.statementTypeId)) {
      return this.#refuse("SLUICE_CLASS_MISMATCH", { type: "withheld" });
    }
    if (this.request.describeOnly) return this.#dispatch({ type: "result-arrived" });
    this.session.settings = settingsAfter(this.session, data, one.facts);
    this.#isContextKnown = true;
    if (!one.decision.asksAtResult) return this.#dispatch({ type: "result-arrived" });
    const shape = { rows: data.total, columns: data.rowtype };
    const decision = this.session.policy.atResult(one, shape);
    this.#resultDecision = decision;
    this.#recorder.decidedAtResult({ ...one, decision, decisionFacts: factsAtResult(one.decisionFacts, shape) });
    if (decision.effect === "allow") return this.#dispatch({ type: "result-arrived" });
    if (decision.effect === "hold") return this.#dispatch({ type: "must-wait", what: "result" });
    this.#problem = refusal("SLUICE_RESULT_DENIED", decision.sentence);
    this.#dispatch({ type: "denied" });
  }

  async #deliver(): Promise<void> {
    const inspection = this.#needInspection();
    const upstream = this.#result;
    const one = inspection.statements[0];
    if (upstream === null || one === undefined) throw new GatewayError("SLUICE_INTERNAL");
    const isHeldResult = this.#resultDecision?.effect === "hold";
    if (isHeldResult && !(await this.#spendApproval())) throw new GatewayError("SLUICE_APPROVAL_VOID");
    if (inspection.statements.length > 1) await this.#deliverParts(upstream, inspection);
    else {
      const decision = { ...(this.#resultDecision ?? one.decision), masks: one.decision.masks };
      const delivered = await this.#ports.results.deliver(upstream, this.id, decision, this.#resultContext);
      await this.#recorder.result(upstream, delivered, one, this.#heldMs);
      this.#delivered = delivered;
    }
    this.#dispatch({ type: "delivered" });
  }

  async #deliverParts(upstream: ResultData, inspection: Inspection): Promise<void> {
    const delivered = deliverParts(upstream, this.id, inspection, this.#resultContext, this.session, this.#ports);
    this.partIds = delivered.parts.map((part) => part.id);
    for (const part of delivered.parts) this.session.adoptPart(part);
    await this.#recorder.parts(upstream, this.#heldMs);
    this.#delivered = { data: delivered.data, maskedColumns: 0 };
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
        await this.#recorder.failed(told);
      } catch {
        // What can't be recorded is not told as if it had been: the caller learns that the record failed.
        outcome = refusal(this.#forwardedAt === null ? "SLUICE_JOURNAL_UNAVAILABLE" : "SLUICE_OUTCOME_UNRECORDED");
      }
    }
    this.#finish(ending, outcome);
  }

  #finish(ending: Ending, outcome: Outcome): void {
    this.settledAt = this.#ports.now();
    this.weightBytes = weightOf(this.request, outcome);
    this.#presence.unwatch();
    if (this.#movesContext && this.#forwardedAt !== null && !this.#isContextKnown) {
      this.session.settings = nowhereKnown(this.session.settings);
    }
    this.session.endHold(this);
    this.#ports.onEnding(ending);
    this.#result = null;
    this.#note(outcome);
    this.#resolve(outcome);
  }

  /** An effect failed: nothing more is sent, and the caller learns a coded reason. */
  #fail(error: unknown): void {
    if (!(error instanceof GatewayError)) this.#ports.fault(error);
    const problem = error instanceof GatewayError ? refusal(error.code, error.message) : refusal("SLUICE_INTERNAL");
    if (this.#state.at === "done") {
      // Settling itself failed; the caller must still be told.
      if (!this.isSettled) this.#finish(this.#state.ending, problem);
      return;
    }
    this.#problem = problem;
    this.#dispatch({ type: this.#result === null ? "failed" : "withheld" });
  }

  #needInspection(): Inspection {
    if (this.#inspection === null) throw new GatewayError("SLUICE_INTERNAL");
    return this.#inspection;
  }

  #row(outcome: Outcome | null = null) {
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

function weightOf({ sqlText, bindings }: QueryRequest, outcome: Outcome): number {
  const rows = outcome.kind === "result" ? (outcome.data.rowset ?? outcome.data.rowsetBase64 ?? "") : "";
  const binds = bindings === null ? 0 : JSON.stringify(bindings).length;
  return sqlText.length + binds + rows.length;
}

const isMissingName = (inspection: Inspection): boolean =>
  inspection.statements.some((one) =>
    one.facts.reasons.some((reason) => reason.code === "UNRESOLVED_OBJECT" || reason.code === "UNRESOLVED_COLUMN"),
  );
