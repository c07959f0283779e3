/** The closed table of what goes through the outbox, and the entry that each row becomes. */
import type { EntryDraft } from "@sluice/evidence";
import { z } from "zod";

export const outboxBody = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("approval.vote"),
    approval: z.string(),
    vote: z.number(),
    approver: z.string(),
    groups: z.array(z.string()),
    verdict: z.enum(["grant", "deny"]),
    session: z.string(),
    epoch: z.number(),
    statement: z.string(),
    connection: z.string(),
    textDigest: z.string(),
    complete: z.boolean(),
  }),
  z.strictObject({ kind: z.literal("policy.proposed"), by: z.string(), digest: z.string(), files: z.number() }),
  z.strictObject({
    kind: z.literal("policy.activated"),
    by: z.string(),
    digest: z.string(),
    previous: z.string().nullable(),
    activation: z.number(),
  }),
  z.strictObject({
    kind: z.literal("connection.changed"),
    by: z.string(),
    connection: z.string(),
    change: z.enum(["created", "updated"]),
    documentDigest: z.string(),
  }),
  z.strictObject({
    kind: z.literal("credential.changed"),
    by: z.string(),
    connection: z.string(),
    change: z.enum(["created", "rotated"]),
    fingerprint: z.string(),
  }),
  z.strictObject({
    kind: z.literal("token.issued"),
    by: z.string(),
    token: z.string(),
    principal: z.string(),
    tokenKind: z.string(),
    expires: z.string(),
  }),
  z.strictObject({ kind: z.literal("token.revoked"), by: z.string(), token: z.string() }),
]);
export type OutboxBody = z.infer<typeof outboxBody>;

export function draftOf(body: OutboxBody): EntryDraft {
  const system = { session: null, connection: null } as const;
  switch (body.kind) {
    case "approval.vote": {
      const common = {
        session: body.session,
        epoch: body.epoch,
        principal: body.approver,
        connection: body.connection,
      };
      const told = {
        statement: body.statement,
        textDigest: body.textDigest,
        request: body.approval,
        approver: body.approver,
      };
      return body.verdict === "grant"
        ? {
            ...common,
            type: "approval.granted",
            body: { ...told, groups: body.groups, channel: "api", complete: body.complete },
          }
        : { ...common, type: "approval.denied", body: { ...told, channel: "api" } };
    }
    case "policy.proposed":
      return {
        ...system,
        type: "policy.proposed",
        principal: body.by,
        body: { bundleDigest: body.digest, files: body.files },
      };
    case "policy.activated":
      return {
        ...system,
        type: "policy.activated",
        principal: body.by,
        body: { bundleDigest: body.digest, previous: body.previous, approvers: [] },
      };
    case "connection.changed":
      return {
        ...system,
        type: "connection.changed",
        principal: body.by,
        connection: body.connection,
        body: { connection: body.connection, change: body.change, documentDigest: body.documentDigest },
      };
    case "credential.changed":
      return {
        ...system,
        type: "credential.changed",
        principal: body.by,
        connection: body.connection,
        body: {
          credential: body.connection,
          connection: body.connection,
          change: body.change,
          kind: "password",
          fingerprint: body.fingerprint,
        },
      };
    case "token.issued":
      return {
        ...system,
        type: "token.issued",
        principal: body.by,
        body: { token: body.token, principal: body.principal, kind: body.tokenKind, expires: body.expires },
      };
    case "token.revoked":
      return { ...system, type: "token.revoked", principal: body.by, body: { token: body.token } };
  }
}
