/**
 * An entry: the envelope every record shares, its canonical bytes and its hash. Format version 1 stays as it
 * is: what was hashed once must hash the same for ever. Pure; the caller gives ids and times.
 */
import { BODIES, type EntryBodies, type EntryType, isEntryType } from "./bodies.ts";
import { concat, hex, utf8, utf8Text } from "./bytes.ts";
import { canonicalJson } from "./canonical.ts";
import type { Crypto } from "./crypto.ts";
import { code, count, digest, id, isTime, maybe, object, text } from "./shape.ts";

/** The ciphertext that belongs to an entry. Destroying its key erases the content and leaves this valid. */
export interface PayloadRef {
  /** SHA-256 of the ciphertext, lower-case hex. */
  readonly digest: string;
  /** Bytes of ciphertext. */
  readonly size: number;
  readonly alg: "A256GCM";
  /** Names the wrapped session key. */
  readonly key: string;
}

export interface Entry<T extends EntryType = EntryType> {
  readonly v: 1;
  readonly id: string;
  /** Origin of the log (`gateway.example/gw-1/2026-11`). */
  readonly log: string;
  /** Position in the log, from 0. */
  readonly index: number;
  readonly time: string;
  readonly type: T;
  /** null for what was done to the system itself. */
  readonly session: string | null;
  /** From 1 in a session's life. 0: the chain outside it, one per log (system entries, deliveries after the end). */
  readonly epoch: number;
  /** From 1 in the chain of (session, epoch). */
  readonly n: number;
  /** Hash of the chain's entry before; null when n is 1. */
  readonly prev: string | null;
  readonly principal: string | null;
  readonly connection: string | null;
  readonly payload: PayloadRef | null;
  readonly body: EntryBodies[T];
}

export type AnyEntry = { readonly [T in EntryType]: Entry<T> }[EntryType];

/** The count of `session.end` is the journal's to fill in: only it knows what is already queued. */
export type DraftBody<T extends EntryType> = T extends "session.end"
  ? Omit<EntryBodies["session.end"], "count">
  : EntryBodies[T];

/** What a writer says; the journal adds the rest. */
export interface EntryDraft<T extends EntryType = EntryType> {
  readonly type: T;
  readonly session: string | null;
  /** The owner's epoch, from 1. Left out: the epoch of the session's open chain. */
  readonly epoch?: number;
  readonly principal: string | null;
  readonly connection: string | null;
  readonly body: DraftBody<T>;
  /** Makes the append idempotent: a second append with the same id gives the first entry. Not starting with `e_`. */
  readonly id?: string;
}

/** An entry as stored: its canonical bytes and the hash written beside them. */
export interface StoredEntry {
  readonly entry: AnyEntry;
  readonly bytes: Uint8Array;
  /** Lower-case hex. */
  readonly hash: string;
}

/** The clear part of one entry is at most this many bytes of canonical JSON. */
export const ENTRY_BYTES_MAX = 4 * 1024 * 1024;

const ENTRY_DOMAIN = utf8("sluice/entry/v1\n");

/** SHA-256 of a domain prefix and the canonical bytes, lower-case hex. */
export function entryHash(bytes: Uint8Array, crypto: Crypto): string {
  return hex(crypto.sha256(concat(ENTRY_DOMAIN, bytes)));
}

/** null when `body` is the clear part that `type` asks for; otherwise what is wrong, without quoting a value. */
export function checkBody(type: EntryType, body: unknown): string | null {
  return BODIES[type].check(body, "body");
}

/** An entry whose body has not been checked against its type. */
export type UncheckedEntry = Omit<Entry, "body"> & { readonly body: unknown };

export type EntryResult =
  | { readonly ok: true; readonly stored: StoredEntry }
  | { readonly ok: false; readonly problem: string };

/** Canonical bytes and hash of an entry. */
export function encodeEntry(entry: UncheckedEntry, crypto: Crypto): EntryResult {
  const checked = checkEntry(entry);
  if (!checked.ok) return checked;
  const canonical = canonicalJson(entry);
  if (!canonical.ok) return canonical;
  const bytes = utf8(canonical.text);
  if (bytes.length > ENTRY_BYTES_MAX)
    return { ok: false, problem: `the entry is larger than ${ENTRY_BYTES_MAX} bytes` };
  return { ok: true, stored: { entry: checked.entry, bytes, hash: entryHash(bytes, crypto) } };
}

export type DecodedEntry =
  | { readonly ok: true; readonly entry: AnyEntry }
  | { readonly ok: false; readonly problem: string };

/**
 * Strict: bytes that aren't the canonical form of a valid entry are refused, so that no two records mean the
 * same. `canonical: false` leaves that comparison out, for a writer that reads back its own bytes by their hash.
 */
export function decodeEntry(
  bytes: Uint8Array,
  { canonical = true }: { readonly canonical?: boolean } = {},
): DecodedEntry {
  if (bytes.length > ENTRY_BYTES_MAX) return { ok: false, problem: "the entry is too large" };
  const text = utf8Text(bytes);
  if (text === null) return { ok: false, problem: "the entry is not UTF-8" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, problem: "the entry is not JSON" };
  }
  if (canonical) {
    const own = canonicalJson(value);
    if (!own.ok) return own;
    if (own.text !== text) return { ok: false, problem: "the entry is not in canonical form" };
  }
  return checkEntry(value);
}

function checkEntry(value: unknown): DecodedEntry {
  const problem = problemOf(value);
  return problem === null && isChecked(value, problem)
    ? { ok: true, entry: value }
    : { ok: false, problem: problem ?? "" };
}

/** The type follows from `problemOf` having found nothing: TypeScript can't see through the table of shapes. */
function isChecked(_value: unknown, problem: null): _value is AnyEntry {
  return problem === null;
}

/** Checks all there is to check, so that the one narrowing of this file is earned. */
function problemOf(value: unknown): string | null {
  const problem = checkEnvelope(value);
  if (problem !== null) return problem;
  const { type, body }: { type?: unknown; body?: unknown } = Object(value);
  return typeof type === "string" && isEntryType(type) ? checkBody(type, body) : "entry.type is not known";
}

const payloadShape = maybe(object({ digest, size: count, alg: code, key: id }));
const ENVELOPE = object({
  v: count,
  id,
  log: id,
  index: count,
  time: text(40),
  type: text(40),
  session: maybe(id),
  epoch: count,
  n: count,
  prev: maybe(digest),
  principal: maybe(id),
  connection: maybe(id),
  payload: payloadShape,
  body: { check: () => null, optional: false },
});

const ENVELOPE_KEYS = [
  "v",
  "id",
  "log",
  "index",
  "time",
  "type",
  "session",
  "epoch",
  "n",
  "prev",
  "principal",
  "connection",
  "payload",
  "body",
];

function checkEnvelope(value: unknown): string | null {
  const problem = ENVELOPE.check(value, "entry");
  if (problem !== null) return problem;
  const entry: Readonly<Record<string, unknown>> = Object(value);
  for (const key of ENVELOPE_KEYS) if (entry[key] === undefined) return `entry.${key} is missing`;
  if (entry["v"] !== 1) return "entry.v is not 1";
  if (typeof entry["type"] !== "string" || !isEntryType(entry["type"])) return "entry.type is not known";
  if (!isTime(entry["time"])) return "entry.time is not a UTC time";
  if (entry["n"] === 0) return "entry.n counts from 1";
  if ((entry["n"] === 1) !== (entry["prev"] === null)) return "entry.prev is null exactly where n is 1";
  if (entry["session"] === null && entry["epoch"] !== 0) return "an entry without a session has epoch 0";
  return null;
}

/** The statement an entry is about, if it is about one. */
export function statementOf(entry: AnyEntry): string | null {
  return "statement" in entry.body ? (entry.body.statement ?? null) : null;
}
