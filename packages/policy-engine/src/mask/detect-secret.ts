/**
 * Secrets: keys and tokens of known shapes, private keys, values assigned to words like `password`, and runs of
 * characters too random to be words. Each pattern is anchored to its candidate and has no nested repetition.
 */
import type { Finding } from "./detectors.ts";

/** Runs of token characters shorter than this hold no secret of a known shape. */
export const RUN_MIN = 20;

/** Shapes that providers publish. Sticky, so that each is tried at one place only. */
const SHAPES: readonly RegExp[] = [
  /(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Z0-9])/g,
  /gh[pousr]_[A-Za-z0-9]{36,255}/g,
  /github_pat_[A-Za-z0-9_]{22,255}/g,
  /glpat-[A-Za-z0-9_-]{20,100}/g,
  /eyJ[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{8,8192}\.[A-Za-z0-9_-]{0,2048}/g,
  /xox[abeoprs]-[A-Za-z0-9-]{10,255}/g,
  /AIza[A-Za-z0-9_-]{35}/g,
  /[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g,
  /sk-[A-Za-z0-9_-]{20,255}/g,
  /slu_[A-Za-z0-9_-]{16,255}/g,
  /npm_[A-Za-z0-9]{36}/g,
  /hf_[A-Za-z0-9]{30,100}/g,
  /SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g,
  /ya29\.[A-Za-z0-9_-]{20,512}/g,
  /dop_v1_[a-f0-9]{64}/g,
];

/** `start` to `end`: a maximal run of token characters. */
export function findSecretInRun(text: string, start: number, end: number, found: Finding[]): void {
  const run = text.slice(start, end);
  for (const shape of SHAPES) {
    shape.lastIndex = 0;
    for (let match = shape.exec(run); match !== null; match = shape.exec(run)) {
      found.push({ detector: "secret", start: start + match.index, end: start + match.index + match[0].length });
    }
  }
  let at = start;
  for (const piece of run.split(".")) {
    if (isRandom(piece)) found.push({ detector: "secret", start: at, end: at + piece.length });
    at += piece.length + 1;
  }
}

const RANDOM_MIN = 32;
const RANDOM_MAX = 512;
const BITS_MIN = 4.2;
/** Share of neighbours of different kinds (upper, lower, digit): about 0.6 in random text, less in words and paths. */
const CHANGES_MIN = 0.4;

function isRandom(piece: string): boolean {
  if (piece.length < RANDOM_MIN || piece.length > RANDOM_MAX) return false;
  const counts = new Map<string, number>();
  const kinds = [0, 0, 0, 0];
  let changes = 0;
  let previous = -1;
  for (const character of piece) {
    counts.set(character, (counts.get(character) ?? 0) + 1);
    const kind = kindOf(character.charCodeAt(0));
    kinds[kind] = (kinds[kind] ?? 0) + 1;
    if (previous !== -1 && kind !== previous) changes++;
    previous = kind;
  }
  const [upper = 0, lower = 0, digits = 0, marks = 0] = kinds;
  if (upper < 3 || lower < 3 || digits < 1 || marks > piece.length / 8) return false;
  return changes / (piece.length - 1) >= CHANGES_MIN && bitsOf(counts, piece.length) >= BITS_MIN;
}

function kindOf(code: number): number {
  if (code >= 65 && code <= 90) return 0;
  if (code >= 97 && code <= 122) return 1;
  return code >= 48 && code <= 57 ? 2 : 3;
}

/** Shannon entropy in bits per character. */
function bitsOf(counts: ReadonlyMap<string, number>, length: number): number {
  let bits = 0;
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length);
  return bits;
}

const NAMES = [
  "password",
  "passwd",
  "pwd",
  "secret",
  "apikey",
  "api_key",
  "api-key",
  "accesskey",
  "access_key",
  "access-key",
  "auth_token",
  "authtoken",
  "private_key",
  "accountkey",
];
const NAME_REACH = 16;
/** The last two letters of those names: nearly every colon is turned away here. */
const NAME_ENDS = new Set(NAMES.map((name) => name.slice(-2)));
const VALUE_MIN = 8;

/** `at`: an `=` or `:`. `password=…`, `"api_key": "…"`: a value of at least eight characters, not all letters. */
export function findAssigned(text: string, at: number, found: Finding[]): void {
  const nameEnd = endBefore(text, at);
  if (!NAME_ENDS.has(text.slice(nameEnd - 2, nameEnd).toLowerCase())) return;
  const before = text.slice(Math.max(0, nameEnd - NAME_REACH), nameEnd).toLowerCase();
  if (!NAMES.some((name) => before.endsWith(name))) return;
  let start = at + 1;
  while (start < at + 4 && /[\s"'=:]/.test(text.charAt(start))) start++;
  let end = start;
  while (end < text.length && end - start < 512 && !/[\s"',;&<>]/.test(text.charAt(end))) end++;
  const value = text.slice(start, end);
  if (value.length >= VALUE_MIN && /[^A-Za-z]/.test(value)) found.push({ detector: "secret", start, end });
}

/** Where what stands before `at` ends, across one quote and blanks. */
function endBefore(text: string, at: number): number {
  let end = at;
  while (end > 0 && end > at - 3) {
    const code = text.charCodeAt(end - 1);
    if (code !== 34 && code !== 39 && code !== 32) break;
    end--;
  }
  return end;
}

const KEY_BEGIN = "-----BEGIN ";
const KEY_MAX = 16_384;

/** PEM private keys, to their end line or, when it is missing, to the end of the text. */
export function findPrivateKeys(text: string, found: Finding[]): void {
  for (let start = text.indexOf(KEY_BEGIN); start !== -1; start = text.indexOf(KEY_BEGIN, start + 1)) {
    const label = text.slice(start + KEY_BEGIN.length, start + KEY_BEGIN.length + 40);
    if (!/^[A-Z0-9 ]*PRIVATE KEY/.test(label)) continue;
    const close = text.indexOf("-----END ", start);
    const line = close === -1 ? -1 : text.indexOf("-----", close + 9);
    const end = line === -1 ? Math.min(text.length, start + KEY_MAX) : line + 5;
    found.push({ detector: "secret", start, end });
    start = end - 1;
  }
}

const TOKEN = /tok_[a-z0-9]{8,}/gi;

/** This product's own masks. */
export function findMaskTokens(text: string, found: Finding[]): void {
  for (const match of text.matchAll(TOKEN))
    found.push({ detector: "mask-token", start: match.index, end: match.index + match[0].length });
}
