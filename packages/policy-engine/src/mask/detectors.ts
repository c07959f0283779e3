/**
 * Finds values that look like a card number, a social security number, an e-mail address, a phone number, an IBAN,
 * a secret or a custom pattern, inside any text. One pass looks for candidates (a digit after something else, an `@`,
 * a long run of token characters); only those are looked at closely. No backtracking regular expression runs over
 * the text: what a pattern may cost is bounded by its candidate.
 */
import { findEmail, findUrlPassword } from "./detect-address.ts";
import { findCustom, type CustomDetector } from "./detect-custom.ts";
import { findNumber } from "./detect-number.ts";
import { findAssigned, findMaskTokens, findPrivateKeys, findSecretInRun, RUN_MIN } from "./detect-secret.ts";

/** The closed list of detectors by name. `custom:NAME` comes from a policy's `patterns`. */
export const DETECTOR_NAMES = ["card", "ssn", "email", "phone", "iban", "secret"] as const;

/** Fires on `tok_…`, the form of this product's own keyed tokens. Always runs over literals, whatever the policy says. */
export const MASK_TOKEN = "mask-token";

export interface Finding {
  readonly detector: string;
  /** UTF-16 offsets; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

/** Which detectors to run, as flags, so that the pass over the text asks no sets. */
export interface Wanted {
  readonly card: boolean;
  readonly ssn: boolean;
  readonly email: boolean;
  readonly phone: boolean;
  readonly iban: boolean;
  readonly secret: boolean;
}

function wantedOf(detectors: readonly string[]): Wanted {
  return {
    card: detectors.includes("card"),
    ssn: detectors.includes("ssn"),
    email: detectors.includes("email"),
    phone: detectors.includes("phone"),
    iban: detectors.includes("iban"),
    secret: detectors.includes("secret"),
  };
}

const BREAK = 0;
const RUN = 1;
const DIGIT = 2;
const AT = 3;
const ASSIGN = 4;

/** What each ASCII character is to the pass: a break, part of a token run, a digit, an `@`, or `=`/`:`. */
const CLASSES = new Uint8Array(128);
for (const [characters, value] of [
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_.-", RUN],
  ["0123456789", DIGIT],
  ["@", AT],
  ["=:", ASSIGN],
] as const) {
  for (const character of characters) CLASSES[character.charCodeAt(0)] = value;
}

/** Every finding, without overlaps, by start. */
export function detect(text: string, detectors: readonly string[], patterns: readonly CustomDetector[] = []): readonly Finding[] {
  const found: Finding[] = [];
  const wanted = wantedOf(detectors);
  if (wanted.card || wanted.ssn || wanted.email || wanted.phone || wanted.iban || wanted.secret) findBuiltIn(text, wanted, found);
  if (detectors.includes(MASK_TOKEN)) findMaskTokens(text, found);
  for (const pattern of patterns) if (detectors.includes(`custom:${pattern.name}`)) findCustom(text, pattern, found);
  return withoutOverlaps(found);
}

function findBuiltIn(text: string, wanted: Wanted, found: Finding[]): void {
  let runStart = 0;
  let previous = BREAK;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (CLASSES[code] ?? BREAK) : BREAK;
    if (kind === RUN) {
      previous = RUN;
      continue;
    }
    if (kind === DIGIT) {
      if (previous !== DIGIT) findNumber(text, at, wanted, found);
      previous = DIGIT;
      continue;
    }
    if (wanted.secret && at - runStart >= RUN_MIN) findSecretInRun(text, runStart, at, found);
    runStart = at + 1;
    previous = kind;
    if (kind === AT) findAtSign(text, at, wanted, found);
    else if (kind === ASSIGN && wanted.secret) findAssigned(text, at, found);
  }
  if (wanted.secret && text.length - runStart >= RUN_MIN) findSecretInRun(text, runStart, text.length, found);
  if (wanted.secret) findPrivateKeys(text, found);
}

function findAtSign(text: string, at: number, wanted: Wanted, found: Finding[]): void {
  if (wanted.email) findEmail(text, at, found);
  if (wanted.secret) findUrlPassword(text, at, found);
}

/** Of overlapping findings the one that starts first stays, and of those the longest; a part that sticks out is kept by widening. */
function withoutOverlaps(found: Finding[]): readonly Finding[] {
  if (found.length < 2) return found;
  found.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Finding[] = [];
  for (const finding of found) {
    const last = kept[kept.length - 1];
    if (last === undefined || finding.start >= last.end) kept.push(finding);
    else if (finding.end > last.end) kept[kept.length - 1] = { ...last, end: finding.end };
  }
  return kept;
}

/**
 * Could this UTF-8 text hold any finding of a built-in detector? A cheap look at bytes before a string is made of them;
 * false is sure, true means: look closely.
 */
export function mayHold(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0;
  let run = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const kind = byte < 128 ? CLASSES[byte] : BREAK;
    if (kind === RUN) run++;
    else if (kind === DIGIT) {
      run++;
      if (++digits >= 7) return true;
    } else if (kind === BREAK) run = 0;
    else return true;
    if (run >= RUN_MIN) return true;
  }
  return false;
}

/** Names of the detectors that fire on any of the texts (a statement's literals and binds), `mask-token` included; sorted. */
export function detectLiterals(texts: readonly string[], detectors: readonly string[], patterns: readonly CustomDetector[] = []): string[] {
  const fired = new Set<string>();
  for (const text of texts) {
    // One by one, so that an overlap hides nothing.
    for (const detector of [...detectors, MASK_TOKEN]) {
      if (!fired.has(detector) && detect(text, [detector], patterns).length > 0) fired.add(detector);
    }
  }
  return [...fired].sort();
}
