/**
 * The parts of a multi-statement request. Each part's result is fetched when the caller asks for it, masked by the
 * plan of its own statement, and recorded; its id downstream is ours.
 */
import type { ResultData } from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";
import { factsAtResult, type InspectedStatement, type Inspection } from "../policy/port.ts";
import type { Answerable, SessionPort } from "../sessions/port.ts";
import { decidedEntry, type EntryContext, resultEntries } from "./entries.ts";
import type { Outcome } from "./outcome.ts";
import type { GatePorts, ResultContext } from "./ports.ts";
import { failureOf, refusal } from "./settling.ts";
import { within } from "./within.ts";

export interface DeliveredParts {
  readonly data: ResultData;
  readonly parts: readonly Answerable[];
}

export function deliverParts(
  upstream: ResultData,
  queryId: string,
  inspection: Inspection,
  context: ResultContext,
  session: SessionPort,
  ports: GatePorts,
): DeliveredParts {
  if (upstream.resultIds.length !== inspection.statements.length) throw new GatewayError("SLUICE_MASK_MISMATCH");
  const parts = upstream.resultIds.map((upstreamId, index) => {
    const one = inspection.statements[index];
    if (one === undefined) throw new GatewayError("SLUICE_MASK_MISMATCH");
    return new Part(ports.newId(), upstreamId, one, context, session, ports, inspection);
  });
  const data: ResultData = {
    ...upstream,
    queryId,
    chunks: [],
    chunkHeaders: null,
    qrmk: null,
    resultIds: parts.map((part) => part.id),
  };
  return { data, parts };
}

class Part implements Answerable {
  readonly id: string;
  readonly #upstreamId: string;
  readonly #one: InspectedStatement;
  readonly #context: ResultContext;
  readonly #session: SessionPort;
  readonly #ports: GatePorts;
  readonly #inspection: Inspection;
  #outcome: Promise<Outcome> | null = null;

  constructor(
    id: string,
    upstreamId: string,
    one: InspectedStatement,
    context: ResultContext,
    session: SessionPort,
    ports: GatePorts,
    inspection: Inspection,
  ) {
    this.id = id;
    this.#upstreamId = upstreamId;
    this.#one = one;
    this.#context = context;
    this.#session = session;
    this.#ports = ports;
    this.#inspection = inspection;
  }

  async answer(waitMs: number, signal: AbortSignal): Promise<Outcome | null> {
    this.#outcome ??= this.#fetch().catch((error: unknown): Outcome => {
      if (!(error instanceof GatewayError)) this.#ports.fault(error);
      return error instanceof GatewayError ? refusal(error.code, error.message) : refusal("SLUICE_INTERNAL");
    });
    return await within(this.#outcome, waitMs, signal);
  }

  async #fetch(): Promise<Outcome> {
    const answer = await this.#session.upstream.result(this.#upstreamId);
    if (answer.kind === "failure") return failureOf(answer.failure, this.id, this.#inspection);
    if (answer.kind !== "result") throw new GatewayError("SLUICE_UPSTREAM_NONSENSE");
    const decision = this.#decideAtResult(answer.data);
    const delivered = await this.#ports.results.deliver(answer.data, this.id, decision, {
      ...this.#context,
      statement: this.id,
    });
    const masks = new Map(decision.masks.columns.map((mask) => [mask.ordinal, mask.label] as const));
    const { session, epoch, principal, connection } = this.#context;
    const entry: EntryContext = { session, epoch, principal, connection };
    const drafts = resultEntries(entry, this.id, answer.data, delivered, masks, { durationMs: 0, heldMs: 0 });
    const told = { statement: this.id, textDigest: this.#ports.digestText(this.#one.sql) };
    try {
      await Promise.all([
        this.#ports.journal.append(
          decidedEntry(entry, told, "result", {
            ...this.#one,
            decision,
            decisionFacts: this.#factsAtResult(answer.data),
          }),
        ),
        ...drafts.map(({ draft, payload }) => this.#ports.journal.append(draft, payload ?? undefined)),
      ]);
    } catch {
      throw new GatewayError("SLUICE_OUTCOME_UNRECORDED");
    }
    return { kind: "result", data: delivered.data };
  }

  #factsAtResult(data: ResultData): InspectedStatement["decisionFacts"] {
    if (!this.#one.decision.asksAtResult) return this.#one.decisionFacts;
    return factsAtResult(this.#one.decisionFacts, { rows: data.total, columns: data.rowtype });
  }

  #decideAtResult(data: ResultData): InspectedStatement["decision"] {
    if (!this.#one.decision.asksAtResult) return this.#one.decision;
    const decision = this.#session.policy.atResult(this.#one, { rows: data.total, columns: data.rowtype });
    // A part can't be held on its own: the request was decided as one.
    if (decision.effect !== "allow") throw new GatewayError("SLUICE_RESULT_DENIED", decision.sentence);
    return { ...decision, masks: this.#one.decision.masks };
  }
}
