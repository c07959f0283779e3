/** node:crypto and @noble as the package's port, for tests: both must agree. */
import { createPrivateKey, createPublicKey, hash, sign, verify } from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Crypto, Signer } from "../src/crypto.ts";

export const nodeCrypto: Crypto = {
  sha256: (bytes) => hash("sha256", bytes, "buffer"),
  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== 32 || signature.length !== 64) return false;
    const key = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), publicKey]);
    return verify(null, message, createPublicKey({ key, format: "der", type: "spki" }), signature);
  },
};

export const nobleSha256: Crypto = { ...nodeCrypto, sha256: (bytes) => sha256(bytes) };

export function signerOf(fill: number): Signer {
  const key = createPrivateKey({
    key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, fill)]),
    format: "der",
    type: "pkcs8",
  });
  const publicKey = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
  return { publicKey, sign: (message) => sign(null, message, key) };
}
