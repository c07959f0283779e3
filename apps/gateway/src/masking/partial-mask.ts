/**
 * `partial` masks on bytes. A value that isn't plain ASCII where it matters goes to the engine as
 * text: what counts as a letter, a digit or white space elsewhere in Unicode is said only there.
 */
import { type Mask, maskText } from "@sluice/policy-engine";
import type { ByteMask } from "./value-mask.ts";

type Keep = Extract<Mask, { method: "partial" }>["keep"];

/** Answers FALLBACK when the engine must look at the text. */
type AsciiMask = (source: Uint8Array, start: number, end: number, target: Buffer, at: number) => number;

const FALLBACK = -1;
const STAR = 0x2a;
const AT = 0x40;
const SPACE = 0x20;
/** A value of fewer letters and digits shows none of them. */
const KEPT_MIN = 8;
const NO_KEYS = { hmac: () => "" };

const ASCII_MASKS: Readonly<Record<Keep, AsciiMask>> = { last4: keepLast4, domain: keepDomain, first1: keepFirst };

export function partialMask(keep: Keep): ByteMask {
  const ascii = ASCII_MASKS[keep];
  const mask: Mask = { method: "partial", keep };
  return {
    kind: "bytes",
    constant: null,
    // A byte that isn't UTF-8 is read as a character of three bytes.
    roomFor: (length) => length * 3 + 16,
    write(source, start, end, target, at) {
      const after = ascii(source, start, end, target, at);
      if (after !== FALLBACK) return after;
      const text = Buffer.from(source.buffer, source.byteOffset + start, end - start).toString("utf8");
      return at + target.write(maskText(mask, text, NO_KEYS) ?? "", at, "utf8");
    },
  };
}

function writeStars(target: Buffer, at: number): number {
  target[at] = STAR;
  target[at + 1] = STAR;
  target[at + 2] = STAR;
  return at + 3;
}

/** `***` and the last four letters or digits, of at least eight. */
function keepLast4(source: Uint8Array, start: number, end: number, target: Buffer, at: number): number {
  let kept = 0;
  for (let index = end - 1; index >= start && kept < KEPT_MIN; index--) {
    const byte = source[index] ?? 0;
    if (byte >= 0x80) return FALLBACK;
    if (!isLetterOrDigit(byte)) continue;
    kept++;
    if (kept <= 4) target[at + 7 - kept] = byte;
  }
  writeStars(target, at);
  return at + (kept < KEPT_MIN ? 3 : 7);
}

function isLetterOrDigit(byte: number): boolean {
  const lower = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a);
}

/** `***` and what follows the last `@`, with it. */
function keepDomain(source: Uint8Array, start: number, end: number, target: Buffer, at: number): number {
  let index = end - 1;
  let hasSpace = false;
  for (; index >= start; index--) {
    const byte = source[index] ?? 0;
    if (byte === AT) break;
    if (byte >= 0x80) return FALLBACK;
    if (byte === SPACE || (byte >= 0x09 && byte <= 0x0d)) hasSpace = true;
  }
  let position = writeStars(target, at);
  if (index <= start || hasSpace) return position;
  for (; index < end; index++) target[position++] = source[index] ?? 0;
  return position;
}

/** The first character and `***`, of at least three characters. */
function keepFirst(source: Uint8Array, start: number, end: number, target: Buffer, at: number): number {
  if (end - start < 3) return writeStars(target, at);
  const first = source[start] ?? 0;
  if ((first | (source[start + 1] ?? 0) | (source[start + 2] ?? 0)) >= 0x80) return FALLBACK;
  target[at] = first;
  return writeStars(target, at + 1);
}
