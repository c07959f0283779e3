import type { ApprovalRequirement } from "@sluice/policy-engine";
import { describe, expect, it } from "vitest";
import { mayVote, standing, type Vote } from "./requirements-met.ts";

const needs = (from: readonly string[], count: number): ApprovalRequirement => ({
  from,
  count,
  never: ["requester", "delegator"],
  expiresSeconds: 1800,
  uses: 1,
  inTransaction: "refuse",
  because: [],
});
const parties = { requester: "agent:devin", delegator: "human:ana" };
const vote = (
  approver: string,
  groups: readonly string[],
  verdict: Vote["verdict"] = "grant",
  durable = true,
): Vote => ({ approver, groups, verdict, durable });

describe("who may vote", () => {
  it.each([
    ["agent:devin", ["stewards"], "requester"],
    ["human:ana", ["stewards"], "delegator"],
    ["human:vic", ["viewers"], "not-a-reviewer"],
    ["human:sam", ["stewards"], "yes"],
  ] as const)("%s of %j: %s", (approver, groups, expected) => {
    expect(mayVote([needs(["stewards"], 1)], parties, approver, groups)).toBe(expected);
  });
});

describe("what votes settle", () => {
  it("grants when every requirement has its number of different people", () => {
    expect(standing([needs(["stewards"], 2)], parties, [vote("human:sam", ["stewards"])])).toBe("open");
    expect(
      standing([needs(["stewards"], 2)], parties, [vote("human:sam", ["stewards"]), vote("human:max", ["stewards"])]),
    ).toBe("granted");
  });

  it("counts one person in two groups once", () => {
    const both = [needs(["stewards"], 1), needs(["dba"], 1)];
    expect(standing(both, parties, [vote("human:sam", ["stewards", "dba"])])).toBe("open");
    expect(standing(both, parties, [vote("human:sam", ["stewards", "dba"]), vote("human:max", ["stewards"])])).toBe(
      "granted",
    );
  });

  it("never counts the requester or the delegator", () => {
    expect(
      standing([needs(["stewards"], 1)], parties, [vote("human:ana", ["stewards"]), vote("agent:devin", ["stewards"])]),
    ).toBe("open");
  });

  it("never counts a vote before its entry is durable", () => {
    expect(standing([needs(["stewards"], 1)], parties, [vote("human:sam", ["stewards"], "grant", false)])).toBe("open");
  });

  it("lets one denial of a reviewer settle it, and of nobody else", () => {
    expect(
      standing([needs(["stewards"], 1)], parties, [
        vote("human:max", ["stewards"], "deny"),
        vote("human:sam", ["stewards"]),
      ]),
    ).toBe("denied");
    expect(standing([needs(["stewards"], 1)], parties, [vote("human:vic", ["viewers"], "deny")])).toBe("open");
  });

  it("never grants what asks for nothing", () => {
    expect(standing([], parties, [vote("human:sam", ["stewards"])])).toBe("open");
  });
});
