/**
 * Whether a set of votes meets a set of requirements. Pure.
 *
 * One deny from anyone who may decide settles it. Grants count once per person over all requirements (one person
 * in two groups is still one person), never from the requester or the delegator, and never before their evidence
 * entry is durable.
 */
import type { ApprovalRequirement } from "@sluice/policy-engine";

export interface Vote {
  readonly approver: string;
  readonly groups: readonly string[];
  readonly verdict: "grant" | "deny";
  readonly durable: boolean;
}

export interface Parties {
  readonly requester: string;
  readonly delegator: string | null;
}

export type Standing = "open" | "granted" | "denied";

/** Whether this person may vote on any of the requirements at all, and why not. */
export function mayVote(
  requirements: readonly ApprovalRequirement[],
  parties: Parties,
  approver: string,
  groups: readonly string[],
): "yes" | "requester" | "delegator" | "not-a-reviewer" {
  if (approver === parties.requester) return "requester";
  if (approver === parties.delegator && requirements.some((requirement) => requirement.never.includes("delegator")))
    return "delegator";
  return requirements.some((requirement) => isFrom(requirement, groups)) ? "yes" : "not-a-reviewer";
}

export function standing(
  requirements: readonly ApprovalRequirement[],
  parties: Parties,
  votes: readonly Vote[],
): Standing {
  const counted = votes.filter(
    (vote) => vote.durable && mayVote(requirements, parties, vote.approver, vote.groups) === "yes",
  );
  if (counted.some((vote) => vote.verdict === "deny")) return "denied";
  if (requirements.length === 0) return "open";
  const seats = requirements.flatMap((requirement) => Array.from({ length: requirement.count }, () => requirement));
  return canSeatAll(seats, counted, parties) ? "granted" : "open";
}

const isFrom = (requirement: ApprovalRequirement, groups: readonly string[]): boolean =>
  requirement.from.some((group) => groups.includes(group));

/** Bipartite matching by augmenting paths: every seat gets a different person. Seats and votes are few. */
function canSeatAll(seats: readonly ApprovalRequirement[], votes: readonly Vote[], parties: Parties): boolean {
  const seatOf = new Map<string, number>();
  const candidates = (seat: ApprovalRequirement): readonly Vote[] =>
    votes.filter(
      (vote) => isFrom(seat, vote.groups) && !(seat.never.includes("delegator") && vote.approver === parties.delegator),
    );
  const place = (index: number, tried: Set<string>): boolean => {
    const seat = seats[index];
    if (seat === undefined) return false;
    for (const vote of candidates(seat)) {
      if (tried.has(vote.approver)) continue;
      tried.add(vote.approver);
      const taken = seatOf.get(vote.approver);
      if (taken === undefined || place(taken, tried)) {
        seatOf.set(vote.approver, index);
        return true;
      }
    }
    return false;
  };
  return seats.every((_, index) => place(index, new Set()));
}
