/**
 * What happens to one text value, on its UTF-8 bytes. The meaning of every mask is the engine's
 * `maskText`; the byte forms here say the same without making a string of every value, and a
 * property test holds the two together.
 */
import { type Mask, maskText, REDACTED, TOKEN_PREFIX } from "@sluice/policy-engine";
import { type DomainKey, type NodeMaskKeys, TOKEN_LENGTH } from "./mask-keys.ts";
import { partialMask } from "./partial-mask.ts";
import { TokenCache } from "./token-cache.ts";

/** A mask that works on bytes and whose result has a known largest size. */
export interface ByteMask {
  readonly kind: "bytes";
  /** The result where it is the same for every value. */
  readonly constant: Buffer | null;
  /** The most bytes that a value of `length` bytes becomes. */
  roomFor(length: number): number;
  /** Writes what source[start, end) becomes at `at` and returns the position behind it. */
  write(source: Uint8Array, start: number, end: number, target: Buffer, at: number): number;
}

/** A mask that needs the value as text. null: the value becomes NULL. */
export interface TextMask {
  readonly kind: "text";
  /** Stands for a value whose result would be too long. */
  readonly redacted: string;
  mask(text: string): string | null;
}

export type ValueMask = ByteMask | TextMask;

const STARS = Buffer.from(REDACTED);
/** Bytes, and characters, of a whole token. */
export const TOKEN_BYTES = TOKEN_PREFIX.length + TOKEN_LENGTH;

/** The mask for text values. */
export function textValueMask(mask: Mask, keys: NodeMaskKeys): ValueMask {
  switch (mask.method) {
    case "redact":
      return constantMask(STARS);
    case "hmac":
      return tokenMask(keys.domainKey(mask.domain));
    case "partial":
      return partialMask(mask.keep);
    case "null":
    case "generalise":
    case "date-shift":
      return { kind: "text", redacted: REDACTED, mask: (text) => maskText(mask, text, keys) };
  }
}

/** Every value becomes the same bytes. */
export function constantMask(constant: Buffer): ByteMask {
  return {
    kind: "bytes",
    constant,
    roomFor: () => constant.length,
    write: (_source, _start, _end, target, at) => at + constant.copy(target, at),
  };
}

/** Small results aren't worth the cache's memory. */
const CACHED_FROM = 512;

function tokenMask(key: DomainKey): ByteMask {
  let cache: TokenCache | null = null;
  let values = 0;
  return {
    kind: "bytes",
    constant: null,
    roomFor: () => TOKEN_BYTES,
    write(source, start, end, target, at) {
      if (cache === null && ++values >= CACHED_FROM) cache = new TokenCache(TOKEN_BYTES);
      const place = cache?.place(source, start, end) ?? -1;
      if (place >= 0 && cache?.holds(place, source, start, end) === true) {
        cache.copy(place, target, at);
      } else {
        target.write(TOKEN_PREFIX + key.token(source, start, end), at, "latin1");
        if (place >= 0) cache?.keep(place, source, start, end, target, at);
      }
      return at + TOKEN_BYTES;
    },
  };
}
