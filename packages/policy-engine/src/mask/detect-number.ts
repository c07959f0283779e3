/**
 * Card, social security, phone and bank account numbers. Called at the first digit of each group of digits,
 * reads a bounded stretch from there, and reports the most specific thing that it is.
 */

import { hasWordBefore } from "./context-words.ts";
import type { Finding, Wanted } from "./detectors.ts";
import { ibanEnd } from "./iban.ts";

const DIGITS_MAX = 20;
const SEPARATORS = " -.()/";

/** Digits from a position on, across single separators. */
interface Groups {
  /** The digits alone. */
  readonly digits: string;
  /** For each group: how many digits have been read at its end, and where it ends in the text. */
  readonly ends: readonly { readonly count: number; readonly end: number; readonly separator: string }[];
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}

/** Reads groups of digits that single characters out of `separators` (or `) `, `) (`) join. */
function readGroups(text: string, start: number, separators: string): Groups {
  let digits = "";
  const ends: { count: number; end: number; separator: string }[] = [];
  let at = start;
  let separator = "";
  while (at < text.length && digits.length <= DIGITS_MAX) {
    let end = at;
    while (isDigit(text, end) && end - start < 60) end++;
    digits += text.slice(at, end);
    ends.push({ count: digits.length, end, separator });
    let next = end;
    while (next < end + 2 && next < text.length && separators.includes(text.charAt(next))) next++;
    if (next === end || !isDigit(text, next)) break;
    separator = text.slice(end, next);
    at = next;
  }
  return { digits, ends };
}

/** Most numbers are short: this turns them away without making anything. */
function hasEightDigits(text: string, start: number): boolean {
  let digits = 0;
  let gap = 0;
  for (let at = start; at < text.length && gap <= 2; at++) {
    if (isDigit(text, at)) {
      gap = 0;
      if (++digits >= 8) return true;
    } else if (SEPARATORS.includes(text.charAt(at))) gap++;
    else return false;
  }
  return false;
}

/** `at`: a digit whose left neighbour isn't one. */
export function findNumber(text: string, at: number, wanted: Wanted, found: Finding[]): void {
  const last = found[found.length - 1];
  if (last !== undefined && at < last.end) return;
  if (wanted.iban) {
    const end = ibanEnd(text, at - 2);
    if (end !== -1) {
      found.push({ detector: "iban", start: at - 2, end });
      return;
    }
  }
  if (!hasEightDigits(text, at)) return;
  const groups = readGroups(text, at, SEPARATORS);
  const end = specificEnd(text, at, groups, wanted);
  if (end !== null) found.push(end);
}

function specificEnd(text: string, at: number, groups: Groups, wanted: Wanted): Finding | null {
  const card = wanted.card ? cardEnd(text, at, groups) : -1;
  if (card !== -1) return { detector: "card", start: at, end: card };
  const ssn = wanted.ssn ? ssnEnd(text, at, groups) : -1;
  if (ssn !== -1) return { detector: "ssn", start: at, end: ssn };
  return wanted.phone ? findPhone(text, at, groups) : null;
}

/** End of a card number that starts here: 13 to 19 digits that end at a group's end, Luhn and an issuer's range; longest first. */
function cardEnd(text: string, at: number, { digits, ends }: Groups): number {
  if (text.charAt(at - 1) === "." && isDigit(text, at - 2)) return -1;
  for (let i = ends.length - 1; i >= 0; i--) {
    const group = ends[i];
    if (group === undefined || group.count > 19) continue;
    if (group.count < 13) return -1;
    const joined = ends.slice(1, i + 1).every(({ separator }) => separator === " " || separator === "-");
    const candidate = digits.slice(0, group.count);
    if (joined && isIssued(candidate) && isLuhn(candidate)) return group.end;
  }
  return -1;
}

function isLuhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Issuer ranges by their first digits, with the lengths that they issue. */
const ISSUERS: readonly {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly lengths: readonly number[];
}[] = [
  { from: 4, to: 4, width: 1, lengths: [13, 16, 19] },
  { from: 51, to: 55, width: 2, lengths: [16] },
  { from: 2221, to: 2720, width: 4, lengths: [16] },
  { from: 34, to: 34, width: 2, lengths: [15] },
  { from: 37, to: 37, width: 2, lengths: [15] },
  { from: 300, to: 305, width: 3, lengths: [14, 16, 19] },
  { from: 36, to: 36, width: 2, lengths: [14, 16, 19] },
  { from: 38, to: 39, width: 2, lengths: [14, 16, 19] },
  { from: 6011, to: 6011, width: 4, lengths: [16, 19] },
  { from: 644, to: 649, width: 3, lengths: [16, 19] },
  { from: 65, to: 65, width: 2, lengths: [16, 19] },
  { from: 3528, to: 3589, width: 4, lengths: [16, 17, 18, 19] },
  { from: 62, to: 62, width: 2, lengths: [16, 17, 18, 19] },
  { from: 2200, to: 2204, width: 4, lengths: [16, 19] },
  { from: 5018, to: 5018, width: 4, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5020, to: 5020, width: 4, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 5038, to: 5038, width: 4, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 6304, to: 6304, width: 4, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 6759, to: 6763, width: 4, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { from: 508, to: 508, width: 3, lengths: [16] },
  { from: 81, to: 82, width: 2, lengths: [16] },
];

function isIssued(digits: string): boolean {
  return ISSUERS.some(({ from, to, width, lengths }) => {
    const head = Number(digits.slice(0, width));
    return head >= from && head <= to && lengths.includes(digits.length);
  });
}

const SSN_WORDS = ["ssn", "social security", "social-security", "soc sec", "social"];

/** `123-45-6789` in that shape, or nine bare digits beside a word that says what they are. */
function ssnEnd(text: string, at: number, { digits, ends }: Groups): number {
  const [area, group, serial] = ends;
  if (area?.count === 9) return isSsn(digits.slice(0, 9)) && hasWordBefore(text, at, SSN_WORDS) ? area.end : -1;
  if (area?.count !== 3 || group?.count !== 5 || serial?.count !== 9) return -1;
  const isShaped = group.separator === serial.separator && ["-", " ", "."].includes(group.separator);
  return isShaped && isSsn(digits.slice(0, 9)) ? serial.end : -1;
}

/** Never issued: area 000, 666 and 900 to 999, group 00, serial 0000. */
function isSsn(digits: string): boolean {
  const area = digits.slice(0, 3);
  return area !== "000" && area !== "666" && area < "900" && digits.slice(3, 5) !== "00" && digits.slice(5) !== "0000";
}

const PHONE_WORDS = [
  "phone",
  "tel",
  "mobile",
  "cell",
  "call",
  "fax",
  "whatsapp",
  "sms",
  "telefono",
  "teléfono",
  "móvil",
  "movil",
  "telefon",
  "handy",
];

function findPhone(text: string, at: number, groups: Groups): Finding | null {
  return internationalPhone(text, at, groups) ?? americanPhone(text, at, groups) ?? namedPhone(text, at, groups);
}

/** A `+`, then 8 to 15 digits; also `+(`. */
function internationalPhone(text: string, at: number, groups: Groups): Finding | null {
  const before = text.charAt(at - 1);
  const plus = before === "+" ? at - 1 : before === "(" && text.charAt(at - 2) === "+" ? at - 2 : -1;
  return plus === -1 ? null : phoneOf(plus, groups, 8);
}

function phoneOf(start: number, { ends }: Groups, fewest: number): Finding | null {
  const fitting = ends.filter(({ count }) => count >= fewest && count <= 15);
  const last = fitting[fitting.length - 1];
  return last === undefined ? null : { detector: "phone", start, end: last.end };
}

/** `(415) 555-2671`, `415-555-2671`, `1 415 555 2671`: groups of 3, 3 and 4, area and exchange from 2 on. */
function americanPhone(text: string, at: number, { digits, ends }: Groups): Finding | null {
  const skip = digits.startsWith("1") && ends[0]?.count === 1 ? 1 : 0;
  const [area, exchange, line] = ends.slice(skip);
  if (area?.count !== 3 + skip || exchange?.count !== 6 + skip || line?.count !== 10 + skip) return null;
  if ((digits[skip] ?? "0") < "2" || (digits[skip + 3] ?? "0") < "2") return null;
  return { detector: "phone", start: text.charAt(at - 1) === "(" ? at - 1 : at, end: line.end };
}

/** 9 to 15 digits beside a word that says what they are. */
function namedPhone(text: string, at: number, groups: Groups): Finding | null {
  return hasWordBefore(text, at, PHONE_WORDS) ? phoneOf(at, groups, 9) : null;
}
