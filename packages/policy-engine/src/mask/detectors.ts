/**
 * Finds values that look like a card number, a social security number, an e-mail address, a phone number, an IBAN,
 * a secret or a custom pattern, inside any text. One pass looks for candidates (a digit after something else, an `@`,
 * a long run of token characters); only those are looked at closely. No backtracking regular expression runs over
 * the text: what a pattern may cost is bounded by its candidate.
 */
import { findEmail, findUrlPassword } from "./detect-address.ts";
import { type CustomDetector, findCustom } from "./detect-custom.ts";
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

const OTHER = 0;
const RUN = 1;
const DIGIT = 2;
const AT = 3;
const ASSIGN = 4;
const DASH = 45;

/** What each UTF-16 unit is to the pass: part of a token run, a digit (which is that too), an `@`, `=` or `:`, or nothing. */
const CLASSES = new Uint8Array(65_536);
for (const [characters, value] of [
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/_.-", RUN],
  ["0123456789", DIGIT],
  ["@", AT],
  ["=:", ASSIGN],
] as const) {
  for (const character of characters) CLASSES[character.charCodeAt(0)] = value;
}
/** The engine searches for a class of characters many times faster than a loop can, but a search has a price of its own. */
const CANDIDATE = /[0-9@=:]/g;
const LOOK_AHEAD = 16;

/** Every finding, without overlaps, by start. */
export function detect(
  text: string,
  detectors: readonly string[],
  patterns: readonly CustomDetector[] = [],
): readonly Finding[] {
  const found: Finding[] = [];
  const wanted = wantedOf(detectors);
  if (wanted.card || wanted.ssn || wanted.email || wanted.phone || wanted.iban || wanted.secret)
    findBuiltIn(text, wanted, found);
  if (detectors.includes(MASK_TOKEN)) findMaskTokens(text, found);
  for (const pattern of patterns) if (detectors.includes(`custom:${pattern.name}`)) findCustom(text, pattern, found);
  return withoutOverlaps(found);
}

function findBuiltIn(text: string, wanted: Wanted, found: Finding[]): void {
  findAtCandidates(text, wanted, found);
  if (wanted.secret) {
    findRuns(text, found);
    findPrivateKeys(text, found);
  }
}

function findAtCandidates(text: string, wanted: Wanted, found: Finding[]): void {
  let previous = OTHER;
  let quietSince = -LOOK_AHEAD;
  for (let at = 0; at < text.length; at++) {
    if (at - quietSince >= LOOK_AHEAD) {
      CANDIDATE.lastIndex = at;
      if (!CANDIDATE.test(text)) return;
      const next = CANDIDATE.lastIndex - 1;
      if (next > at) previous = OTHER;
      at = next;
      quietSince = at;
    }
    const kind = CLASSES[text.charCodeAt(at)] ?? OTHER;
    if (kind > RUN) {
      quietSince = at;
      if (kind === DIGIT) {
        if (previous !== DIGIT) findNumber(text, at, wanted, found);
      } else if (kind === AT) findAtSign(text, at, wanted, found);
      else if (wanted.secret) findAssigned(text, at, found);
    }
    previous = kind;
  }
}

/** Looks at every `RUN_MIN`-th character only: a run that long can't pass between two of them. */
function findRuns(text: string, found: Finding[]): void {
  for (let at = RUN_MIN - 1; at < text.length; at += RUN_MIN) {
    if (!isRun(text, at)) continue;
    let start = at;
    while (isRun(text, start - 1)) start--;
    let end = at + 1;
    while (isRun(text, end)) end++;
    if (end - start >= RUN_MIN) {
      findSecretInRun(text, start, end, found);
      at = end - 1;
    }
  }
}

function isRun(text: string, at: number): boolean {
  if (at < 0 || at >= text.length) return false;
  const kind = CLASSES[text.charCodeAt(at)];
  return kind === RUN || kind === DIGIT;
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
 * false is sure, true means: look closely. Custom patterns may find what this doesn't hint at.
 */
export function mayHold(bytes: Uint8Array, start: number, end: number): boolean {
  let digits = 0;
  let run = 0;
  let dashes = 0;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    const kind = CLASSES[byte] ?? OTHER;
    if (kind > DIGIT) return true;
    run = kind === OTHER ? 0 : run + 1;
    dashes = byte === DASH ? dashes + 1 : 0;
    if (kind === DIGIT) digits++;
    // Seven digits are the fewest of a phone number's, five dashes begin a private key.
    if (digits >= 7 || run >= RUN_MIN || dashes >= 5) return true;
  }
  return false;
}

/** Names of the detectors that fire on any of the texts (a statement's literals and binds), `mask-token` included; sorted. */
export function detectLiterals(
  texts: readonly string[],
  detectors: readonly string[],
  patterns: readonly CustomDetector[] = [],
): string[] {
  const fired = new Set<string>();
  for (const text of texts) {
    // One by one, so that an overlap hides nothing.
    for (const detector of [...detectors, MASK_TOKEN]) {
      if (!fired.has(detector) && detect(text, [detector], patterns).length > 0) fired.add(detector);
    }
  }
  return [...fired].sort();
}
