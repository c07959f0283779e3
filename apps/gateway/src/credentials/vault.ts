/**
 * What the rest of the gateway may ask of the master key: seal and open by purpose, derive a key for one purpose,
 * and log in upstream. Neither the master key nor a credential's text leaves this room.
 */
import { createHash } from "node:crypto";
import type { ConnectionDocument } from "@sluice/contracts";
import { Sealer } from "./sealing.ts";
import { type CallerWishes, type UpstreamLogin, upstreamLogin } from "./upstream-login.ts";

const CREDENTIAL = "upstream-credential";
const SESSION = "upstream-session";

/** The upstream's tokens of one session; sealed, they survive a restart. */
export interface SessionTokens {
  readonly token: string;
  readonly masterToken: string;
}

export class Vault {
  readonly #sealer: Sealer;

  constructor(masterKeyHex: string) {
    this.#sealer = new Sealer(masterKeyHex);
  }

  /** A 32-byte key for one purpose (masking, text digests…), independent of every other purpose. */
  deriveKey(purpose: string): Buffer {
    return this.#sealer.deriveKey(purpose);
  }

  /** For the journal's own keys. */
  seal(plain: Uint8Array, purpose: string, boundTo: string): Buffer {
    return this.#sealer.seal(plain, purpose, boundTo);
  }

  open(sealed: Uint8Array, purpose: string, boundTo: string): Buffer {
    return this.#sealer.open(sealed, purpose, boundTo);
  }

  sealCredential(connection: string, plain: string): Buffer {
    return this.#sealer.seal(Buffer.from(plain, "utf8"), CREDENTIAL, connection);
  }

  /** Keyed: equal credentials look equal to nobody without the master key. */
  fingerprint(plain: string): string {
    const key = this.#sealer.deriveKey("credential-fingerprint");
    return createHash("sha256").update(key).update(plain, "utf8").digest("hex").slice(0, 16);
  }

  /** The login of a connection's own user, with what a caller asked for. */
  upstreamLogin(document: ConnectionDocument, sealed: Buffer | null, wishes: CallerWishes): UpstreamLogin {
    const plain = sealed === null ? null : this.#sealer.open(sealed, CREDENTIAL, document.name).toString("utf8");
    return upstreamLogin(document, plain, wishes);
  }

  sealTokens(session: string, tokens: SessionTokens): Buffer {
    return this.#sealer.seal(Buffer.from(JSON.stringify(tokens), "utf8"), SESSION, session);
  }

  openTokens(session: string, sealed: Uint8Array): SessionTokens {
    const tokens: SessionTokens = JSON.parse(this.#sealer.open(sealed, SESSION, session).toString("utf8"));
    return tokens;
  }
}
