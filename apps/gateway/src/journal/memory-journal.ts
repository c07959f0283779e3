/**
 * The journal in memory, for tests of everything that writes records: the same order, chains, refusals and
 * payloads as the one on disk, and durable the moment it is asked. Never used by a running gateway.
 */
import { type EntryDraft, type EntryType, hex } from "@sluice/evidence";
import { Ledger } from "./ledger.ts";
import { nodeCrypto, pooledRandom } from "./node-crypto.ts";
import {
  type AppendedEntry,
  type Clock,
  type Journal,
  JournalError,
  type JournalStatus,
  type PayloadLocator,
  type RecordedEntry,
  type ShipReport,
  type ShipTargets,
} from "./port.ts";
import { shippedOf } from "./shipping.ts";

export interface MemoryJournalOptions {
  readonly clock?: Clock;
  readonly log?: string;
}

/** What a test may turn: a failing disk, a full journal, a write that waits. */
export interface MemoryJournalFaults {
  /** Appends reject with this until it is null again. */
  refuse: JournalError | null;
  /** Appends wait for this promise before they are durable. */
  delay: Promise<void> | null;
}

export interface MemoryJournal extends Journal {
  readonly faults: MemoryJournalFaults;
  /** Everything appended, in order. */
  readonly entries: readonly RecordedEntry[];
}

export function memoryJournal(options: MemoryJournalOptions = {}): MemoryJournal {
  const clock = options.clock ?? { now: () => Date.now() };
  const log = options.log ?? "memory.example/test";
  const entries: RecordedEntry[] = [];
  const payloads = new Map<string, Uint8Array>();
  const byGivenId = new Map<string, RecordedEntry>();
  const faults: MemoryJournalFaults = { refuse: null, delay: null };
  const ledger = new Ledger(log);
  let closed = false;

  function place(draft: EntryDraft, payload: Uint8Array | undefined): RecordedEntry {
    const id = draft.id ?? `e_${hex(pooledRandom(12))}`;
    const digest = payload === undefined ? null : hex(nodeCrypto.sha256(payload));
    const ref =
      digest === null || payload === undefined
        ? null
        : { digest, size: payload.length, alg: "A256GCM" as const, key: "memory" };
    const stored = ledger.sequence(draft, id, clock.now(), ref);
    if (stored instanceof JournalError) throw stored;
    ledger.commit();
    const locator: PayloadLocator | null =
      payload === undefined
        ? null
        : { log, segment: "memory", offset: stored.entry.index, length: payload.length, entry: id, key: "memory" };
    if (payload !== undefined) payloads.set(id, Uint8Array.from(payload));
    const recorded = { ...stored, payload: locator };
    entries.push(recorded);
    if (draft.id !== undefined) byGivenId.set(draft.id, recorded);
    return recorded;
  }

  return {
    faults,
    entries,
    wasClean: true,
    async append<T extends EntryType>(draft: EntryDraft<T>, payload?: Uint8Array): Promise<AppendedEntry<T>> {
      if (closed) throw new JournalError("JOURNAL_CLOSED", "the journal is closed");
      if (faults.refuse !== null) throw faults.refuse;
      const known = draft.id === undefined ? undefined : byGivenId.get(draft.id);
      const recorded = known ?? place(draft as unknown as EntryDraft, payload);
      if (faults.delay !== null) await faults.delay;
      return {
        entry: recorded.entry as unknown as AppendedEntry<T>["entry"],
        hash: recorded.hash,
        payload: recorded.payload,
      };
    },
    async readPayload(locator) {
      const found = payloads.get(locator.entry);
      if (found === undefined) throw new JournalError("JOURNAL_PAYLOAD_GONE", "there is no such payload");
      return found;
    },
    async readSession(session) {
      return entries.filter(({ entry }) => entry.session === session);
    },
    recoverUnfinished: () => [],
    head: (session) => ledger.head(session),
    openSessions: () => ledger.openHeads(),
    checkpoint: async () => null,
    tick: async () => {},
    ship: (targets) => shipAll(targets, log, entries),
    status: (): JournalStatus => ({
      healthy: faults.refuse === null,
      full: faults.refuse?.code === "JOURNAL_FULL",
      nearlyFull: faults.refuse?.code === "JOURNAL_FULL",
      unshippedBytes: 0,
      log,
      entries: entries.length,
      lastCheckpoint: null,
      problem: faults.refuse?.message ?? null,
    }),
    verifierKey: () => "",
    async close() {
      closed = true;
    },
  };
}

async function shipAll(targets: ShipTargets, log: string, entries: readonly RecordedEntry[]): Promise<ShipReport> {
  const shipped: Record<string, number> = {};
  const failed: { sink: string; problem: string }[] = [];
  for (const sink of targets.sinks ?? []) {
    const from = await targets.cursors.load(log, sink.name);
    const fresh = entries.slice(from).map(({ entry, hash, payload }) => shippedOf(entry, hash, payload));
    try {
      if (fresh.length > 0) await sink.write(fresh);
      await targets.cursors.save(log, sink.name, entries.length);
      shipped[sink.name] = fresh.length;
    } catch (error) {
      failed.push({ sink: sink.name, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { shipped, failed };
}
