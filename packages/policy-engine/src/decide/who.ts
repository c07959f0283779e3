/**
 * Does a principal match a `who`? Three-valued: null where a fact that the selector asks for is missing
 * (an issuer, claims or an agent's name that nobody recorded).
 */
import type { Principal } from "../decision.ts";
import type { Who } from "../policy/documents.ts";

/** true, false, or null when it can't be known. All parts that the selector gives must hold. */
export function matchWho(who: Who, principal: Principal): boolean | null {
  let known = true;
  for (const answer of [
    matchGroups(who, principal),
    matchKind(who, principal),
    matchAgent(who, principal),
    matchIssuer(who, principal),
    matchDelegator(who, principal),
  ]) {
    if (answer === false) return false;
    if (answer === null) known = false;
  }
  return known ? true : null;
}

function matchGroups(who: Who, principal: Principal): boolean {
  return who.groups === null || intersects(who.groups, principal.groups);
}

function matchKind(who: Who, principal: Principal): boolean {
  return who.kinds === null || who.kinds.includes(principal.kind);
}

function matchAgent(who: Who, principal: Principal): boolean | null {
  if (who.agents === null) return true;
  if (principal.agent !== undefined) return who.agents.includes(principal.agent);
  return principal.kind === "agent" ? null : false;
}

function matchIssuer(who: Who, principal: Principal): boolean | null {
  if (who.issuer !== null) {
    if (principal.issuer === undefined) return null;
    if (who.issuer !== principal.issuer) return false;
  }
  if (who.claims === null) return true;
  let known = true;
  for (const [name, expected] of Object.entries(who.claims)) {
    const claim =
      principal.claims !== undefined && Object.hasOwn(principal.claims, name) ? principal.claims[name] : undefined;
    if (claim === undefined) known = false;
    else if (claim !== expected) return false;
  }
  return known ? true : null;
}

function matchDelegator(who: Who, principal: Principal): boolean {
  if (who.delegators === null) return true;
  return principal.delegator !== undefined && intersects(who.delegators.groups, principal.delegator.groups);
}

function intersects(a: readonly string[], b: readonly string[]): boolean {
  return a.some((item) => b.includes(item));
}
