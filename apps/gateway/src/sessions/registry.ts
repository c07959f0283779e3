/**
 * The sessions of this replica: found by token hash, renewed, expired, ended. The rows in PostgreSQL hold what a
 * restart needs; the upstream's tokens are sealed there.
 */
import { randomInt } from "node:crypto";
import { Secret } from "@sluice/snowflake-wire";
import { hashToken, mintToken } from "../credentials/tokens.ts";
import { GatewayError } from "../errors/catalogue.ts";
import type { GatewaySession } from "./gateway-session.ts";

export interface Held {
  readonly session: GatewaySession;
  tokenHash: string;
  masterHash: string;
  tokenExpiresAt: number;
  masterExpiresAt: number;
}

export interface IssuedTokens {
  readonly token: Secret;
  readonly masterToken: Secret;
  readonly tokenHash: Buffer;
  readonly masterHash: Buffer;
}

export const issueTokens = (): IssuedTokens => {
  const token = mintToken("session");
  const masterToken = mintToken("master");
  return {
    token: new Secret(token),
    masterToken: new Secret(masterToken),
    tokenHash: hashToken(token),
    masterHash: hashToken(masterToken),
  };
};

/** Drivers want a number; ours says nothing. */
export const newNumericId = (): string => String(randomInt(1, 2 ** 47));

export class SessionRegistry {
  readonly #byToken = new Map<string, Held>();
  readonly #byMaster = new Map<string, Held>();
  readonly #sessionMs: number;
  readonly #masterMs: number;

  constructor(sessionMs: number, masterMs: number) {
    this.#sessionMs = sessionMs;
    this.#masterMs = masterMs;
  }

  get size(): number {
    return this.#byMaster.size;
  }

  all(): readonly Held[] {
    return [...this.#byMaster.values()];
  }

  add(session: GatewaySession, tokens: { readonly tokenHash: Buffer; readonly masterHash: Buffer }, now: number): Held {
    const held: Held = {
      session,
      tokenHash: tokens.tokenHash.toString("hex"),
      masterHash: tokens.masterHash.toString("hex"),
      tokenExpiresAt: now + this.#sessionMs,
      masterExpiresAt: now + this.#masterMs,
    };
    this.#byToken.set(held.tokenHash, held);
    this.#byMaster.set(held.masterHash, held);
    return held;
  }

  knows(token: string): boolean {
    const hash = hashToken(token).toString("hex");
    return this.#byToken.has(hash) || this.#byMaster.has(hash);
  }

  /** The session of a session token. `isPolling`: a poll on a statement in flight outlives its token (protocol §4). */
  bySessionToken(token: string, now: number, isPolling: boolean): GatewaySession {
    const held = this.#byToken.get(hashToken(token).toString("hex"));
    if (held === undefined) throw new GatewayError("SLUICE_TOKEN_INVALID");
    if (held.session.ended !== null) throw new GatewayError("SLUICE_SESSION_GONE");
    if (held.masterExpiresAt <= now) throw new GatewayError("SLUICE_MASTER_EXPIRED");
    if (held.tokenExpiresAt <= now && !isPolling) throw new GatewayError("SLUICE_SESSION_EXPIRED");
    held.session.lastSeenAt = now;
    return held.session;
  }

  byMasterToken(token: string, now: number): Held {
    const held = this.#byMaster.get(hashToken(token).toString("hex"));
    if (held === undefined) throw new GatewayError("SLUICE_TOKEN_INVALID");
    if (held.session.ended !== null) throw new GatewayError("SLUICE_SESSION_GONE");
    if (held.masterExpiresAt <= now) throw new GatewayError("SLUICE_MASTER_EXPIRED");
    return held;
  }

  /** Puts new tokens in the place of the old ones, which stop working at once. */
  renew(held: Held, tokens: IssuedTokens, now: number): void {
    this.#byToken.delete(held.tokenHash);
    this.#byMaster.delete(held.masterHash);
    held.tokenHash = tokens.tokenHash.toString("hex");
    held.masterHash = tokens.masterHash.toString("hex");
    held.tokenExpiresAt = now + this.#sessionMs;
    held.masterExpiresAt = now + this.#masterMs;
    this.#byToken.set(held.tokenHash, held);
    this.#byMaster.set(held.masterHash, held);
  }

  remove(session: GatewaySession): void {
    for (const held of this.#byMaster.values()) {
      if (held.session !== session) continue;
      this.#byToken.delete(held.tokenHash);
      this.#byMaster.delete(held.masterHash);
    }
  }
}
