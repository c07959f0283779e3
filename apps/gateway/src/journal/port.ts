/**
 * The journal as the gate sees it: the durable record before every effect. `append` resolves only when the
 * entry (and its payload) is on stable storage; if it rejects, nothing may be assumed written and the effect
 * must not happen. Entries are sequenced in the order in which `append` is called.
 *
 * Two implementations pass the same contract test: `openJournal` (a folder) and `memoryJournal`.
 */
import type { AnyEntry, ChainHead, Entry, EntryDraft, EntryType, StoredEntry } from "@sluice/evidence";

export type { ChainHead } from "@sluice/evidence";

export type JournalErrorCode =
  /** The draft isn't valid: a programmer error, recorded nowhere. */
  | "JOURNAL_ENTRY_INVALID"
  /** The chain does not take this entry: not started, already ended, or an epoch in the past. */
  | "JOURNAL_CHAIN"
  /** Too much is waiting to be shipped. */
  | "JOURNAL_FULL"
  /** A write or fsync failed: nothing is accepted until a fresh segment has been written. */
  | "JOURNAL_POISONED"
  | "JOURNAL_CLOSED"
  /** Another process writes this folder. */
  | "JOURNAL_LOCKED"
  /** The folder holds something that a crash can't explain. */
  | "JOURNAL_DAMAGED"
  /** The payload's key is destroyed, or the payload was removed by retention. */
  | "JOURNAL_PAYLOAD_GONE"
  | "JOURNAL_KEYS";

export class JournalError extends Error {
  readonly code: JournalErrorCode;
  constructor(code: JournalErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.name = "JournalError";
  }
}

/** Where a payload lies: the file and byte range of its record. Opaque to callers; plain JSON, so it may be stored. */
export interface PayloadLocator {
  readonly log: string;
  readonly segment: string;
  readonly offset: number;
  readonly length: number;
  /** The entry's id: the ciphertext is bound to it. */
  readonly entry: string;
  /** Names the wrapped session key. */
  readonly key: string;
}

export interface AppendedEntry<T extends EntryType = EntryType> {
  readonly entry: Entry<T>;
  /** Lower-case hex. */
  readonly hash: string;
  readonly payload: PayloadLocator | null;
}

/** An entry read back. */
export interface RecordedEntry extends StoredEntry {
  readonly payload: PayloadLocator | null;
}

/** A statement that was sent upstream and has no outcome in the record. */
export interface UnfinishedStatement {
  readonly session: string;
  readonly epoch: number;
  readonly statement: string;
  readonly principal: string | null;
  readonly connection: string | null;
  readonly forwardedAt: string;
}

export interface JournalStatus {
  /** False from a failed write until a fresh segment has taken one. */
  readonly healthy: boolean;
  readonly full: boolean;
  /** Readiness turns red here, before `full`. */
  readonly nearlyFull: boolean;
  readonly unshippedBytes: number;
  readonly log: string;
  readonly entries: number;
  readonly lastCheckpoint: { readonly size: number; readonly time: string } | null;
  /** The last failure of storage, for operators; null when healthy. */
  readonly problem: string | null;
}

export interface Journal {
  append<T extends EntryType>(draft: EntryDraft<T>, payload?: Uint8Array): Promise<AppendedEntry<T>>;
  /** Decrypts. Rejects with JOURNAL_PAYLOAD_GONE when the key or the ciphertext no longer exists. */
  readPayload(locator: PayloadLocator): Promise<Uint8Array>;
  /** Every entry of a session in order, all epochs; empty when there is none. */
  readSession(session: string): Promise<readonly RecordedEntry[]>;
  /** From the last open: statements whose fate the record doesn't say. The caller appends `error` with outcome `unknown`. */
  recoverUnfinished(): readonly UnfinishedStatement[];
  /** False when the folder was left without `close`. */
  readonly wasClean: boolean;
  /** The newest entry of the session's newest chain. */
  head(session: string): ChainHead | null;
  /** Sessions whose chain is open, for `session.end` or `session.adopted` after a restart. */
  openSessions(): readonly ChainHead[];
  /** Signs a checkpoint of what is durable now; null when nothing is new. Also called by `tick` and at session end. */
  checkpoint(): Promise<string | null>;
  /** To be called about once a second by the caller's timer: checkpoints that are due, rotation by age, recovery from a failed disk. */
  tick(): Promise<void>;
  /** Ships what is durable to every sink; never rejects for one sink's failure, which it reports. */
  ship(targets: ShipTargets): Promise<ShipReport>;
  status(): JournalStatus;
  /** A line per log for the verifier: C2SP verifier key. */
  verifierKey(): string;
  /** Writes a last checkpoint and gives the folder free. */
  close(): Promise<void>;
}

/** Wall-clock time in milliseconds; injected so that no test sleeps. */
export interface Clock {
  now(): number;
}

/** Seals small secrets under the master key, bound to a purpose and a name. `Sealer` of credentials fits. */
export interface JournalKeys {
  seal(plain: Uint8Array, purpose: string, boundTo: string): Uint8Array;
  /** Throws when the value was changed, sealed by another key, or bound to something else. */
  open(sealed: Uint8Array, purpose: string, boundTo: string): Uint8Array;
}

/** How an entry is handed to a search index or a sink: at least once, in order, so `write` must be idempotent by (log, index). */
export interface ShippedEntry {
  readonly log: string;
  readonly index: number;
  readonly hash: string;
  readonly type: EntryType;
  readonly session: string | null;
  readonly statement: string | null;
  readonly at: string;
  readonly principal: string | null;
  readonly clear: AnyEntry;
  readonly payload: PayloadLocator | null;
}

export interface EntrySink {
  readonly name: string;
  write(entries: readonly ShippedEntry[]): Promise<void>;
}

/** Whole objects by key. `put` of the same key with the same bytes again must succeed. */
export interface BlobStore {
  readonly name: string;
  put(key: string, bytes: Uint8Array): Promise<void>;
}

/** How far each sink has come in each log. Losing a cursor only ships again. */
export interface CursorStore {
  load(log: string, sink: string): Promise<number>;
  save(log: string, sink: string, position: number): Promise<void>;
}

export interface ShipTargets {
  readonly cursors: CursorStore;
  readonly blobs?: BlobStore;
  readonly sinks?: readonly EntrySink[];
}

export interface ShipReport {
  readonly shipped: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly sink: string; readonly problem: string }[];
}
