/**
 * Masks one text value. What a number, a date or a boolean becomes is decided where the column's type is known
 *; here a value is text. A value that a method can't treat (a phone without digits, a date that
 * doesn't parse) is redacted, never passed on.
 */
import type { Mask } from "../decision.ts";

/** The keyed half of masking. The gateway holds the key; nothing here may keep or print it. */
export interface MaskKeys {
  /** Lower-case hex or base32 of a keyed digest over domain and text; at least 20 characters. */
  hmac(domain: string, text: string): string;
}

/** What a redacted text looks like. */
export const REDACTED = "***";
/** How every keyed token begins, so that one that comes back is recognised. */
export const TOKEN_PREFIX = "tok_";
const TOKEN_LENGTH = 26;

/** The masked text; null for the method `null`. */
export function maskText(mask: Mask, text: string, keys: MaskKeys): string | null {
  switch (mask.method) {
    case "null":
      return null;
    case "redact":
      return REDACTED;
    case "hmac":
      return TOKEN_PREFIX + keys.hmac(mask.domain, text).slice(0, TOKEN_LENGTH).toLowerCase();
    case "partial":
      return maskPartly(mask.keep, text);
    case "generalise":
      return generalise(mask.to, text);
    case "date-shift":
      return shiftDate(text, mask.days, keys);
  }
}

function maskPartly(keep: "last4" | "domain" | "first1", text: string): string {
  switch (keep) {
    case "last4": {
      const kept = text.replace(/[^\p{L}\p{N}]/gu, "");
      // Of a short value four characters would be most of it.
      return kept.length < 8 ? REDACTED : REDACTED + kept.slice(-4);
    }
    case "domain": {
      const at = text.lastIndexOf("@");
      return at < 1 || /\s/.test(text.slice(at)) ? REDACTED : REDACTED + text.slice(at);
    }
    case "first1": {
      const [first] = text;
      return first === undefined || text.length < 3 ? REDACTED : first + REDACTED;
    }
  }
}

function generalise(to: "year" | "month" | "decade" | "zip3", text: string): string {
  if (to === "zip3") {
    const zip = /^([0-9]{3})[0-9]{2}(?:-[0-9]{4})?$/.exec(text);
    return zip?.[1] === undefined ? REDACTED : `${zip[1]}**`;
  }
  const date = /^([0-9]{4})-([0-9]{2})(?:-[0-9]{2}|$)/.exec(text);
  if (date?.[1] !== undefined && date[2] !== undefined) {
    if (to === "month") return `${date[1]}-${date[2]}`;
    return to === "year" ? date[1] : `${date[1].slice(0, 3)}0s`;
  }
  // An age or another small number falls into its decade.
  const number = to === "decade" ? /^([0-9]{1,3})$/.exec(text) : null;
  if (number?.[1] === undefined) return REDACTED;
  const low = Math.floor(Number(number[1]) / 10) * 10;
  return `${low}-${low + 9}`;
}

const DAY_MS = 86_400_000;

/** Days by which every date of this deployment moves: keyed, from 1 to `days` either way, so that intervals stay. */
export function dateShiftDays(days: number, keys: MaskKeys): number {
  const digest = keys.hmac("date-shift", String(days));
  let number = 7;
  for (let at = 0; at < digest.length; at++) number = (number * 31 + digest.charCodeAt(at)) % 2_147_483_647;
  const shift = (number % days) + 1;
  return Math.floor(number / days) % 2 === 0 ? shift : -shift;
}

function shiftDate(text: string, days: number, keys: MaskKeys): string {
  const match = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(.*)$/s.exec(text);
  const epochMs = match?.[1] === undefined ? Number.NaN : Date.parse(`${match[1]}T00:00:00Z`);
  const rest = match?.[2] ?? "";
  if (!Number.isFinite(epochMs) || !/^(?:$|[T ][0-9:.,+\-Z ]*$)/.test(rest)) return REDACTED;
  return new Date(epochMs + dateShiftDays(days, keys) * DAY_MS).toISOString().slice(0, 10) + rest;
}
