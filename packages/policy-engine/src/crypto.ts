/**
 * What the pure packages need of cryptography. The gateway and the CLI pass node:crypto in,
 * the browser and the stand-alone verifier pass @noble. Nothing here may keep or print a key.
 */
export interface Crypto {
  /** Lower-case hex SHA-256 of the UTF-8 encoding of `text`. */
  sha256Hex(text: string): string;
}
