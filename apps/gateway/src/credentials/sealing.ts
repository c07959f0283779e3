/**
 * Seals small secrets at rest: AES-256-GCM under a data key derived from the master key for one purpose, with
 * the row that holds the secret as additional data, so that a sealed value copied to another row does not open.
 * Layout: version(1) nonce(12) tag(16) ciphertext.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

export class Sealer {
  readonly #master: Buffer;
  constructor(masterKeyHex: string) {
    this.#master = Buffer.from(masterKeyHex, "hex");
    if (this.#master.length !== 32) throw new Error("the master key must be 32 bytes");
  }

  /** A 32-byte key for one purpose (masking, journal…), independent of every other purpose. */
  deriveKey(purpose: string): Buffer {
    return Buffer.from(hkdfSync("sha256", this.#master, "sluice/v1", purpose, 32));
  }

  seal(plain: Uint8Array, purpose: string, boundTo: string): Buffer {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.deriveKey(purpose), nonce);
    cipher.setAAD(Buffer.from(boundTo, "utf8"));
    const body = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([Buffer.of(1), nonce, cipher.getAuthTag(), body]);
  }

  /** Throws when the value was changed, sealed by another key, or bound to something else. */
  open(sealed: Uint8Array, purpose: string, boundTo: string): Buffer {
    const bytes = Buffer.from(sealed);
    if (bytes.length < 29 || bytes[0] !== 1) throw new Error("not a sealed value");
    const decipher = createDecipheriv("aes-256-gcm", this.deriveKey(purpose), bytes.subarray(1, 13));
    decipher.setAAD(Buffer.from(boundTo, "utf8"));
    decipher.setAuthTag(bytes.subarray(13, 29));
    return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()]);
  }
}
