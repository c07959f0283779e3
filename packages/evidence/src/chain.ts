/**
 * Chains: per (session, epoch) `n` counts from 1 and `prev` is the hash of the entry before, so that nothing
 * can be changed, removed or reordered inside a session without the next entry saying otherwise. Epoch 0 is
 * the chain outside any session's life: one per log, for system entries and for what arrives after the end.
 *
 * Pure: the journal keeps the heads; this decides which chain an entry belongs to and computes its place.
 */
import type { EntryType } from "./bodies.ts";
import type { Crypto } from "./crypto.ts";
import { type EntryDraft, encodeEntry, type PayloadRef, type StoredEntry, type UncheckedEntry } from "./entry.ts";

export interface ChainHead {
  /** null in epoch 0. */
  readonly session: string | null;
  readonly epoch: number;
  /** Of the newest entry. */
  readonly n: number;
  readonly hash: string;
  readonly ended: boolean;
}

/** What may be recorded of a session outside its own chain: late outcomes, and acts of others upon it. */
const OUTSIDE: ReadonlySet<EntryType> = new Set<EntryType>([
  "request.refused",
  "auth",
  "approval.requested",
  "approval.granted",
  "approval.denied",
  "approval.expired",
  "approval.withdrawn",
  "result.schema",
  "result.page",
  "result.end",
  "chunk.delivered",
  "error",
  "cancel",
  "playback.viewed",
  "hold.placed",
]);

export function mayStandOutside(type: EntryType): boolean {
  return OUTSIDE.has(type);
}

export type ChainChoice =
  | { readonly ok: true; readonly epoch: number }
  | { readonly ok: false; readonly problem: string };

/**
 * The epoch an entry goes to, given the newest chain known of its session (null: none known here).
 * Refused: an entry in a session that never started or has ended (unless it may stand outside), a second
 * start, an epoch that is not the current one.
 */
export function chooseChain(draft: EntryDraft, newest: ChainHead | null): ChainChoice {
  if (draft.session === null) return { ok: true, epoch: 0 };
  if (draft.type === "session.start") {
    if (newest !== null) return refuse("the session has already started");
    return (draft.epoch ?? 1) === 1 ? { ok: true, epoch: 1 } : refuse("a session starts in epoch 1");
  }
  if (draft.type === "session.adopted") {
    const epoch = draft.epoch ?? (newest === null ? 2 : newest.epoch + 1);
    if (newest !== null && epoch <= newest.epoch) return refuse("an adoption opens a later epoch");
    return epoch >= 2 ? { ok: true, epoch } : refuse("an adoption opens epoch 2 or later");
  }
  const open = newest !== null && !newest.ended;
  if (open && (draft.epoch === undefined || draft.epoch === newest.epoch)) return { ok: true, epoch: newest.epoch };
  if (mayStandOutside(draft.type)) return { ok: true, epoch: 0 };
  return refuse(
    open ? "the entry names an epoch that is not the current one" : "the session has not started here, or has ended",
  );
}

function refuse(problem: string): ChainChoice {
  return { ok: false, problem };
}

/** Everything that the draft itself does not say. */
export interface Place {
  readonly id: string;
  readonly log: string;
  readonly index: number;
  readonly time: string;
  readonly epoch: number;
  readonly payload: PayloadRef | null;
}

export type AppendResult =
  | { readonly ok: true; readonly stored: StoredEntry; readonly head: ChainHead }
  | { readonly ok: false; readonly problem: string };

/** The next entry of the chain whose newest entry is `head` (null: this one is the first). */
export function appendToChain(draft: EntryDraft, place: Place, head: ChainHead | null, crypto: Crypto): AppendResult {
  const n = (head?.n ?? 0) + 1;
  const body = draft.type === "session.end" ? { ...draft.body, count: n } : draft.body;
  const entry: UncheckedEntry = {
    v: 1,
    id: place.id,
    log: place.log,
    index: place.index,
    time: place.time,
    type: draft.type,
    session: draft.session,
    epoch: place.epoch,
    n,
    prev: head?.hash ?? null,
    principal: draft.principal,
    connection: draft.connection,
    payload: place.payload,
    body,
  };
  const encoded = encodeEntry(entry, crypto);
  if (!encoded.ok) return encoded;
  const session = place.epoch === 0 ? null : draft.session;
  const ended = draft.type === "session.end";
  return {
    ok: true,
    stored: encoded.stored,
    head: { session, epoch: place.epoch, n, hash: encoded.stored.hash, ended },
  };
}
