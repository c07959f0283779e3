/**
 * Opening a folder: reads the newest log from its first segment, checks every batch and every link, rebuilds
 * the ledger, and cuts a torn tail after keeping a copy. Anything that a crash during a write can't explain
 * refuses to open: a journal that repairs damage by itself can be made to forget.
 */
import { join } from "node:path";
import { readEntryRecord, readSegment, readSegmentHeader, type SegmentRead } from "@sluice/evidence";
import { type Folder, MONTH_NAME, SEGMENT_NAME, type SegmentInfo, segmentName } from "./folder.ts";
import type { JournalFs } from "./fs-port.ts";
import { Ledger } from "./ledger.ts";
import { JournalError } from "./port.ts";
import { SegmentIndex } from "./segment-index.ts";

export interface Recovered {
  /** null: the folder is new. */
  readonly ledger: Ledger | null;
  /** Every segment there is, oldest first. */
  readonly segments: SegmentInfo[];
  readonly index: SegmentIndex;
  /** Size that the newest checkpoint of the newest log covers. */
  readonly checkpointSize: number;
  /** Bytes cut from the end of the last segment. */
  readonly tornBytes: number;
}

interface CleanEnd {
  readonly segment: number;
  readonly bytes: number;
}

export async function recoverFolder(fs: JournalFs, folder: Folder): Promise<Recovered> {
  const clean = parseCleanEnd(await fs.read(folder.closed));
  const segments = await listSegments(fs, folder);
  const newest = segments.at(-1);
  if (clean !== null && (newest?.number !== clean.segment || newest.bytes !== clean.bytes)) {
    throw new JournalError(
      "JOURNAL_DAMAGED",
      `the journal was closed at segment ${clean.segment} with ${clean.bytes} bytes, and is not like that any more`,
    );
  }
  const started = await dropTornStart(fs, folder, segments);
  const scan = new Scan(fs, folder, segments, clean !== null);
  await scan.run();
  return {
    ledger: scan.ledger,
    segments,
    index: scan.index,
    checkpointSize: scan.checkpointSize,
    tornBytes: scan.tornBytes + started,
  };
}

async function listSegments(fs: JournalFs, folder: Folder): Promise<SegmentInfo[]> {
  const segments: SegmentInfo[] = [];
  for (const month of (await fs.list(folder.dir)).filter((name) => MONTH_NAME.test(name))) {
    for (const name of await fs.list(folder.month(month))) {
      const number = Number(SEGMENT_NAME.exec(name)?.[1] ?? 0);
      if (number === 0) continue;
      const bytes = await fs.size(folder.segment(month, number));
      segments.push({ month, number, bytes, firstIndex: null, sealed: true });
    }
  }
  for (const [i, segment] of segments.entries()) {
    const before = segments[i - 1];
    if (before !== undefined && segment.number !== before.number + 1) {
      throw new JournalError("JOURNAL_DAMAGED", `${segmentName(before.number + 1)} is missing`);
    }
  }
  return segments;
}

/** A crash while a segment was begun leaves a file in which nothing was ever acknowledged. */
async function dropTornStart(fs: JournalFs, folder: Folder, segments: SegmentInfo[]): Promise<number> {
  const last = segments.at(-1);
  if (last === undefined) return 0;
  const path = folder.segment(last.month, last.number);
  const bytes = (await fs.read(path)) ?? new Uint8Array(0);
  if (readSegmentHeader(bytes) !== null) return 0;
  const read = readSegment(bytes);
  if (read.ok || read.reason !== "torn-start") return 0;
  await keepCopy(fs, folder, segmentName(last.number), bytes);
  await fs.remove(path);
  await fs.syncDir(folder.month(last.month));
  segments.pop();
  return bytes.length;
}

async function keepCopy(fs: JournalFs, folder: Folder, name: string, bytes: Uint8Array): Promise<void> {
  await fs.makeDir(folder.torn);
  const taken = await fs.list(folder.torn);
  await fs.replace(join(folder.torn, `${name}.${taken.length}`), bytes);
}

class Scan {
  ledger: Ledger | null = null;
  readonly index = new SegmentIndex();
  checkpointSize = 0;
  tornBytes = 0;
  readonly #fs: JournalFs;
  readonly #folder: Folder;
  readonly #segments: SegmentInfo[];
  readonly #clean: boolean;

  constructor(fs: JournalFs, folder: Folder, segments: SegmentInfo[], clean: boolean) {
    this.#fs = fs;
    this.#folder = folder;
    this.#segments = segments;
    this.#clean = clean;
  }

  async run(): Promise<void> {
    const month = this.#segments.at(-1)?.month;
    const scanned = this.#segments.filter((segment) => segment.month === month);
    let file = await this.#file(scanned[0]);
    for (const [i, segment] of scanned.entries()) {
      const following = scanned[i + 1];
      const next = await this.#file(following);
      const durable = next === null || following === undefined ? null : this.#durableBefore(next, segment, following);
      await this.#segment(segment, file ?? new Uint8Array(0), durable);
      file = next;
    }
  }

  async #file(segment: SegmentInfo | undefined): Promise<Uint8Array | null> {
    return segment === undefined ? null : this.#fs.read(this.#folder.segment(segment.month, segment.number));
  }

  #durableBefore(next: Uint8Array, segment: SegmentInfo, following: SegmentInfo): number {
    const header = readSegmentHeader(next);
    if (header?.previous?.segment !== segment.number) {
      throw new JournalError(
        "JOURNAL_DAMAGED",
        `${segmentName(following.number)} does not continue ${segmentName(segment.number)}`,
      );
    }
    return header.previous.bytes;
  }

  async #segment(segment: SegmentInfo, file: Uint8Array, durable: number | null): Promise<void> {
    const read = readSegment(file, durable);
    if (!read.ok) throw damage(segment, read);
    const { header } = read;
    if (header.segment !== segment.number || header.log !== this.#folder.log(segment.month)) {
      throw new JournalError(
        "JOURNAL_DAMAGED",
        `${segmentName(segment.number)} belongs to ${header.log}, segment ${header.segment}`,
      );
    }
    this.ledger ??= Ledger.from(header);
    if (header.firstIndex !== this.ledger.index)
      throw new JournalError("JOURNAL_DAMAGED", `entries before ${segmentName(segment.number)} are missing`);
    segment.firstIndex = header.firstIndex;
    for (const record of read.records) {
      if (record.kind === "entry") {
        const raw = readEntryRecord(record.data);
        this.index.addEntry(this.ledger.replay(raw), segment.number);
      } else if (record.kind === "checkpoint") this.checkpointSize = this.ledger.index;
      else this.index.addRecord(record, segment);
    }
    segment.bytes = read.end;
    if (read.tail === "torn") await this.#cut(segment, file, read.end);
  }

  async #cut(segment: SegmentInfo, file: Uint8Array, end: number): Promise<void> {
    if (this.#clean)
      throw new JournalError(
        "JOURNAL_DAMAGED",
        `${segmentName(segment.number)} was closed whole and its end can't be read`,
      );
    await keepCopy(this.#fs, this.#folder, `${segmentName(segment.number)}.at-${end}`, file.subarray(end));
    const handle = await this.#fs.openFile(this.#folder.segment(segment.month, segment.number), false);
    try {
      await handle.truncate(end);
    } finally {
      handle.close();
    }
    this.tornBytes += file.length - end;
  }
}

function damage(segment: SegmentInfo, read: SegmentRead & { ok: false }): JournalError {
  return new JournalError("JOURNAL_DAMAGED", `${segmentName(segment.number)} at byte ${read.offset}: ${read.problem}`);
}

function parseCleanEnd(bytes: Uint8Array | null): CleanEnd | null {
  if (bytes === null) return null;
  try {
    const { segment, bytes: length } = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (Number.isSafeInteger(segment) && Number.isSafeInteger(length)) return { segment, bytes: length };
  } catch {
    // Falls through: the mark was written durably as a whole, so it is never torn.
  }
  throw new JournalError("JOURNAL_DAMAGED", "the mark of the last clean close can't be read");
}
