/**
 * Keys for `hmac` masks: one per domain, derived by HKDF-SHA-256 from the deployment's 32-byte
 * masking key, so that tokens of two domains can't be compared and none tells anything of the key.
 * What is returned is the beginning of HMAC-SHA-256 over the value's UTF-8, in lower-case hex.
 *
 * HMAC is written out over `crypto.hash`, which is several times faster than a Hmac object per
 * value; the tests hold it against `createHmac`.
 */
import { hash, hkdfSync } from "node:crypto";

/** Characters of a digest that the engine keeps in a token. */
export const TOKEN_LENGTH = 26;
const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const DOMAINS_MAX = 1024;
const INFO_PREFIX = "sluice/mask/hmac/v1/";

/** Values up to this length need no new memory. */
const VIEWED_BYTES_MAX = 256;

/** Computes tokens of one domain. */
export class DomainKey {
  /** The padded key, then room for a value. */
  readonly #inner: Buffer;
  /** `#inner` up to the end of a value, by the value's length. */
  readonly #views: (Buffer | undefined)[] = [];
  /** The padded key, then the inner digest. */
  readonly #outer: Buffer;

  constructor(key: Uint8Array) {
    this.#inner = Buffer.alloc(BLOCK_BYTES + VIEWED_BYTES_MAX);
    this.#outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES);
    for (let index = 0; index < BLOCK_BYTES; index++) {
      const byte = key[index] ?? 0;
      this.#inner[index] = byte ^ 0x36;
      this.#outer[index] = byte ^ 0x5c;
    }
  }

  /** The token of the value source[start, end). */
  token(source: Uint8Array, start: number, end: number): string {
    const inner = this.#viewOf(end - start);
    if (end - start <= VIEWED_BYTES_MAX) {
      for (let at = start; at < end; at++) inner[BLOCK_BYTES + at - start] = source[at] ?? 0;
    } else {
      inner.set(source.subarray(start, end), BLOCK_BYTES);
    }
    this.#outer.write(hash("sha256", inner, "binary"), BLOCK_BYTES, "latin1");
    return hash("sha256", this.#outer, "hex").slice(0, TOKEN_LENGTH);
  }

  /** The padded key with room for a value of this length behind it, and nothing more. */
  #viewOf(length: number): Buffer {
    const known = this.#views[length];
    if (known !== undefined) return known;
    if (length > VIEWED_BYTES_MAX) return Buffer.concat([this.#inner.subarray(0, BLOCK_BYTES)], BLOCK_BYTES + length);
    const view = this.#inner.subarray(0, BLOCK_BYTES + length);
    this.#views[length] = view;
    return view;
  }
}

/** The engine's `MaskKeys`, with the key of a domain for work on bytes. */
export interface NodeMaskKeys {
  hmac(domain: string, text: string): string;
  domainKey(domain: string): DomainKey;
}

/** Keys from the masking key, which is not kept in any form that could be printed. */
export function createMaskKeys(maskingKey: Uint8Array): NodeMaskKeys {
  if (maskingKey.length !== DIGEST_BYTES) throw new RangeError("a masking key has 32 bytes");
  const secret = Buffer.from(maskingKey);
  const domains = new Map<string, DomainKey>();
  const domainKey = (domain: string): DomainKey => {
    const known = domains.get(domain);
    if (known !== undefined) return known;
    const key = new DomainKey(
      new Uint8Array(hkdfSync("sha256", secret, new Uint8Array(0), hkdfInfo(domain), DIGEST_BYTES)),
    );
    if (domains.size >= DOMAINS_MAX) domains.clear();
    domains.set(domain, key);
    return key;
  };
  return {
    domainKey,
    hmac(domain, text) {
      const bytes = Buffer.from(text, "utf8");
      return domainKey(domain).token(bytes, 0, bytes.length);
    },
  };
}

/** HKDF takes at most 1024 bytes of info: a longer domain goes in by its digest. */
function hkdfInfo(domain: string): string {
  return INFO_PREFIX + (Buffer.byteLength(domain) > 256 ? `#${hash("sha256", domain, "hex")}` : `=${domain}`);
}
