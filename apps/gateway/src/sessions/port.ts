/** A session as the gate sees it: who calls, where to, and what must wait for what. */
import type { Principal } from "@sluice/policy-engine";
import type { Parameter } from "@sluice/snowflake-wire";
import type { Outcome } from "../gate/outcome.ts";
import type { PolicyPort, SessionSettings } from "../policy/port.ts";
import type { UpstreamPort } from "../upstream/port.ts";

/** Something with an id that a `GET /queries/{id}/result` may ask for. */
export interface Answerable {
  readonly id: string;
  /** Resolves with the outcome, or null when it is not there within `waitMs`. `signal`: the caller went away. */
  answer(waitMs: number, signal: AbortSignal): Promise<Outcome | null>;
}

export interface SessionFacts {
  readonly id: string;
  /** What drivers see as session id: a number. */
  readonly numericId: string;
  readonly epoch: number;
  readonly principal: Principal;
  readonly tokenId: string;
  readonly connection: string;
  readonly client: { readonly app: string; readonly version: string };
  readonly parameters: readonly Parameter[];
}

/** A statement in the session's queue. */
export interface Queued {
  readonly isSettled: boolean;
  /** It may be at the warehouse, or on its way there. */
  readonly isUnderWay: boolean;
  readonly settled: Promise<unknown>;
}

export interface SessionPort {
  readonly facts: SessionFacts;
  readonly upstream: UpstreamPort;
  readonly policy: PolicyPort;
  settings: SessionSettings;
  isAutocommit: boolean;
  /** Why the session is over; null while it isn't. */
  ended: string | null;
  /** Waits until no hold and no change of context stands before `one`; false when too many wait already. */
  turn(one: Queued): Promise<boolean>;
  /** Whether another one stands before `one` by now. */
  isHeldUp(one: Queued): boolean;
  /** Waits until everything else that is under way has ended. */
  alone(one: Queued): Promise<void>;
  startHold(one: Queued): void;
  endHold(one: Queued): void;
  /** Makes the result of a multi-statement request's part askable. */
  adoptPart(part: Answerable): void;
}
