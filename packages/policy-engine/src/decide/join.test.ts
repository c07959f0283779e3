/** The table of joins: the strictest wins, in whatever order rules come. */
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import type { Mask } from "../decision.ts";
import { joinApprovals, joinLimits, joinMasks, type LabelledMask } from "./join.ts";

// Random inputs take the time they take on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MASKS: Readonly<Record<string, Mask>> = {
  partial: { method: "partial", keep: "last4" },
  partial2: { method: "partial", keep: "domain" },
  hmac: { method: "hmac", domain: "a", keepJoin: true },
  hmac2: { method: "hmac", domain: "b", keepJoin: true },
  hmac3: { method: "hmac", domain: "a", keepJoin: false },
  generalise: { method: "generalise", to: "year" },
  "date-shift": { method: "date-shift", days: 3 },
  redact: { method: "redact" },
  null: { method: "null" },
};
const named = (name: string): LabelledMask | null => {
  const mask = MASKS[name];
  return mask === undefined ? null : { mask, label: name };
};
const joined = (a: string, b: string) => joinMasks(named(a), named(b))?.label ?? "none";

describe("masks", () => {
  test.each([
    ["none", "none", "none"],
    ["none", "hmac", "hmac"],
    ["none", "redact", "redact"],
    ["none", "null", "null"],
    ["hmac", "hmac", "hmac"],
    ["partial", "partial", "partial"],
    ["generalise", "generalise", "generalise"],
    ["date-shift", "date-shift", "date-shift"],
    ["hmac", "partial", "redact"],
    ["hmac", "generalise", "redact"],
    ["hmac", "date-shift", "redact"],
    ["partial", "generalise", "redact"],
    ["hmac", "hmac2", "redact"],
    ["hmac", "hmac3", "redact"],
    ["partial", "partial2", "redact"],
    ["hmac", "redact", "redact"],
    ["partial", "redact", "redact"],
    ["redact", "redact", "redact"],
    ["hmac", "null", "null"],
    ["partial", "null", "null"],
    ["redact", "null", "null"],
    ["null", "null", "null"],
  ])("%s with %s is %s", (a, b, result) => {
    expect(joined(a, b)).toBe(result);
    expect(joined(b, a)).toBe(result);
  });
  test("joining is associative and idempotent", () => {
    const any = fc.constantFrom("none", ...Object.keys(MASKS)).map(named);
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(joinMasks(joinMasks(a, b), c)).toEqual(joinMasks(a, joinMasks(b, c)));
        expect(joinMasks(a, a)).toEqual(a);
      }),
    );
  });
});

describe("approvals and limits", () => {
  const approval = fc.record({
    from: fc.constantFrom(["a"], ["b"], ["a", "b"]),
    count: fc.integer({ min: 1, max: 3 }),
    never: fc.constantFrom<("requester" | "delegator")[]>([], ["requester"], ["delegator", "requester"]),
    expiresSeconds: fc.integer({ min: 1, max: 100 }),
    uses: fc.integer({ min: 1, max: 5 }),
    inTransaction: fc.constantFrom("refuse", "allow"),
    because: fc.constant([]),
  });
  test("no joined approval is weaker than any of those it stands for, and every group is still asked", () => {
    fc.assert(
      fc.property(fc.array(approval, { maxLength: 6 }), (all) => {
        const result = joinApprovals(all);
        for (const one of all) {
          const [stands, ...others] = result.filter((each) => JSON.stringify(each.from) === JSON.stringify(one.from));
          expect(others).toEqual([]);
          expect(stands?.count).toBeGreaterThanOrEqual(one.count);
          expect(stands?.expiresSeconds).toBeLessThanOrEqual(one.expiresSeconds);
          expect(stands?.uses).toBeLessThanOrEqual(one.uses);
          expect(stands?.never).toEqual(expect.arrayContaining([...one.never]));
          if (one.inTransaction === "refuse") expect(stands?.inTransaction).toBe("refuse");
        }
        expect(joinApprovals([...all].reverse())).toEqual(result);
      }),
    );
  });
  test("a passkey asked for once is asked for", () => {
    const plain = {
      from: ["a"],
      count: 1,
      never: [],
      expiresSeconds: 1,
      uses: 1,
      inTransaction: "allow",
      because: [],
    } as const;
    expect(joinApprovals([plain, { ...plain, assurance: "passkey" }])[0]?.assurance).toBe("passkey");
  });
  test("a limit of none is none", () => expect(joinLimits([])).toEqual({}));
  test("a limit of zero is kept", () => expect(joinLimits([{ rows: 0 }, { rows: 5 }])).toEqual({ rows: 0 }));
});
