/**
 * Who may do what through the API. Approving is not here: that is by group, as each rule says. Agents and jobs
 * may do nothing here, whatever roles a row might give them.
 */
import type { Role } from "@sluice/contracts";
import { GatewayError } from "../errors/catalogue.ts";
import type { TokenOwner } from "../store/principals.ts";

export type Permission =
  | "me"
  | "approvals.read"
  | "approvals.vote"
  | "sessions.read"
  | "results.read"
  | "policy.apply"
  | "policy.explain"
  | "connections.apply"
  | "tokens.issue"
  | "tokens.read";

/** `any`: every person. */
const ALLOWED: Record<Permission, readonly Role[] | "any"> = {
  me: "any",
  "approvals.read": "any",
  "approvals.vote": "any",
  "sessions.read": "any",
  "results.read": ["admin", "policy-author", "auditor"],
  "policy.apply": ["admin", "policy-author"],
  "policy.explain": "any",
  "connections.apply": ["admin"],
  "tokens.issue": ["admin"],
  "tokens.read": ["admin", "auditor"],
};

export function may(owner: TokenOwner, permission: Permission): boolean {
  if (owner.principal.kind !== "human") return false;
  const allowed = ALLOWED[permission];
  return allowed === "any" || owner.roles.some((role) => allowed.some((one) => one === role));
}

export function need(owner: TokenOwner, permission: Permission): void {
  if (!may(owner, permission)) throw new GatewayError("SLUICE_FORBIDDEN");
}
