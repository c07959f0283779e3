/**
 * Payload encryption. Each session has a random AES-256-GCM key per scope (statements; results), wrapped once
 * with age to that month's identity; the identity lies in the folder sealed by the master key. Destroying an
 * identity erases every payload of its month and scope and leaves all proofs valid.
 *
 * Wrapping takes milliseconds, so a few wrapped keys are kept ready: a key learns its session from the record
 * that names it, and the entry's own id and log are bound into every ciphertext.
 */
import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { join } from "node:path";
import type { EntryType } from "@sluice/evidence";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import type { JournalFs } from "./fs-port.ts";
import { pooledRandom } from "./node-crypto.ts";
import { JournalError, type JournalKeys } from "./port.ts";

export type PayloadScope = "statements" | "results";

/** Results are kept for a shorter time than statements, so their keys are others. */
export function scopeOf(type: EntryType): PayloadScope {
  return type === "result.page" || type === "chunk.delivered" ? "results" : "statements";
}

/** The clear record of a wrapped key, as it stands in a segment. */
export interface WrappedKey {
  readonly v: 1;
  readonly key: string;
  readonly session: string | null;
  readonly scope: PayloadScope;
  /** Names the identity: `2026-11-statements`. */
  readonly identity: string;
  /** An age file holding the key, base64. */
  readonly wrapped: string;
}

export interface SessionKey {
  readonly id: string;
  /** A KeyObject: it can't be printed, and ciphers take it several times faster than bytes. */
  readonly secret: KeyObject;
  readonly scope: PayloadScope;
  readonly identity: string;
  readonly wrapped: Promise<string>;
  /** Its wrapped form is durable. */
  recorded: boolean;
}

const READY_KEYS = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
export const PAYLOAD_BYTES_MAX = 64 * 1024 * 1024;

interface Identity {
  readonly name: string;
  readonly recipient: string;
}

export class PayloadKeys {
  readonly #fs: JournalFs;
  readonly #dir: string;
  readonly #keys: JournalKeys;
  readonly #ready = new Map<PayloadScope, SessionKey[]>();
  readonly #identities = new Map<PayloadScope, Identity>();
  #month = "";

  constructor(fs: JournalFs, dir: string, keys: JournalKeys) {
    this.#fs = fs;
    this.#dir = dir;
    this.#keys = keys;
  }

  /** Makes the month's identities durable before any key is wrapped to them. */
  async enterMonth(month: string): Promise<void> {
    if (month === this.#month) return;
    await this.#fs.makeDir(this.#dir);
    for (const scope of ["statements", "results"] as const) {
      const name = `${month}-${scope}`;
      const identity = (await this.#identity(name)) ?? (await this.#create(name));
      this.#identities.set(scope, { name, recipient: await identityToRecipient(identity) });
      this.#ready.set(scope, []);
      this.#refill(scope);
    }
    this.#month = month;
  }

  /** A key not used before. Its `wrapped` is usually there already. */
  take(scope: PayloadScope): SessionKey {
    const ready = this.#ready.get(scope) ?? [];
    const key = ready.shift() ?? this.#make(scope);
    setImmediate(() => this.#refill(scope));
    return key;
  }

  #refill(scope: PayloadScope): void {
    const ready = this.#ready.get(scope);
    while (ready !== undefined && ready.length < READY_KEYS) ready.push(this.#make(scope));
  }

  #make(scope: PayloadScope): SessionKey {
    const identity = this.#identities.get(scope);
    if (identity === undefined) throw new JournalError("JOURNAL_KEYS", "the journal has no identity to wrap keys to");
    const secret = randomBytes(32);
    const encrypter = new Encrypter();
    encrypter.addRecipient(identity.recipient);
    const wrapped = encrypter.encrypt(secret).then((file) => Buffer.from(file).toString("base64"));
    // A failure shows where the key is used; unhandled, it would end the process before that.
    wrapped.catch(() => {});
    return {
      id: `k_${randomBytes(12).toString("hex")}`,
      secret: createSecretKey(secret),
      scope,
      identity: identity.name,
      wrapped,
      recorded: false,
    };
  }

  async #identity(name: string): Promise<string | null> {
    const sealed = await this.#fs.read(this.#path(name));
    if (sealed === null) return null;
    try {
      return Buffer.from(this.#keys.open(sealed, "journal-payload", name)).toString("utf8");
    } catch (error) {
      throw new JournalError("JOURNAL_KEYS", `the identity ${name} does not open under this master key`, error);
    }
  }

  async #create(name: string): Promise<string> {
    const identity = await generateX25519Identity();
    await this.#fs.replace(this.#path(name), this.#keys.seal(Buffer.from(identity, "utf8"), "journal-payload", name));
    return identity;
  }

  #path(name: string): string {
    return join(this.#dir, `payload-${name}.sealed`);
  }

  /** The secret of a wrapped key. Rejects with JOURNAL_PAYLOAD_GONE when its identity was destroyed. */
  async unwrap(record: WrappedKey): Promise<KeyObject> {
    const identity = await this.#identity(record.identity);
    if (identity === null)
      throw new JournalError("JOURNAL_PAYLOAD_GONE", `the key of ${record.identity} was destroyed`);
    const decrypter = new Decrypter();
    decrypter.addIdentity(identity);
    try {
      return createSecretKey(await decrypter.decrypt(Buffer.from(record.wrapped, "base64")));
    } catch (error) {
      throw new JournalError(
        "JOURNAL_PAYLOAD_GONE",
        `the key was wrapped to an identity ${record.identity} that is no longer there`,
        error,
      );
    }
  }
}

function boundTo(log: string, entry: string): Buffer {
  return Buffer.from(`sluice/payload/v1\n${log}\n${entry}`, "utf8");
}

/** nonce(12) ‖ ciphertext ‖ tag(16), bound to the entry it belongs to. */
export function encryptPayload(plain: Uint8Array, secret: KeyObject, log: string, entry: string): Uint8Array {
  const nonce = pooledRandom(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", secret, nonce);
  cipher.setAAD(boundTo(log, entry));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when the ciphertext was changed or belongs to another entry. */
export function decryptPayload(sealed: Uint8Array, secret: KeyObject, log: string, entry: string): Uint8Array {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error("the payload is too short");
  const decipher = createDecipheriv("aes-256-gcm", secret, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(boundTo(log, entry));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)), decipher.final()]);
}

export function parseWrappedKey(data: Uint8Array): WrappedKey | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString("utf8"));
    return isWrappedKey(value) ? value : null;
  } catch {
    return null;
  }
}

function isWrappedKey(value: unknown): value is WrappedKey {
  const record: Readonly<Record<string, unknown>> = Object(value);
  return (
    record["v"] === 1 &&
    (record["session"] === null || typeof record["session"] === "string") &&
    (record["scope"] === "statements" || record["scope"] === "results") &&
    ["key", "identity", "wrapped"].every((name) => typeof record[name] === "string") &&
    /^\d{4}-\d\d-(statements|results)$/.test(String(record["identity"]))
  );
}
