/** Reading back: a session's entries, one entry, a payload. Reads only what is durable. */
import type { KeyObject } from "node:crypto";
import { join } from "node:path";
import { decodeEntry, type PlacedRecord, readEntryRecord, readPayloadRecord, readSegment } from "@sluice/evidence";
import { type Folder, type SegmentInfo, segmentName } from "./folder.ts";
import type { JournalFs } from "./fs-port.ts";
import { decryptPayload, type PayloadKeys, parseWrappedKey, type WrappedKey } from "./payload-keys.ts";
import { type AppendedEntry, JournalError, type PayloadLocator, type RecordedEntry } from "./port.ts";
import type { GivenId, SegmentIndex } from "./segment-index.ts";

/** A session that is not in the newest log is looked for this many months back. */
const MONTHS_BACK = 2;

export class JournalReader {
  readonly #fs: JournalFs;
  readonly #folder: Folder;
  readonly #segments: readonly SegmentInfo[];
  readonly #index: () => SegmentIndex;
  readonly #keys: PayloadKeys;
  readonly #secrets = new Map<string, Promise<KeyObject>>();

  constructor(
    fs: JournalFs,
    folder: Folder,
    segments: readonly SegmentInfo[],
    index: () => SegmentIndex,
    keys: PayloadKeys,
  ) {
    this.#fs = fs;
    this.#folder = folder;
    this.#segments = segments;
    this.#index = index;
    this.#keys = keys;
  }

  /** Unwrapped keys are kept for moments only, so that destroying an identity takes effect at once. */
  forgetSecrets(): void {
    this.#secrets.clear();
  }

  /** The durable records of a segment. */
  async records(segment: SegmentInfo): Promise<readonly PlacedRecord[]> {
    // What is durable now: while the file is read, more may be written, and what was read holds none of it.
    const { bytes } = segment;
    const file = await this.#fs.read(this.#folder.segment(segment.month, segment.number));
    const read = file === null ? null : readSegment(file, bytes);
    if (read?.ok === true) return read.records;
    throw new JournalError("JOURNAL_DAMAGED", `${segmentName(segment.number)}: ${read?.problem ?? "the file is gone"}`);
  }

  /** Entries of a segment, with where their payloads lie. `wanted` is asked before an entry is decoded. */
  async entries(segment: SegmentInfo, wanted: (bytes: Uint8Array) => boolean = () => true): Promise<RecordedEntry[]> {
    const found: RecordedEntry[] = [];
    let payload: { entry: string; offset: number; length: number } | null = null;
    for (const record of await this.records(segment)) {
      if (record.kind === "payload") {
        const read = readPayloadRecord(record.data);
        const head = record.data.length - (read?.ciphertext.length ?? 0);
        payload =
          read === null ? null : { entry: read.entry, offset: record.offset + head, length: read.ciphertext.length };
      }
      if (record.kind !== "entry") continue;
      const raw = readEntryRecord(record.data);
      const decoded = wanted(raw.bytes) ? decodeEntry(raw.bytes, { canonical: false }) : null;
      if (decoded?.ok === true) {
        const { entry } = decoded;
        const key = entry.payload?.key;
        const at = `${segment.month}/${segmentName(segment.number)}`;
        const locator =
          key !== undefined && payload?.entry === entry.id ? { ...payload, log: entry.log, segment: at, key } : null;
        found.push({ entry, bytes: raw.bytes, hash: raw.hash, payload: locator });
      }
      payload = null;
    }
    return found;
  }

  async session(session: string): Promise<readonly RecordedEntry[]> {
    const mark = Buffer.from(`"session":${JSON.stringify(session)}`, "utf8");
    const read = async (segments: readonly SegmentInfo[]): Promise<RecordedEntry[]> => {
      const found: RecordedEntry[] = [];
      for (const segment of segments) {
        const entries = await this.entries(segment, (bytes) =>
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(mark),
        );
        found.push(...entries.filter(({ entry }) => entry.session === session));
      }
      return found;
    };
    const newest = this.#segments.at(-1)?.month;
    const here = new Set(this.#index().segmentsOf(session));
    let found = await read(this.#segments.filter(({ month, number }) => month === newest && here.has(number)));
    const older = [...new Set(this.#segments.map(({ month }) => month))]
      .filter((month) => month !== newest)
      .slice(-MONTHS_BACK);
    while (older.length > 0 && !found.some(({ entry }) => entry.n === 1 && entry.epoch === 1)) {
      const month = older.pop();
      found = [...(await read(this.#segments.filter((segment) => segment.month === month))), ...found];
    }
    return found;
  }

  /** The entry of an id that was given before this process began. */
  async entryAt(place: GivenId): Promise<AppendedEntry> {
    const segment = this.#segments.find(({ number }) => number === place.segment);
    const entries = segment === undefined ? [] : await this.entries(segment);
    const found = entries.find(({ entry }) => entry.index === place.index);
    if (found === undefined) throw new JournalError("JOURNAL_DAMAGED", `entry ${place.index} can't be read back`);
    return { entry: found.entry, hash: found.hash, payload: found.payload };
  }

  async payload(locator: PayloadLocator): Promise<Uint8Array> {
    const [, month = "", name = ""] = /^(\d{4}-\d\d)\/(\d{8}\.seg)$/.exec(locator.segment) ?? [];
    if (name === "") throw new JournalError("JOURNAL_PAYLOAD_GONE", "the locator names no segment");
    const secret = await this.#secret(locator.key, month);
    let ciphertext: Uint8Array;
    try {
      ciphertext = await this.#fs.readRange(join(this.#folder.month(month), name), locator.offset, locator.length);
    } catch (error) {
      throw new JournalError("JOURNAL_PAYLOAD_GONE", "the payload is not on this disk any more", error);
    }
    try {
      return decryptPayload(ciphertext, secret, locator.log, locator.entry);
    } catch (error) {
      throw new JournalError(
        "JOURNAL_DAMAGED",
        "the payload does not decrypt: it is not the one that was recorded",
        error,
      );
    }
  }

  #secret(key: string, month: string): Promise<KeyObject> {
    const known = this.#secrets.get(key);
    if (known !== undefined) return known;
    const secret = this.#wrapped(key, month).then((record) => this.#keys.unwrap(record));
    this.#secrets.set(key, secret);
    secret.catch(() => this.#secrets.delete(key));
    return secret;
  }

  async #wrapped(key: string, month: string): Promise<WrappedKey> {
    const place = this.#index().keyPlace(key);
    if (place !== null) {
      const data = await this.#fs.readRange(
        this.#folder.segment(place.month, place.segment),
        place.offset,
        place.length,
      );
      const record = parseWrappedKey(data);
      if (record?.key === key) return record;
    }
    for (const segment of this.#segments.filter((candidate) => candidate.month === month)) {
      for (const record of await this.records(segment)) {
        const wrapped = record.kind === "sessionKey" ? parseWrappedKey(record.data) : null;
        if (wrapped?.key === key) return wrapped;
      }
    }
    throw new JournalError("JOURNAL_PAYLOAD_GONE", "the payload's key is not in this record");
  }
}
