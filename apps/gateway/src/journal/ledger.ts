/**
 * The journal's place in its record: next index, tree, heads of chains, what is unfinished. Entries are
 * sequenced here, a batch at a time; when a batch can't be made durable, `rollback` takes all of it back, so
 * that the next entry continues from what is on disk.
 */
import {
  type AnyEntry,
  appendLeaf,
  appendToChain,
  type ChainHead,
  chooseChain,
  decodeEntry,
  EMPTY_FRONTIER,
  type EntryDraft,
  entryHash,
  type Frontier,
  frontierRoot,
  hexBytes,
  leafHash,
  type PayloadRef,
  type RawEntry,
  type SegmentHeader,
  type StoredEntry,
} from "@sluice/evidence";
import { nodeCrypto } from "./node-crypto.ts";
import { JournalError, type UnfinishedStatement } from "./port.ts";

/** How many ended sessions are remembered, to refuse a second start under the same id. */
const ENDED_MAX = 10_000;

export class Ledger {
  log: string;
  index = 0;
  frontier: Frontier = EMPTY_FRONTIER;
  /** Never runs backwards, whatever the clock does. */
  lastMs = 0;
  readonly #heads = new Map<string, ChainHead>();
  readonly #ended = new Map<string, ChainHead>();
  readonly #unfinished = new Map<string, UnfinishedStatement>();
  #outside: ChainHead | null = null;
  #undo: (() => void)[] = [];

  constructor(log: string) {
    this.log = log;
  }

  /** Continues from what a segment's header says. */
  static from(header: SegmentHeader): Ledger {
    const ledger = new Ledger(header.log);
    ledger.index = header.firstIndex;
    ledger.frontier = header.frontier;
    ledger.lastMs = Date.parse(header.created);
    for (const head of header.heads) {
      if (head.session === null) ledger.#outside = head;
      else ledger.#heads.set(head.session, head);
    }
    for (const statement of header.unfinished)
      ledger.#unfinished.set(`${statement.session}\n${statement.statement}`, statement);
    return ledger;
  }

  /** What the next segment's header has to say. */
  snapshot(): Pick<SegmentHeader, "frontier" | "heads" | "unfinished"> {
    const heads = [...this.#heads.values(), ...(this.#outside === null ? [] : [this.#outside])];
    return { frontier: this.frontier, heads, unfinished: this.unfinished() };
  }

  /** Turns to the log of another month; chains of sessions go on. */
  enterLog(log: string): void {
    this.log = log;
    this.index = 0;
    this.frontier = EMPTY_FRONTIER;
    this.#outside = null;
  }

  head(session: string): ChainHead | null {
    return this.#heads.get(session) ?? this.#ended.get(session) ?? null;
  }

  openHeads(): readonly ChainHead[] {
    return [...this.#heads.values()];
  }

  unfinished(): readonly UnfinishedStatement[] {
    return [...this.#unfinished.values()];
  }

  root(): Uint8Array {
    return frontierRoot(this.frontier, nodeCrypto);
  }

  begin(): void {
    this.#undo = [];
    const { index, frontier, lastMs } = this;
    this.#undo.push(() => Object.assign(this, { index, frontier, lastMs }));
  }

  commit(): void {
    this.#undo = [];
  }

  rollback(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
  }

  /** Gives the draft its place. A draft that has none is refused and leaves no trace. */
  sequence(draft: EntryDraft, id: string, timeMs: number, payload: PayloadRef | null): StoredEntry | JournalError {
    const newest = draft.session === null ? null : this.head(draft.session);
    const chain = chooseChain(draft, newest);
    if (!chain.ok) return new JournalError("JOURNAL_CHAIN", `${draft.type}: ${chain.problem}`);
    const time = Math.max(timeMs, this.lastMs);
    const head = chain.epoch === 0 ? this.#outside : newest?.epoch === chain.epoch ? newest : null;
    const place = {
      id,
      log: this.log,
      index: this.index,
      time: new Date(time).toISOString(),
      epoch: chain.epoch,
      payload,
    };
    const result = appendToChain(draft, place, head, nodeCrypto);
    if (!result.ok) return new JournalError("JOURNAL_ENTRY_INVALID", `${draft.type}: ${result.problem}`);
    this.lastMs = time;
    this.#advance(result.stored.entry, result.stored.hash, result.head);
    return result.stored;
  }

  /** Takes an entry back from the disk; what isn't the next one is what no crash explains. */
  replay(raw: RawEntry): AnyEntry {
    const intact = entryHash(raw.bytes, nodeCrypto) === raw.hash;
    const decoded = decodeEntry(raw.bytes, { canonical: !intact });
    if (!decoded.ok)
      throw new JournalError("JOURNAL_DAMAGED", `entry ${this.index} of ${this.log}: ${decoded.problem}`);
    const { entry } = decoded;
    const head = entry.epoch === 0 ? this.#outside : entry.session === null ? null : this.head(entry.session);
    const before = head !== null && head.epoch === entry.epoch ? head : null;
    const fits =
      intact &&
      entry.log === this.log &&
      entry.index === this.index &&
      entry.n === (before?.n ?? 0) + 1 &&
      entry.prev === (before?.hash ?? null);
    if (!fits)
      throw new JournalError(
        "JOURNAL_DAMAGED",
        `entry ${this.index} of ${this.log} does not continue what is before it`,
      );
    this.lastMs = Math.max(this.lastMs, Date.parse(entry.time));
    const session = entry.epoch === 0 ? null : entry.session;
    this.#advance(entry, raw.hash, {
      session,
      epoch: entry.epoch,
      n: entry.n,
      hash: raw.hash,
      ended: entry.type === "session.end",
    });
    this.#undo = [];
    return entry;
  }

  #advance(entry: AnyEntry, hash: string, head: ChainHead): void {
    this.index++;
    this.frontier = appendLeaf(this.frontier, leafHash(hexBytes(hash) ?? new Uint8Array(0), nodeCrypto), nodeCrypto);
    if (head.session === null) {
      const before = this.#outside;
      this.#outside = head;
      this.#undo.push(() => {
        this.#outside = before;
      });
    } else if (head.ended) {
      this.#change(this.#heads, head.session, undefined);
      this.#change(this.#ended, head.session, head);
      for (const session of this.#ended.keys()) {
        if (this.#ended.size <= ENDED_MAX) break;
        this.#ended.delete(session);
      }
    } else {
      this.#change(this.#heads, head.session, head);
      if (this.#ended.has(head.session)) this.#change(this.#ended, head.session, undefined);
    }
    this.#follow(entry);
  }

  /** Forwarded and not yet answered for. */
  #follow(entry: AnyEntry): void {
    if (entry.session === null) return;
    if (entry.type === "statement.forwarded" && entry.body.describeOnly !== true) {
      this.#change(this.#unfinished, `${entry.session}\n${entry.body.statement}`, {
        session: entry.session,
        epoch: entry.epoch,
        statement: entry.body.statement,
        principal: entry.principal,
        connection: entry.connection,
        forwardedAt: entry.time,
      });
    } else if ((entry.type === "result.end" || entry.type === "error") && entry.body.statement != null) {
      this.#change(this.#unfinished, `${entry.session}\n${entry.body.statement}`, undefined);
    }
  }

  #change<V>(map: Map<string, V>, key: string, value: V | undefined): void {
    const before = map.get(key);
    if (before === undefined && value === undefined) return;
    if (value === undefined) map.delete(key);
    else map.set(key, value);
    this.#undo.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  }
}
