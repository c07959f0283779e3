/**
 * Reads `define` (windows, approvals, masks) and `patterns` of a policy. Names are those of the one document:
 * two policies can't change each other's meaning by defining the same word.
 */
import { RE2JS } from "re2js";
import type { ApprovalRule, CustomPattern, NamedMask, Window } from "./documents.ts";
import { parseMask } from "./parse-mask.ts";
import { durationSeconds, minuteOfDay } from "./quantity.ts";
import { isZone } from "./window.ts";
import {
  anyListOf,
  type Cursor,
  type Decode,
  fail,
  listOf,
  nonEmptyText,
  oneOf,
  readEntries,
  readMap,
  text,
  wholeNumber,
} from "./yaml-reader.ts";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

export interface Define {
  readonly windows: ReadonlyMap<string, Window>;
  readonly approvals: ReadonlyMap<string, ApprovalRule>;
  readonly masks: ReadonlyMap<string, NamedMask>;
}

export const NO_DEFINITIONS: Define = { windows: new Map(), approvals: new Map(), masks: new Map() };

export const parseDefine: Decode<Define> = (node, cursor) => {
  const map = readMap(node, cursor, "`define`", ["windows", "approvals", "masks"]);
  if (map === undefined) return undefined;
  return {
    windows: map.optional("windows", named("`windows`", parseWindow)) ?? new Map(),
    approvals: map.optional("approvals", named("`approvals`", parseApproval)) ?? new Map(),
    masks: map.optional("masks", named("`masks`", parseDefinedMask)) ?? new Map(),
  };
};

type Named<T> = (node: unknown, cursor: Cursor, name: string) => T | undefined;

function named<T>(what: string, decode: Named<T>): Decode<ReadonlyMap<string, T>> {
  return (node, cursor) => {
    const entries = readEntries(node, cursor, what);
    if (entries === undefined) return undefined;
    const table = new Map<string, T>();
    for (const [name, , value] of entries) {
      const decoded = decode(value, cursor, name);
      if (decoded !== undefined) table.set(name, decoded);
    }
    return table;
  };
}

function parseDefinedMask(node: unknown, cursor: Cursor, name: string): NamedMask | undefined {
  const mask = parseMask(node, cursor, name);
  return mask === undefined ? undefined : { label: name, mask };
}

function parseWindow(node: unknown, cursor: Cursor, name: string): Window | undefined {
  const map = readMap(node, cursor, "a window", ["days", "from", "to", "zone"]);
  if (map === undefined) return undefined;
  const days = map.optional("days", listOf(oneOf(DAYS, "a day"))) ?? DAYS;
  const fromMinute = map.required("from", minuteOfDay);
  const toMinute = map.required("to", minuteOfDay);
  const zone = map.required("zone", zoneName);
  if (fromMinute === undefined || toMinute === undefined || zone === undefined) return undefined;
  if (fromMinute === toMinute)
    return fail(
      cursor,
      node,
      "WRONG_VALUE",
      "A window can't begin and end at the same minute: for all day write 00:00 to 24:00.",
    );
  return { name, days: days.map((day) => DAYS.indexOf(day)), fromMinute, toMinute, zone };
}

const zoneName: Decode<string> = (node, cursor) => {
  const zone = nonEmptyText(node, cursor);
  if (zone === undefined || isZone(zone)) return zone;
  return fail(cursor, node, "WRONG_VALUE", `\`${zone}\` is not a time zone: write it like Europe/Madrid.`);
};

const APPROVAL_KEYS = ["from", "count", "never", "expires", "uses", "inTransaction", "assurance"];
const PARTIES = ["requester", "delegator"] as const;

/** What a hold asks for. Where it says nothing, neither requester nor delegator may approve, once, within 30 minutes. */
export function parseApproval(node: unknown, cursor: Cursor): ApprovalRule | undefined {
  const map = readMap(node, cursor, "an approval", APPROVAL_KEYS);
  const from = map?.required("from", listOf(nonEmptyText));
  if (map === undefined || from === undefined) return undefined;
  const assurance = map.optional("assurance", oneOf(["passkey"], "an assurance"));
  return {
    from: [...new Set(from)].sort(),
    count: map.optional("count", wholeNumber(1, 20)) ?? 1,
    never: [...new Set(map.optional("never", anyListOf(oneOf(PARTIES, "a party"))) ?? PARTIES)].sort(),
    expiresSeconds: map.optional("expires", durationSeconds) ?? 1800,
    uses: map.optional("uses", wholeNumber(1, 1000)) ?? 1,
    inTransaction: map.optional("inTransaction", oneOf(["refuse", "allow"], "an answer")) ?? "refuse",
    ...(assurance === null ? {} : { assurance }),
  };
}

/** `patterns:` — custom detectors. */
export const parsePatterns: Decode<readonly CustomPattern[]> = (node, cursor) => {
  const table = named("`patterns`", parsePattern)(node, cursor);
  return table === undefined ? undefined : [...table.values()];
};

function parsePattern(node: unknown, cursor: Cursor, name: string): CustomPattern | undefined {
  const map = readMap(node, cursor, "a pattern", ["re2", "words"]);
  const re2 = map?.required("re2", linearPattern);
  if (map === undefined || re2 === undefined) return undefined;
  return { name, re2, words: map.optional("words", listOf(nonEmptyText, 50)) ?? [] };
}

const linearPattern: Decode<string> = (node, cursor) => {
  const pattern = text(node, cursor);
  if (pattern === undefined) return undefined;
  if (pattern === "" || pattern.length > 200)
    return fail(cursor, node, "WRONG_VALUE", "A pattern has 1 to 200 characters.");
  try {
    if (RE2JS.compile(pattern).matcher("").find())
      return fail(cursor, node, "WRONG_VALUE", "A pattern that matches the empty text would match everywhere.");
    return pattern;
  } catch (error) {
    return fail(
      cursor,
      node,
      "WRONG_VALUE",
      `The pattern can't be read: ${error instanceof Error ? error.message : "unknown"}.`,
    );
  }
};
