/** The evidence package's cryptography over node:crypto. Keys are raw 32-byte Ed25519 keys outside, KeyObjects inside. */
import { createPrivateKey, createPublicKey, hash, type KeyObject, randomBytes, sign, verify } from "node:crypto";
import type { Crypto, Signer } from "@sluice/evidence";

const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_ED25519 = Buffer.from("302a300506032b6570032100", "hex");

const publicKeyObject = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI_ED25519, raw]), format: "der", type: "spki" });

export const nodeCrypto: Crypto = {
  sha256: (bytes) => hash("sha256", bytes, "buffer"),
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    return verify(null, message, publicKeyObject(publicKey), signature);
  },
};

/** A signer of a 32-byte seed. The seed stays in the KeyObject. */
export function ed25519Signer(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, seed]), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  return { publicKey, sign: (message) => sign(null, message, key) };
}

export const newSeed = (): Uint8Array => randomBytes(32);

let pool = randomBytes(8192);
let used = 0;

/** Random bytes drawn from the system in larger portions. For ids and nonces; keys ask the system themselves. */
export function pooledRandom(length: number): Uint8Array {
  if (used + length > pool.length) {
    pool = randomBytes(8192);
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}
