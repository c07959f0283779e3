/** Where to look in the newest log: which segments hold a session, where each wrapped key lies, which given ids were used. */
import type { AnyEntry, PlacedRecord } from "@sluice/evidence";
import type { SegmentInfo } from "./folder.ts";
import { parseWrappedKey, type WrappedKey } from "./payload-keys.ts";

/** Where a record's data lies. */
export interface RecordPlace {
  readonly month: string;
  readonly segment: number;
  readonly offset: number;
  readonly length: number;
}

export interface GivenId {
  readonly segment: number;
  readonly index: number;
}

export class SegmentIndex {
  readonly #sessions = new Map<string, number[]>();
  readonly #keys = new Map<string, RecordPlace>();
  readonly #given = new Map<string, GivenId>();

  addEntry(entry: AnyEntry, segment: number): void {
    if (!entry.id.startsWith("e_")) this.#given.set(entry.id, { segment, index: entry.index });
    if (entry.session === null) return;
    const segments = this.#sessions.get(entry.session);
    if (segments === undefined) this.#sessions.set(entry.session, [segment]);
    else if (segments.at(-1) !== segment) segments.push(segment);
  }

  /** Wrapped keys only; other records are found through their entries. */
  addRecord(record: PlacedRecord, segment: Pick<SegmentInfo, "month" | "number">): void {
    if (record.kind !== "sessionKey") return;
    const key = parseWrappedKey(record.data);
    if (key !== null)
      this.addKey(key, {
        month: segment.month,
        segment: segment.number,
        offset: record.offset,
        length: record.data.length,
      });
  }

  addKey(key: Pick<WrappedKey, "key">, place: RecordPlace): void {
    this.#keys.set(key.key, place);
  }

  keyPlace(key: string): RecordPlace | null {
    return this.#keys.get(key) ?? null;
  }

  segmentsOf(session: string): readonly number[] {
    return this.#sessions.get(session) ?? [];
  }

  given(id: string): GivenId | null {
    return this.#given.get(id) ?? null;
  }
}
