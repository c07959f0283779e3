/**
 * What this package needs of cryptography. The gateway and the CLI pass node:crypto in, the browser and the
 * stand-alone verifier pass @noble. Nothing here may keep or print a key.
 */
export interface Crypto {
  sha256(bytes: Uint8Array): Uint8Array;
  /** True only for a valid Ed25519 signature; false, never a throw, for keys or signatures of a wrong length. */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs with one Ed25519 key that the signer holds; verification needs only `publicKey` (32 bytes). */
export interface Signer {
  readonly publicKey: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}
