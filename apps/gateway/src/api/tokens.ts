/** Issuing and revoking Sluice tokens. The text of a token is told once and never stored. */
import { randomUUID } from "node:crypto";
import type { TokenAnswer, TokenRequest } from "@sluice/contracts";
import { hashToken, mintToken } from "../credentials/tokens.ts";
import { GatewayError } from "../errors/catalogue.ts";
import { insertOutbox } from "../store/outbox.ts";
import { type Pool, transaction } from "../store/pool.ts";
import { findPrincipal, insertToken, revokeToken, type TokenOwner } from "../store/principals.ts";

/** Enough to recognise a token by, not enough to guess it. */
const PREFIX_CHARS = 12;

export async function issueToken(pool: Pool, owner: TokenOwner, request: TokenRequest): Promise<TokenAnswer> {
  const known = await findPrincipal(pool, request.principal);
  if (known === null) throw new GatewayError("SLUICE_NOT_FOUND", `There is no principal called ${request.principal}.`);
  const kind = known.principal.kind === "human" ? "person" : "agent";
  const token = mintToken(kind);
  const id = randomUUID();
  const expiresAt = new Date(Date.now() + request.ttlSeconds * 1000);
  await transaction(pool, async (db) => {
    await insertToken(db, {
      id,
      hash: hashToken(token),
      prefix: token.slice(0, PREFIX_CHARS),
      principalId: known.principal.id,
      kind,
      connection: request.connection ?? null,
      createdBy: owner.principal.id,
      expiresAt,
    });
    await insertOutbox(db, "token.issued", {
      by: owner.principal.id,
      token: id,
      principal: known.principal.id,
      tokenKind: kind,
      expires: expiresAt.toISOString(),
    });
  });
  return { id, token, principal: known.name, expiresAt: expiresAt.toISOString() };
}

export async function revoke(pool: Pool, owner: TokenOwner, id: string): Promise<void> {
  await transaction(pool, async (db) => {
    if (!(await revokeToken(db, id))) throw new GatewayError("SLUICE_NOT_FOUND");
    await insertOutbox(db, "token.revoked", { by: owner.principal.id, token: id });
  });
}
