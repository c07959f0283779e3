/**
 * The journal on disk. Appends queue in call order; one pump takes what waits, gives each entry its place,
 * writes one batch and syncs once for all of it. Nobody is answered before the sync.
 *
 * INVARIANT (all or nothing): if a batch fails, every append in it and behind it rejects, the ledger goes back
 * to what is durable, and nothing more is accepted until a fresh segment has been written.
 */
import {
  checkBody,
  type EntryDraft,
  type EntryType,
  encodeBatch,
  hex,
  noteKey,
  renderNoteKey,
  type Signer,
} from "@sluice/evidence";
import { type Batch, buildBatch, locate, type SealedPayload, takeBatch, type Waiting } from "./batch.ts";
import { type Folder, monthOf } from "./folder.ts";
import type { FolderLock } from "./folder-lock.ts";
import type { JournalFs } from "./fs-port.ts";
import type { Ledger } from "./ledger.ts";
import { nodeCrypto, pooledRandom } from "./node-crypto.ts";
import { encryptPayload, PAYLOAD_BYTES_MAX, type PayloadKeys, type SessionKey, scopeOf } from "./payload-keys.ts";
import {
  type AppendedEntry,
  type ChainHead,
  type Clock,
  type Journal,
  JournalError,
  type JournalStatus,
  type PayloadLocator,
  type RecordedEntry,
  type ShipReport,
  type ShipTargets,
  type UnfinishedStatement,
} from "./port.ts";
import { JournalReader } from "./reading.ts";
import { SegmentIndex } from "./segment-index.ts";
import type { SegmentWriter } from "./segment-writer.ts";
import { type Acknowledged, Shipping, shippedOf } from "./shipping.ts";

export interface JournalLimits {
  readonly unshippedBytesMax: number;
  readonly segmentBytesMax: number;
  readonly segmentAgeMsMax: number;
  readonly checkpointEveryMs: number;
  readonly checkpointEveryEntries: number;
}

/** The parts that `openJournal` puts together. */
export interface JournalParts {
  readonly folder: Folder;
  readonly fs: JournalFs;
  readonly clock: Clock;
  readonly limits: JournalLimits;
  readonly lock: FolderLock;
  readonly ledger: Ledger;
  readonly writer: SegmentWriter;
  readonly index: SegmentIndex;
  readonly keys: PayloadKeys;
  readonly signer: Signer;
  readonly checkpointSize: number;
  readonly acknowledged: Acknowledged;
  readonly wasClean: boolean;
}

/** Outcomes of what has begun are still taken this far behind the limit. */
const FULL_RESERVE = 1.1;
const NEARLY_FULL = 0.8;

/** What begins work, and is refused first when the journal is full. */
const BEGINNINGS: ReadonlySet<EntryType> = new Set<EntryType>([
  "session.start",
  "session.adopted",
  "statement.received",
  "statement.decided",
  "approval.requested",
  "statement.forwarded",
]);

export class DiskJournal implements Journal {
  readonly wasClean: boolean;
  readonly #parts: JournalParts;
  readonly #reader: JournalReader;
  readonly #shipping: Shipping;
  readonly #unfinishedAtOpen: readonly UnfinishedStatement[];
  readonly #sessionKeys = new Map<string, SessionKey>();
  readonly #given = new Map<string, Promise<AppendedEntry>>();
  #index: SegmentIndex;
  #queue: Waiting[] = [];
  #pumping: Promise<void> | null = null;
  #publishing: Promise<void> = Promise.resolve();
  #closed = false;
  #problem: string | null = null;
  #rotateWanted = false;
  #checkpointWaiters: ((note: string | null) => void)[] = [];
  #checkpoint: { size: number; ms: number; note: string | null; published: string | null };
  #segmentMs: number;

  constructor(parts: JournalParts) {
    this.#parts = parts;
    this.wasClean = parts.wasClean;
    this.#index = parts.index;
    this.#segmentMs = parts.clock.now();
    this.#checkpoint = { size: parts.checkpointSize, ms: this.#segmentMs, note: null, published: null };
    this.#unfinishedAtOpen = parts.ledger.unfinished();
    const { segments } = parts.writer;
    this.#reader = new JournalReader(parts.fs, parts.folder, segments, () => this.#index, parts.keys);
    this.#shipping = new Shipping(parts.fs, parts.folder, segments, this.#reader, parts.acknowledged);
  }

  append<T extends EntryType>(draft: EntryDraft<T>, payload?: Uint8Array): Promise<AppendedEntry<T>> {
    // The type parameter ties the answer to the draft; inside, entries of all types share one queue.
    return this.#append(draft as unknown as EntryDraft, payload) as Promise<unknown> as Promise<AppendedEntry<T>>;
  }

  #append(draft: EntryDraft, payload: Uint8Array | undefined): Promise<AppendedEntry> {
    const refusal = this.#refusal(draft, payload);
    if (refusal !== null) return Promise.reject(refusal);
    const { id } = draft;
    if (id === undefined) return this.#enqueue(draft, `e_${hex(pooledRandom(12))}`, payload);
    const known = this.#given.get(id);
    if (known !== undefined) return known;
    const place = this.#index.given(id);
    const appended = place !== null ? this.#reader.entryAt(place) : this.#enqueue(draft, id, payload);
    this.#given.set(id, appended);
    appended.catch(() => this.#given.delete(id));
    return appended;
  }

  #refusal(draft: EntryDraft, payload: Uint8Array | undefined): JournalError | null {
    if (this.#closed) return new JournalError("JOURNAL_CLOSED", "the journal is closed");
    if (this.#problem !== null) return poisoned(this.#problem);
    const unshipped = this.#shipping.unshippedBytes();
    const limit = this.#parts.limits.unshippedBytesMax * (BEGINNINGS.has(draft.type) ? 1 : FULL_RESERVE);
    if (unshipped >= limit)
      return new JournalError("JOURNAL_FULL", `${unshipped} bytes of the journal wait to be shipped`);
    const body = draft.type === "session.end" ? { ...draft.body, count: 1 } : draft.body;
    const problem = checkBody(draft.type, body);
    if (problem !== null) return new JournalError("JOURNAL_ENTRY_INVALID", `${draft.type}: ${problem}`);
    if (draft.id?.startsWith("e_") === true)
      return new JournalError("JOURNAL_ENTRY_INVALID", "a given id may not begin with e_");
    if ((payload?.length ?? 0) > PAYLOAD_BYTES_MAX)
      return new JournalError("JOURNAL_ENTRY_INVALID", "the payload is too large");
    return null;
  }

  #enqueue(draft: EntryDraft, id: string, payload: Uint8Array | undefined): Promise<AppendedEntry> {
    const timeMs = Math.max(this.#parts.clock.now(), this.#parts.ledger.lastMs, this.#queue.at(-1)?.timeMs ?? 0);
    return new Promise((resolve, reject) => {
      const sealed = payload === undefined ? null : this.#seal(draft, id, monthOf(timeMs), payload);
      this.#queue.push({ draft, id, timeMs, sealed, bytes: 1024 + (payload?.length ?? 0), resolve, reject });
      this.#wake();
    });
  }

  #seal(draft: EntryDraft, id: string, month: string, payload: Uint8Array): SealedPayload {
    const scope = scopeOf(draft.type);
    const name = `${month}\n${draft.session ?? ""}\n${scope}`;
    const key = this.#sessionKeys.get(name) ?? this.#parts.keys.take(scope);
    this.#sessionKeys.set(name, key);
    const ciphertext = encryptPayload(payload, key.secret, this.#parts.folder.log(month), id);
    return { ciphertext, digest: hex(nodeCrypto.sha256(ciphertext)), key };
  }

  #wake(): void {
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = null;
      if (this.#queue.length > 0) this.#wake();
    });
  }

  async #pump(): Promise<void> {
    // Appends of the same turn go into the first batch together.
    await null;
    while (this.#queue.length > 0 || this.#checkpointWaiters.length > 0 || this.#rotateWanted) {
      const items = takeBatch(this.#queue);
      try {
        if (this.#problem !== null) throw poisoned(this.#problem);
        await this.#write(items);
      } catch (error) {
        await this.#poison(error, items);
      }
    }
  }

  async #write(items: readonly Waiting[]): Promise<void> {
    const { ledger, writer, signer } = this.#parts;
    await this.#prepareSegment(items[0]?.timeMs ?? null);
    ledger.begin();
    const batch = await buildBatch(items, ledger, signer, (size, types) => this.#isCheckpointDue(size, types));
    if (batch.records.length > 0) {
      const encoded = encodeBatch(batch.records);
      const { segment, base } = await writer.write(encoded);
      ledger.commit();
      this.#settle(batch, { month: segment.month, number: segment.number, base, offsets: encoded.offsets });
    }
    for (const resolve of this.#checkpointWaiters.splice(0)) resolve(batch.note);
  }

  /** After the sync: remembers what is durable now and answers everyone. */
  #settle(batch: Batch, at: { month: string; number: number; base: number; offsets: readonly number[] }): void {
    for (const { key, record } of batch.newKeys) {
      key.recorded = true;
      const length = batch.records[record]?.data.length ?? 0;
      this.#index.addKey(
        { key: key.id },
        { month: at.month, segment: at.number, offset: at.base + (at.offsets[record] ?? 0), length },
      );
    }
    if (batch.note !== null) {
      this.#checkpoint = {
        ...this.#checkpoint,
        size: this.#parts.ledger.index,
        ms: this.#parts.clock.now(),
        note: batch.note,
      };
    }
    for (const placed of batch.placed) {
      const { entry, hash } = placed.stored;
      const payload = locate(placed, at);
      this.#index.addEntry(entry, at.number);
      this.#shipping.remember(shippedOf(entry, hash, payload));
      if (entry.type === "session.end") this.#forgetKeys(entry.session);
      placed.item.resolve({ entry, hash, payload });
    }
  }

  #forgetKeys(session: string | null): void {
    for (const name of this.#sessionKeys.keys()) if (name.split("\n")[1] === session) this.#sessionKeys.delete(name);
  }

  /** The segment that the next batch goes to: of its month, and with room. */
  async #prepareSegment(timeMs: number | null): Promise<void> {
    const { folder, ledger, writer, limits, clock } = this.#parts;
    const month = timeMs === null ? this.#month() : monthOf(timeMs);
    if (month !== this.#month()) await this.#enterMonth(month);
    const active = writer.active;
    if (active !== null && active.month === month && active.bytes < limits.segmentBytesMax && !this.#rotateWanted)
      return;
    this.#rotateWanted = false;
    if (active !== null && active.month === month && !writer.hasContent) return;
    ledger.log = folder.log(month);
    await writer.begin(month, ledger, clock.now());
    this.#segmentMs = clock.now();
  }

  #month(): string {
    return this.#parts.ledger.log.slice(this.#parts.folder.origin.length + 1);
  }

  /** Closes the month's log with a checkpoint and turns to the next one. */
  async #enterMonth(month: string): Promise<void> {
    const { ledger, writer, signer, keys, fs, folder } = this.#parts;
    if (ledger.index > this.#checkpoint.size && writer.active !== null) {
      const last = await buildBatch([], ledger, signer, () => true);
      await writer.write(encodeBatch(last.records));
      this.#checkpoint = { ...this.#checkpoint, note: last.note };
    }
    await this.#publishCheckpoint();
    await keys.enterMonth(month);
    await recordVerifierKey(fs, folder, month, signer);
    ledger.enterLog(folder.log(month));
    this.#checkpoint = { size: 0, ms: this.#parts.clock.now(), note: null, published: null };
    this.#index = new SegmentIndex();
    for (const name of this.#sessionKeys.keys()) if (!name.startsWith(month)) this.#sessionKeys.delete(name);
  }

  #isCheckpointDue(size: number, types: readonly EntryType[]): boolean {
    if (size <= this.#checkpoint.size) return false;
    const { checkpointEveryEntries } = this.#parts.limits;
    return (
      this.#checkpointWaiters.length > 0 ||
      size - this.#checkpoint.size >= checkpointEveryEntries ||
      types.includes("session.end")
    );
  }

  async #poison(error: unknown, items: readonly Waiting[]): Promise<void> {
    this.#parts.ledger.rollback();
    this.#problem ??= error instanceof Error ? error.message : String(error);
    const refusal = poisoned(this.#problem, error);
    this.#rotateWanted = false;
    for (const { reject } of [...items, ...this.#queue.splice(0)]) reject(refusal);
    for (const resolve of this.#checkpointWaiters.splice(0)) resolve(null);
    await this.#parts.writer.abandon();
  }

  readPayload(locator: PayloadLocator): Promise<Uint8Array> {
    return this.#reader.payload(locator);
  }

  readSession(session: string): Promise<readonly RecordedEntry[]> {
    return this.#reader.session(session);
  }

  recoverUnfinished(): readonly UnfinishedStatement[] {
    return this.#unfinishedAtOpen;
  }

  head(session: string): ChainHead | null {
    return this.#parts.ledger.head(session);
  }

  openSessions(): readonly ChainHead[] {
    return this.#parts.ledger.openHeads();
  }

  async checkpoint(): Promise<string | null> {
    if (this.#problem !== null) return null;
    const note = await new Promise<string | null>((resolve) => {
      this.#checkpointWaiters.push(resolve);
      this.#wake();
    });
    await this.#publishCheckpoint();
    return note;
  }

  /** One at a time: two that replace the same file would take each other's new copy away. */
  #publishCheckpoint(): Promise<void> {
    const publishing = this.#publishing.then(() => this.#publishNow());
    this.#publishing = publishing.catch(() => undefined);
    return publishing;
  }

  async #publishNow(): Promise<void> {
    const { note, published } = this.#checkpoint;
    if (note === null || note === published) return;
    await this.#parts.fs.replace(this.#parts.folder.checkpoint(this.#month()), Buffer.from(note, "utf8"));
    this.#checkpoint.published = note;
  }

  async tick(): Promise<void> {
    if (this.#closed) return;
    const { clock, limits, lock, writer, ledger } = this.#parts;
    lock.refresh();
    this.#reader.forgetSecrets();
    if (this.#problem !== null) return this.#recover();
    if (writer.hasContent && clock.now() - this.#segmentMs >= limits.segmentAgeMsMax) this.#rotateWanted = true;
    const due = ledger.index > this.#checkpoint.size && clock.now() - this.#checkpoint.ms >= limits.checkpointEveryMs;
    if (due) await this.checkpoint();
    else if (this.#rotateWanted) this.#wake();
    await this.#pumping;
    await this.#publishCheckpoint().catch((error: unknown) => this.#poison(error, []));
  }

  /** Tries a fresh segment after a failure. Only when it is durable does the journal accept again. */
  async #recover(): Promise<void> {
    await this.#pumping;
    const { writer, ledger, clock } = this.#parts;
    try {
      await writer.begin(this.#month(), ledger, clock.now());
      this.#segmentMs = clock.now();
      this.#problem = null;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
  }

  async ship(targets: ShipTargets): Promise<ShipReport> {
    const { limits, writer } = this.#parts;
    const crowded = this.#shipping.unshippedBytes() >= limits.unshippedBytesMax * NEARLY_FULL;
    if (targets.blobs !== undefined && crowded && writer.hasContent && this.#problem === null && !this.#closed) {
      this.#rotateWanted = true;
      this.#wake();
      await this.#pumping;
    }
    return this.#shipping.ship(targets);
  }

  status(): JournalStatus {
    const { ledger, limits } = this.#parts;
    const unshippedBytes = this.#shipping.unshippedBytes();
    return {
      healthy: this.#problem === null && !this.#closed,
      full: unshippedBytes >= limits.unshippedBytesMax,
      nearlyFull: unshippedBytes >= limits.unshippedBytesMax * NEARLY_FULL,
      unshippedBytes,
      log: ledger.log,
      entries: ledger.index,
      lastCheckpoint:
        this.#checkpoint.size === 0
          ? null
          : { size: this.#checkpoint.size, time: new Date(this.#checkpoint.ms).toISOString() },
      problem: this.#problem,
    };
  }

  verifierKey(): string {
    const { ledger, signer } = this.#parts;
    return renderNoteKey(noteKey(ledger.log, signer.publicKey, nodeCrypto));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#pumping;
    if (this.#problem === null) await this.checkpoint();
    const { writer, fs, folder, lock } = this.#parts;
    const last = writer.segments.at(-1);
    writer.seal();
    if (this.#problem === null && last !== undefined) {
      await fs.replace(folder.closed, Buffer.from(JSON.stringify({ segment: last.number, bytes: last.bytes }), "utf8"));
    }
    lock.release();
  }
}

function poisoned(problem: string, cause?: unknown): JournalError {
  return new JournalError("JOURNAL_POISONED", `the journal can't be written: ${problem}`, cause);
}

/** Adds the month's verifier key to `log.vkey`, so that the folder can be verified on its own. */
export async function recordVerifierKey(fs: JournalFs, folder: Folder, month: string, signer: Signer): Promise<void> {
  const line = `${renderNoteKey(noteKey(folder.log(month), signer.publicKey, nodeCrypto))}\n`;
  const known = Buffer.from((await fs.read(folder.vkeys)) ?? []).toString("utf8");
  if (!known.includes(line)) await fs.replace(folder.vkeys, Buffer.from(known + line, "utf8"));
}
