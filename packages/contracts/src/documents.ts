/**
 * The declarative documents that are not policy: connections and the principals that are known by name.
 * Policy, PolicyTest and Catalog documents belong to the policy engine. Every object here is strict:
 * a key we don't know is refused, never ignored.
 */
import { z } from "zod";

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and dashes, 63 at most");
const header = { apiVersion: z.literal("sluice/v1"), name };

/** A governed upstream. Drivers choose it by the account that they type; it is never an address. */
export const connectionDocument = z.strictObject({
  ...header,
  kind: z.literal("Connection"),
  dialect: z.literal("snowflake"),
  summary: z.string().max(500).optional(),
  upstream: z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    account: z.string().min(1).max(255),
    user: z.string().min(1).max(255),
    role: z.string().max(255).optional(),
    warehouse: z.string().max(255).optional(),
    database: z.string().max(255).optional(),
    schema: z.string().max(255).optional(),
  }),
  /** The name of a secret that was given, write-only, when the document was applied. */
  credential: z.strictObject({ sealed: name }),
  /** Databases whose tables and views the gateway reads into its catalog. */
  databases: z.array(z.string().min(1).max(255)).min(1).max(100),
  /** Hosts besides the upstream's own from which result chunks may be fetched; `*.` stands for one or more labels. */
  storageHosts: z.array(z.string().max(255)).max(100).default([]),
});
export type ConnectionDocument = z.infer<typeof connectionDocument>;

/** A coding agent or a job, with the person it works for. */
export const agentDocument = z.strictObject({
  ...header,
  kind: z.literal("Agent"),
  principal: z.enum(["agent", "job"]),
  groups: z.array(name).max(100),
  delegator: name.optional(),
  summary: z.string().max(500).optional(),
});
export type AgentDocument = z.infer<typeof agentDocument>;

export const ROLES = ["admin", "policy-author", "auditor", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** A person who may hold a Sluice token. Approving is by group, as policy says; roles open the rest of the API. */
export const personDocument = z.strictObject({
  ...header,
  kind: z.literal("Person"),
  email: z.email(),
  groups: z.array(name).max(100),
  roles: z.array(z.enum(ROLES)).max(4),
});
export type PersonDocument = z.infer<typeof personDocument>;

/** Kinds that the policy engine reads; the rest of the platform passes them on as text. */
export const POLICY_KINDS = ["Policy", "PolicyTest", "Catalog"] as const;

export const platformDocument = z.discriminatedUnion("kind", [connectionDocument, agentDocument, personDocument]);
export type PlatformDocument = z.infer<typeof platformDocument>;
