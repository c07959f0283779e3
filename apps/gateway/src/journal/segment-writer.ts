/**
 * The active segment: batches appended and made durable one at a time, a fresh segment begun when it is full
 * or when the disk has failed. It never goes on in a file whose write or sync has failed.
 */
import { type EncodedBatch, encodeSegmentStart } from "@sluice/evidence";
import type { Folder, SegmentInfo } from "./folder.ts";
import type { JournalFile, JournalFs } from "./fs-port.ts";
import type { Ledger } from "./ledger.ts";

export class SegmentWriter {
  readonly #fs: JournalFs;
  readonly #folder: Folder;
  readonly segments: SegmentInfo[];
  #file: JournalFile | null = null;
  #startBytes = 0;

  constructor(fs: JournalFs, folder: Folder, segments: SegmentInfo[]) {
    this.#fs = fs;
    this.#folder = folder;
    this.segments = segments;
  }

  get active(): SegmentInfo | null {
    const last = this.segments.at(-1);
    return last !== undefined && !last.sealed ? last : null;
  }

  /** True when the active segment holds something behind its header. */
  get hasContent(): boolean {
    return this.active !== null && this.active.bytes > this.#startBytes;
  }

  /** Goes on at the end of the last segment, as it was recovered. */
  async resume(): Promise<void> {
    const last = this.segments.at(-1);
    if (last === undefined) return;
    this.#file = await this.#fs.openFile(this.#folder.segment(last.month, last.number), false);
    last.sealed = false;
  }

  /** Seals the active segment and begins the next; durable when it resolves. */
  async begin(month: string, ledger: Ledger, createdMs: number): Promise<void> {
    const last = this.segments.at(-1);
    this.seal();
    const number = (last?.number ?? 0) + 1;
    const start = encodeSegmentStart({
      v: 1,
      log: ledger.log,
      segment: number,
      firstIndex: ledger.index,
      created: new Date(Math.max(createdMs, ledger.lastMs)).toISOString(),
      previous: last === undefined ? null : { segment: last.number, bytes: last.bytes },
      ...ledger.snapshot(),
    });
    await this.#fs.makeDir(this.#folder.month(month));
    const file = await this.#fs.openFile(this.#folder.segment(month, number), true);
    try {
      await file.write(start, 0);
      await file.datasync();
      await this.#fs.syncDir(this.#folder.month(month));
      await this.#fs.syncDir(this.#folder.dir);
    } catch (error) {
      file.close();
      throw error;
    }
    this.#file = file;
    this.#startBytes = start.length;
    this.segments.push({ month, number, bytes: start.length, firstIndex: ledger.index, sealed: false });
  }

  /** Writes a batch behind the last one. When it rejects, the segment must be left for a fresh one. */
  async write(batch: EncodedBatch): Promise<{ readonly segment: SegmentInfo; readonly base: number }> {
    const segment = this.active;
    if (segment === null || this.#file === null) throw new Error("there is no active segment");
    const base = segment.bytes;
    await this.#file.write(batch.bytes, base);
    await this.#file.datasync();
    segment.bytes = base + batch.bytes.length;
    return { segment, base };
  }

  /** After a failure: what was not acknowledged is cut off if the disk still lets us; the next header says where it ends anyway. */
  async abandon(): Promise<void> {
    const segment = this.active;
    const file = this.#file;
    this.#file = null;
    if (segment !== null) segment.sealed = true;
    if (file === null) return;
    try {
      if (segment !== null) await file.truncate(segment.bytes);
    } catch {
      // The disk refuses; the length in the next segment's header is what counts.
    } finally {
      file.close();
    }
  }

  seal(): void {
    const segment = this.active;
    if (segment !== null) segment.sealed = true;
    this.#file?.close();
    this.#file = null;
  }
}
