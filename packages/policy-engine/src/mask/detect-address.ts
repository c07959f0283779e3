/**
 * E-mail addresses, and passwords inside URLs. Called at each `@`; looks left and right over a bounded stretch.
 */
import type { Finding } from "./detectors.ts";

const LOCAL_MAX = 64;
const DOMAIN_MAX = 253;
const LOCAL = /[\p{L}\p{N}._%+'&*/=?^`{|}~!#$-]/u;
const DOMAIN = /[\p{L}\p{N}.-]/u;

/** `at`: the position of an `@`. */
export function findEmail(text: string, at: number, found: Finding[]): void {
  let start = at;
  while (start > 0 && at - start < LOCAL_MAX && LOCAL.test(text.charAt(start - 1))) start--;
  let end = at + 1;
  while (end < text.length && end - at <= DOMAIN_MAX && DOMAIN.test(text.charAt(end))) end++;
  while (end > at && (text.charAt(end - 1) === "." || text.charAt(end - 1) === "-")) end--;
  while (start < at && /[.'`*_=?&{|}~!#$^%/-]/.test(text.charAt(start))) start++;
  if (start === at) return;
  const domain = text.slice(at + 1, end);
  const dot = domain.lastIndexOf(".");
  const top = domain.slice(dot + 1);
  if (dot < 1 || domain.includes("..") || top.length < 2 || !/^\p{L}[\p{L}\p{N}-]*$/u.test(top)) return;
  found.push({ detector: "email", start, end });
}

const URL_REACH = 300;

/** `scheme://user:password@host`: the password. */
export function findUrlPassword(text: string, at: number, found: Finding[]): void {
  const from = Math.max(0, at - URL_REACH);
  const before = text.slice(from, at);
  const scheme = before.lastIndexOf("://");
  if (scheme === -1) return;
  const userInfo = before.slice(scheme + 3);
  const colon = userInfo.indexOf(":");
  if (colon === -1 || colon === userInfo.length - 1 || /[\s/?#]/.test(userInfo)) return;
  found.push({ detector: "secret", start: from + scheme + 3 + colon + 1, end: at });
}
