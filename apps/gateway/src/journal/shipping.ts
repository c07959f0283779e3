/**
 * Shipping what is durable: sealed segments as whole objects to the blob store, entries in order to the search
 * index and other sinks. At least once: a cursor moves only after the target has taken what lies before it.
 * One target's failure never holds up another.
 */
import { join } from "node:path";
import { type AnyEntry, statementOf } from "@sluice/evidence";
import { type Folder, type SegmentInfo, segmentName } from "./folder.ts";
import type { JournalFs } from "./fs-port.ts";
import type {
  BlobStore,
  CursorStore,
  EntrySink,
  PayloadLocator,
  ShippedEntry,
  ShipReport,
  ShipTargets,
} from "./port.ts";
import type { JournalReader } from "./reading.ts";

const WRITE_ENTRIES_MAX = 500;
const RECENT_MAX = 20_000;

/** Everything up to this place is out of this machine. */
export interface Acknowledged {
  segment: number;
  bytes: number;
}

export function shippedOf(entry: AnyEntry, hash: string, payload: PayloadLocator | null): ShippedEntry {
  return {
    log: entry.log,
    index: entry.index,
    hash,
    type: entry.type,
    session: entry.session,
    statement: statementOf(entry),
    at: entry.time,
    principal: entry.principal,
    clear: entry,
    payload,
  };
}

export class Shipping {
  readonly #fs: JournalFs;
  readonly #folder: Folder;
  readonly #segments: readonly SegmentInfo[];
  readonly #reader: JournalReader;
  readonly #acknowledged: Acknowledged;
  /** The newest entries of the newest log, so that an index that keeps up never reads the disk. */
  readonly #recent: ShippedEntry[] = [];
  /** Logs that are over and wholly shipped, per sink. */
  readonly #done = new Set<string>();
  #running: Promise<ShipReport> | null = null;

  constructor(
    fs: JournalFs,
    folder: Folder,
    segments: readonly SegmentInfo[],
    reader: JournalReader,
    acknowledged: Acknowledged,
  ) {
    this.#fs = fs;
    this.#folder = folder;
    this.#segments = segments;
    this.#reader = reader;
    this.#acknowledged = { ...acknowledged };
  }

  remember(entry: ShippedEntry): void {
    if (this.#recent.length > 0 && this.#recent[0]?.log !== entry.log) this.#recent.length = 0;
    this.#recent.push(entry);
    if (this.#recent.length > 2 * RECENT_MAX) this.#recent.splice(0, RECENT_MAX);
  }

  unshippedBytes(): number {
    let sum = 0;
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const segment = this.#segments[i];
      if (segment === undefined || segment.number < this.#acknowledged.segment) break;
      const shipped = segment.number === this.#acknowledged.segment ? this.#acknowledged.bytes : 0;
      // A sink may have taken a batch whose bytes the segment's own count doesn't hold yet.
      sum += Math.max(0, segment.bytes - shipped);
    }
    return sum;
  }

  /** Runs one at a time; a call while one runs waits for that one. */
  ship(targets: ShipTargets): Promise<ShipReport> {
    this.#running ??= this.#shipAll(targets).finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #shipAll(targets: ShipTargets): Promise<ShipReport> {
    const shipped: Record<string, number> = {};
    const failed: { sink: string; problem: string }[] = [];
    const attempt = async (name: string, work: () => Promise<number>): Promise<void> => {
      try {
        shipped[name] = await work();
      } catch (error) {
        failed.push({ sink: name, problem: error instanceof Error ? error.message : String(error) });
      }
    };
    const { blobs, sinks = [], cursors } = targets;
    if (blobs !== undefined) await attempt(blobs.name, () => this.#blobs(blobs, cursors));
    const before = this.#segments.at(-1);
    const at = { segment: before?.number ?? 0, bytes: before?.bytes ?? 0 };
    for (const sink of sinks) await attempt(sink.name, () => this.#entries(sink, cursors));
    // Without a blob store the sinks are all there is, and the journal counts as shipped when each has everything.
    if (blobs === undefined && sinks.length > 0 && failed.length === 0) await this.#acknowledge(at);
    return { shipped, failed };
  }

  async #acknowledge(at: Acknowledged): Promise<void> {
    if (at.segment === this.#acknowledged.segment && at.bytes === this.#acknowledged.bytes) return;
    Object.assign(this.#acknowledged, at);
    await this.#fs.replace(join(this.#folder.dir, "shipped"), Buffer.from(JSON.stringify(at), "utf8"));
  }

  async #blobs(blobs: BlobStore, cursors: CursorStore): Promise<number> {
    const cursor = await cursors.load(this.#folder.origin, blobs.name);
    const waiting = this.#segments.filter(({ sealed, number }) => sealed && number > cursor);
    for (const segment of waiting) {
      const file = await this.#fs.read(this.#folder.segment(segment.month, segment.number));
      if (file === null) throw new Error(`${segmentName(segment.number)} is gone from the disk`);
      await this.#besides(blobs, segment.month);
      await blobs.put(
        `${this.#folder.log(segment.month)}/${segmentName(segment.number)}`,
        file.subarray(0, segment.bytes),
      );
      await cursors.save(this.#folder.origin, blobs.name, segment.number);
      await this.#acknowledge({ segment: segment.number, bytes: segment.bytes });
    }
    return waiting.length;
  }

  /** What a segment needs to be verified and read: keys (sealed), verifier keys, the newest checkpoint. */
  async #besides(blobs: BlobStore, month: string): Promise<void> {
    const put = async (path: string, key: string): Promise<void> => {
      const bytes = await this.#fs.read(path);
      if (bytes !== null) await blobs.put(key, bytes);
    };
    await put(this.#folder.vkeys, `${this.#folder.origin}/log.vkey`);
    await put(this.#folder.checkpoint(month), `${this.#folder.log(month)}/checkpoint`);
    for (const name of await this.#fs.list(this.#folder.keys)) {
      if (name.startsWith(`payload-${month}-`))
        await put(join(this.#folder.keys, name), `${this.#folder.origin}/keys/${name}`);
    }
  }

  async #entries(sink: EntrySink, cursors: CursorStore): Promise<number> {
    let shipped = 0;
    const months = [...new Set(this.#segments.map(({ month }) => month))];
    for (const month of months) {
      const log = this.#folder.log(month);
      if (this.#done.has(`${sink.name}\n${log}`)) continue;
      let cursor = await cursors.load(log, sink.name);
      for await (const entries of this.#from(month, cursor)) {
        for (let i = 0; i < entries.length; i += WRITE_ENTRIES_MAX) {
          const part = entries.slice(i, i + WRITE_ENTRIES_MAX);
          await sink.write(part);
          cursor += part.length;
          shipped += part.length;
          await cursors.save(log, sink.name, cursor);
        }
      }
      if (month !== months.at(-1)) this.#done.add(`${sink.name}\n${log}`);
    }
    return shipped;
  }

  /** Entries of a month from `cursor` on: from memory where they are, else from the segments. */
  async *#from(month: string, cursor: number): AsyncGenerator<readonly ShippedEntry[]> {
    const log = this.#folder.log(month);
    const oldest = this.#recent[0];
    if (oldest?.log === log && oldest.index <= cursor) {
      yield this.#recent.slice(cursor - oldest.index);
      return;
    }
    let next = cursor;
    const segments = this.#segments.filter((segment) => segment.month === month);
    for (const [i, segment] of segments.entries()) {
      const following = segments[i + 1]?.firstIndex;
      if (following != null && following <= next) continue;
      const entries = await this.#reader.entries(segment);
      const fresh = entries
        .filter(({ entry }) => entry.index >= next)
        .map(({ entry, hash, payload }) => shippedOf(entry, hash, payload));
      next += fresh.length;
      if (fresh.length > 0) yield fresh;
    }
  }
}
