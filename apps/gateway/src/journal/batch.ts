/**
 * One batch: the waiting appends in their order, each with its place in the ledger, their payloads and any
 * session key not recorded yet, and a signed checkpoint when one is due. Building it changes the ledger, so
 * the caller commits or rolls back.
 */
import {
  type EntryDraft,
  type EntryType,
  entryRecord,
  payloadRecord,
  renderCheckpoint,
  type SegmentRecord,
  type Signer,
  type StoredEntry,
  signNote,
} from "@sluice/evidence";
import { monthOf, segmentName } from "./folder.ts";
import type { Ledger } from "./ledger.ts";
import { nodeCrypto } from "./node-crypto.ts";
import type { SessionKey, WrappedKey } from "./payload-keys.ts";
import { type AppendedEntry, JournalError, type PayloadLocator } from "./port.ts";

/** An append that waits for its batch. */
export interface Waiting {
  readonly draft: EntryDraft;
  readonly id: string;
  readonly timeMs: number;
  readonly sealed: SealedPayload | null;
  /** Roughly what it adds to a batch. */
  readonly bytes: number;
  readonly resolve: (appended: AppendedEntry) => void;
  readonly reject: (error: JournalError) => void;
}

export interface SealedPayload {
  readonly ciphertext: Uint8Array;
  readonly digest: string;
  readonly key: SessionKey;
}

interface Placed {
  readonly item: Waiting;
  readonly stored: StoredEntry;
  /** Which record holds the payload, and how far into it the ciphertext begins. */
  readonly payload: { readonly record: number; readonly head: number } | null;
}

export interface Batch {
  readonly records: readonly SegmentRecord[];
  readonly placed: readonly Placed[];
  readonly newKeys: readonly { readonly key: SessionKey; readonly record: number }[];
  /** The signed checkpoint that covers it, if one was due. */
  readonly note: string | null;
}

const BATCH_ENTRIES_MAX = 4096;
const BATCH_BYTES_MAX = 16 * 1024 * 1024;

/** Takes from the front of the queue what goes into one batch: bounded, and of one month. */
export function takeBatch(queue: Waiting[]): readonly Waiting[] {
  const month = monthOf(queue[0]?.timeMs ?? 0);
  let bytes = 0;
  let count = 0;
  for (const item of queue) {
    bytes += item.bytes;
    if (count >= BATCH_ENTRIES_MAX || (count > 0 && bytes > BATCH_BYTES_MAX) || monthOf(item.timeMs) !== month) break;
    count++;
  }
  return queue.splice(0, count);
}

/** Gives every item its place. An item that has none is rejected at once, and the others go on. */
export async function buildBatch(
  items: readonly Waiting[],
  ledger: Ledger,
  signer: Signer,
  isCheckpointDue: (entries: number, types: readonly EntryType[]) => boolean,
): Promise<Batch> {
  const records: SegmentRecord[] = [];
  const placed: Placed[] = [];
  const newKeys = await keyRecords(items, records);
  for (const item of items) {
    const { sealed } = item;
    const ref =
      sealed === null
        ? null
        : { digest: sealed.digest, size: sealed.ciphertext.length, alg: "A256GCM" as const, key: sealed.key.id };
    const stored = ledger.sequence(item.draft, item.id, item.timeMs, ref);
    if (stored instanceof JournalError) {
      item.reject(stored);
      continue;
    }
    let payload: Placed["payload"] = null;
    if (sealed !== null) {
      const record = payloadRecord(item.id, sealed.ciphertext);
      payload = { record: records.push(record) - 1, head: record.head };
    }
    records.push(entryRecord(stored.hash, stored.bytes));
    placed.push({ item, stored, payload });
  }
  const types = placed.map(({ item }) => item.draft.type);
  const note = isCheckpointDue(ledger.index, types) ? checkpointNote(ledger, signer) : null;
  if (note !== null) records.push({ kind: "checkpoint", data: Buffer.from(note, "utf8") });
  return { records, placed, newKeys, note };
}

async function keyRecords(items: readonly Waiting[], records: SegmentRecord[]): Promise<Batch["newKeys"]> {
  const newKeys: { key: SessionKey; record: number }[] = [];
  for (const { sealed, draft } of items) {
    if (sealed === null || sealed.key.recorded || newKeys.some(({ key }) => key === sealed.key)) continue;
    const { id, scope, identity } = sealed.key;
    const wrapped: WrappedKey = {
      v: 1,
      key: id,
      session: draft.session,
      scope,
      identity,
      wrapped: await sealed.key.wrapped,
    };
    newKeys.push({
      key: sealed.key,
      record: records.push({ kind: "sessionKey", data: Buffer.from(JSON.stringify(wrapped), "utf8") }) - 1,
    });
  }
  return newKeys;
}

export function checkpointNote(ledger: Ledger, signer: Signer): string {
  const text = renderCheckpoint({ origin: ledger.log, size: ledger.index, root: ledger.root() });
  return signNote(text, ledger.log, signer, nodeCrypto);
}

/** Where the payload of a placed entry lies, once its batch stands at `base`. */
export function locate(
  { item, stored, payload }: Placed,
  at: { readonly month: string; readonly number: number; readonly base: number; readonly offsets: readonly number[] },
): PayloadLocator | null {
  if (payload === null || item.sealed === null) return null;
  return {
    log: stored.entry.log,
    segment: `${at.month}/${segmentName(at.number)}`,
    offset: at.base + (at.offsets[payload.record] ?? 0) + payload.head,
    length: item.sealed.ciphertext.length,
    entry: item.id,
    key: item.sealed.key.id,
  };
}
