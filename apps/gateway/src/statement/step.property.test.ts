import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type StatementEvent, type StatementState, step } from "./step.ts";

/** Terminal events are rare, so that runs get deep; the states reached are asserted at the end. */
const event: fc.Arbitrary<StatementEvent> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<StatementEvent>({ type: "allowed" }, { type: "must-wait", what: "statement" }),
  },
  { weight: 8, arbitrary: fc.constantFrom<StatementEvent>({ type: "granted" }, { type: "caller-present" }) },
  {
    weight: 6,
    arbitrary: fc.constantFrom<StatementEvent>({ type: "result-arrived" }, { type: "must-wait", what: "result" }),
  },
  { weight: 4, arbitrary: fc.constantFrom<StatementEvent>({ type: "delivered" }, { type: "cancel" }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<StatementEvent>(
      { type: "denied" },
      { type: "approval-denied" },
      { type: "approval-expired" },
      { type: "approval-void" },
      { type: "caller-gone" },
      { type: "failed" },
      { type: "withheld" },
      { type: "lost" },
    ),
  },
);
const events = fc.array(event, { maxLength: 30 });

interface Seen {
  readonly forwards: number;
  readonly settles: number;
  readonly delivers: number;
  readonly states: readonly StatementState["at"][];
  readonly grantedBefore: boolean;
  readonly heldBefore: boolean;
}

function run(given: readonly StatementEvent[], start: StatementState = { at: "received" }): Seen {
  let state = start;
  let seen: Seen = { forwards: 0, settles: 0, delivers: 0, states: [], grantedBefore: false, heldBefore: false };
  let isGranted = false;
  let isHeld = false;
  for (const one of given) {
    if (state.at === "held" && one.type === "granted") isGranted = true;
    const next = step(state, one);
    if (next.state.at === "held") isHeld = true;
    for (const effect of next.effects) {
      if (effect.do === "forward")
        seen = { ...seen, forwards: seen.forwards + 1, grantedBefore: isGranted, heldBefore: isHeld };
      if (effect.do === "settle") seen = { ...seen, settles: seen.settles + 1 };
      if (effect.do === "deliver") seen = { ...seen, delivers: seen.delivers + 1 };
    }
    state = next.state;
    seen = { ...seen, states: [...seen.states, state.at] };
  }
  return seen;
}

describe("a statement's life", () => {
  it("is forwarded at most once, settled at most once, delivered at most once", () => {
    const reached = new Set<string>();
    fc.assert(
      fc.property(events, (given) => {
        const seen = run(given);
        for (const at of seen.states) reached.add(at);
        expect(seen.forwards).toBeLessThanOrEqual(1);
        expect(seen.settles).toBeLessThanOrEqual(1);
        expect(seen.delivers).toBeLessThanOrEqual(1);
      }),
      { numRuns: 3000 },
    );
    expect([...reached].sort()).toEqual(["delivering", "done", "held", "received", "released", "running"]);
  });

  it("is never forwarded after a hold without a grant", () => {
    fc.assert(
      fc.property(events, (given) => {
        const seen = run(given);
        if (seen.forwards > 0 && seen.heldBefore) expect(seen.grantedBefore).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  it("changes nothing once it is settled, whatever comes", () => {
    fc.assert(
      fc.property(events, (given) => {
        const done: StatementState = { at: "done", ending: "canceled" };
        const seen = run(given, done);
        expect(seen).toMatchObject({ forwards: 0, settles: 0, delivers: 0 });
        expect(new Set(seen.states)).toEqual(given.length > 0 ? new Set(["done"]) : new Set());
      }),
    );
  });

  it("keeps a held statement's caller: a grant alone forwards nothing", () => {
    const held = step({ at: "received" }, { type: "must-wait", what: "statement" });
    const granted = step(held.state, { type: "granted" });
    expect(granted.effects).toEqual([{ do: "await-caller" }]);
    expect(step(granted.state, { type: "caller-gone" }).effects).toEqual([
      { do: "withdraw-approval" },
      { do: "settle", ending: "abandoned" },
    ]);
  });
});
