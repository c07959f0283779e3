/**
 * The life of one query request, as a pure state machine: `step(state, event) → { state, effects }`.
 *
 * The shell performs effects and feeds what came of them back as events. Events that come too late (a grant after
 * a cancel, an expiry after a release) change nothing: a settled statement stays settled, and nothing is forwarded
 * twice. INVARIANT (one forward): `forward` is emitted only on the way into `running`, and no state leads back.
 */
export type Ending =
  | "result"
  | "failure"
  | "denied"
  | "approval-denied"
  | "approval-expired"
  | "approval-void"
  | "withheld"
  | "canceled"
  | "abandoned"
  | "unknown";

export type StatementState =
  | { readonly at: "received" }
  /** Waits for people. `what` is held: the statement, or a result that has arrived. */
  | { readonly at: "held"; readonly what: "statement" | "result" }
  /** Approved; runs as soon as its caller is there. */
  | { readonly at: "released" }
  | { readonly at: "running" }
  | { readonly at: "delivering" }
  | { readonly at: "done"; readonly ending: Ending };

export type StatementEvent =
  | { readonly type: "allowed" }
  | { readonly type: "denied" }
  | { readonly type: "must-wait"; readonly what: "statement" | "result" }
  | { readonly type: "granted" }
  | { readonly type: "approval-denied" }
  | { readonly type: "approval-expired" }
  /** What was approved is not what would run any more. */
  | { readonly type: "approval-void" }
  | { readonly type: "caller-present" }
  | { readonly type: "caller-gone" }
  | { readonly type: "cancel" }
  | { readonly type: "result-arrived" }
  | { readonly type: "delivered" }
  | { readonly type: "failed" }
  | { readonly type: "withheld" }
  | { readonly type: "lost" };

export type StatementEffect =
  | { readonly do: "open-approval"; readonly what: "statement" | "result" }
  | { readonly do: "withdraw-approval" }
  | { readonly do: "await-caller" }
  | { readonly do: "forward" }
  | { readonly do: "abort-upstream" }
  | { readonly do: "deliver" }
  | { readonly do: "settle"; readonly ending: Ending };

export interface Step {
  readonly state: StatementState;
  readonly effects: readonly StatementEffect[];
}

const stay = (state: StatementState): Step => ({ state, effects: [] });
const end = (ending: Ending, ...before: StatementEffect[]): Step => ({
  state: { at: "done", ending },
  effects: [...before, { do: "settle", ending }],
});

export function step(state: StatementState, event: StatementEvent): Step {
  switch (state.at) {
    case "received":
      return onReceived(state, event);
    case "held":
      return onHeld(state, event);
    case "released":
      return onReleased(state, event);
    case "running":
      return onRunning(state, event);
    case "delivering":
      return onDelivering(state, event);
    case "done":
      return stay(state);
  }
}

function onReceived(state: StatementState, event: StatementEvent): Step {
  switch (event.type) {
    case "allowed":
      return { state: { at: "running" }, effects: [{ do: "forward" }] };
    case "denied":
      return end("denied");
    case "must-wait":
      return { state: { at: "held", what: "statement" }, effects: [{ do: "open-approval", what: "statement" }] };
    case "cancel":
      return end("canceled");
    // It waited behind another one, and nobody waits for it any more.
    case "caller-gone":
      return end("abandoned");
    case "failed":
      return end("failure");
    default:
      return stay(state);
  }
}

function onHeld(state: Extract<StatementState, { at: "held" }>, event: StatementEvent): Step {
  switch (event.type) {
    case "granted":
      return state.what === "statement"
        ? { state: { at: "released" }, effects: [{ do: "await-caller" }] }
        : { state: { at: "delivering" }, effects: [{ do: "deliver" }] };
    case "approval-denied":
      return end("approval-denied");
    case "approval-expired":
      return end("approval-expired");
    case "caller-gone":
      return end("abandoned", { do: "withdraw-approval" });
    case "cancel":
      return end("canceled", { do: "withdraw-approval" });
    case "failed":
      return end("failure", { do: "withdraw-approval" });
    default:
      return stay(state);
  }
}

function onReleased(state: StatementState, event: StatementEvent): Step {
  switch (event.type) {
    case "caller-present":
      return { state: { at: "running" }, effects: [{ do: "forward" }] };
    case "caller-gone":
      return end("abandoned", { do: "withdraw-approval" });
    case "approval-void":
      return end("approval-void", { do: "withdraw-approval" });
    case "approval-expired":
      return end("approval-expired");
    case "cancel":
      return end("canceled", { do: "withdraw-approval" });
    case "denied":
      return end("denied", { do: "withdraw-approval" });
    case "failed":
      return end("failure", { do: "withdraw-approval" });
    default:
      return stay(state);
  }
}

function onRunning(state: StatementState, event: StatementEvent): Step {
  switch (event.type) {
    case "result-arrived":
      return { state: { at: "delivering" }, effects: [{ do: "deliver" }] };
    case "must-wait":
      return { state: { at: "held", what: "result" }, effects: [{ do: "open-approval", what: "result" }] };
    case "denied":
      return end("denied");
    case "approval-void":
      return end("approval-void");
    case "withheld":
      return end("withheld");
    case "failed":
      return end("failure");
    case "lost":
      return end("unknown");
    // The upstream is asked to stop; what it then answers settles the statement.
    case "cancel":
      return { state, effects: [{ do: "abort-upstream" }] };
    default:
      return stay(state);
  }
}

function onDelivering(state: StatementState, event: StatementEvent): Step {
  switch (event.type) {
    case "delivered":
      return end("result");
    case "withheld":
      return end("withheld");
    case "failed":
      return end("failure");
    case "denied":
      return end("denied");
    default:
      return stay(state);
  }
}
