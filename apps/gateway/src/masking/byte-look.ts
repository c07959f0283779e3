/**
 * A quick look at UTF-8 bytes: could any of the engine's detectors find something here? False is
 * sure; true means that the text must be looked at closely. It knows only what every finding of a
 * kind has in common, and always errs towards looking; a property test holds it against `detect`.
 */

/** `words`: {@link wordsOf} the same bytes, where many values stand in them; it makes the look several times faster. */
export type ByteLook = (bytes: Uint8Array, start: number, end: number, words?: Int32Array) => boolean;

/** The memory under `bytes` in words of four. Nothing is copied. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  return new Int32Array(bytes.buffer, 0, bytes.buffer.byteLength >> 2);
}

/** What the look stops at; everything else (0) is passed over. */
const DIGIT = 1;
const AT = 2;
const ASSIGN = 3;
const DASH = 4;

const CLASSES = table(["0123456789", DIGIT], ["@", AT], ["=:", ASSIGN], ["-", DASH]);
/** Characters that tokens are made of. */
const IN_TOKEN = table(["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_.-", 1]);
/** Characters that may stand between the digits of one number. */
const IN_NUMBER = table(["0123456789", DIGIT], [" -.()/", 2]);

function table(...entries: readonly (readonly [characters: string, value: number])[]): Uint8Array {
  const values = new Uint8Array(256);
  for (const [characters, value] of entries) {
    for (const character of characters) values[character.charCodeAt(0)] = value;
  }
  return values;
}

/** Shorter stretches of digits, across the separators that numbers have, are no card, number or phone. */
const DIGITS_MIN = 8;
/** Shorter runs of token characters hold no key of a known shape. */
const RUN_MIN = 16;
/** What every private key begins with. */
const DASHES = 5;
/** How the words end behind which an `=` or `:` gives a secret away (password, pwd, secret, key, token). */
const SECRET_WORD_ENDS = new Set(
  ["rd", "wd", "et", "ey", "en"].map((end) => (end.charCodeAt(0) << 8) | end.charCodeAt(1)),
);

/** The look for a set of built-in detectors. */
export function byteLook(detectors: readonly string[]): ByteLook {
  const isSecret = detectors.includes("secret");
  const isIban = detectors.includes("iban");
  const seesAt = isSecret || detectors.includes("email");
  const seesDigits = ["card", "ssn", "phone"].some((detector) => detectors.includes(detector));
  return (bytes, start, end, words) => {
    for (let at = nextCandidate(bytes, start, end, words); at < end; at = nextCandidate(bytes, at + 1, end, words)) {
      const kind = CLASSES[bytes[at] ?? 0];
      if (kind === DIGIT) {
        if (isIban && followsLetters(bytes, start, at)) return true;
        const stretch = readNumber(bytes, at, end);
        if (seesDigits && stretch.digits >= DIGITS_MIN) return true;
        at = stretch.last;
      } else if (kind === AT) {
        if (seesAt) return true;
      } else if (kind === ASSIGN) {
        if (isSecret && followsSecretWord(bytes, start, at)) return true;
      } else if (kind === DASH) {
        if (isSecret && beginsDashes(bytes, at, end)) return true;
      }
    }
    return isSecret && hasLongRun(bytes, start, end);
  };
}

/** All that the look stops at stands between `-` and `@` in ASCII. */
const FIRST = 0x2d;
const LAST = 0x40;

/** The next position, from `from` on, of a byte between FIRST and LAST, or `end`. */
function nextCandidate(bytes: Uint8Array, from: number, end: number, words: Int32Array | undefined): number {
  let at = from;
  if (words !== undefined) {
    const base = bytes.byteOffset;
    for (; at < end && ((base + at) & 3) !== 0; at++) {
      const byte = bytes[at] ?? 0;
      if (byte >= FIRST && byte <= LAST) return at;
    }
    const wordEnd = (base + end) >> 2;
    let word = (base + at) >> 2;
    while (word < wordEnd && isQuiet(words[word] ?? 0)) word++;
    at = Math.max(at, word * 4 - base);
  }
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= FIRST && byte <= LAST) return at;
  }
  return end;
}

/** Whether none of four bytes stands between FIRST and LAST: per byte, adding 0x53 carries into its high bit from 0x2d on, 0x3f from 0x41 on. */
function isQuiet(word: number): boolean {
  const low = word & 0x7f7f7f7f;
  return ((low + 0x53535353) & ~(low + 0x3f3f3f3f) & ~word & 0x80808080) === 0;
}

const STRETCH = { digits: 0, last: 0 };

/** Counts the digits from `at` on, across separators; `last` is the last of them. The answer is good until the next call. */
function readNumber(bytes: Uint8Array, at: number, end: number): { readonly digits: number; readonly last: number } {
  STRETCH.digits = 0;
  for (let next = at; next < end; next++) {
    const kind = IN_NUMBER[bytes[next] ?? 0];
    if (kind === DIGIT) {
      STRETCH.digits++;
      STRETCH.last = next;
    } else if (kind === 0) {
      break;
    }
  }
  return STRETCH;
}

/** A country's two letters begin every IBAN. */
function followsLetters(bytes: Uint8Array, start: number, at: number): boolean {
  return at - 2 >= start && isLetter(bytes[at - 1] ?? 0) && isLetter(bytes[at - 2] ?? 0);
}

function isLetter(byte: number): boolean {
  return (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
}

function beginsDashes(bytes: Uint8Array, at: number, end: number): boolean {
  let next = at;
  while (next < end && CLASSES[bytes[next] ?? 0] === DASH) next++;
  return next - at >= DASHES;
}

/** Looks at every RUN_MIN-th byte only: a run that long can't pass between two of them. */
function hasLongRun(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start + RUN_MIN - 1; at < end; at += RUN_MIN) {
    if (IN_TOKEN[bytes[at] ?? 0] === 0) continue;
    let from = at;
    while (from > start && IN_TOKEN[bytes[from - 1] ?? 0] === 1) from--;
    let to = at + 1;
    while (to < end && IN_TOKEN[bytes[to] ?? 0] === 1) to++;
    if (to - from >= RUN_MIN) return true;
    at = Math.max(at, to - RUN_MIN);
  }
  return false;
}

/** Across quotes and blanks; behind something that isn't ASCII nothing is sure. */
function followsSecretWord(bytes: Uint8Array, start: number, at: number): boolean {
  let end = at;
  while (end > start && isQuoteOrBlank(bytes[end - 1] ?? 0)) end--;
  if (end > start && (bytes[end - 1] ?? 0) >= 0x80) return true;
  return end - 2 >= start && SECRET_WORD_ENDS.has((((bytes[end - 2] ?? 0) | 0x20) << 8) | (bytes[end - 1] ?? 0) | 0x20);
}

function isQuoteOrBlank(byte: number): boolean {
  return byte === 0x22 || byte === 0x27 || byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
