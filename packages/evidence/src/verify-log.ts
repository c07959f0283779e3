/**
 * One log's order and tree: indexes without gap or repeat, times that never run backwards, and the root at
 * every checkpoint. After a failure of order the tree can't match any more and says nothing new, so it is
 * not reported again.
 */
import { equalBytes, hexBytes } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import type { AnyEntry } from "./entry.ts";
import { type EntryName, type Findings, nameOf } from "./finding.ts";
import { appendLeaf, EMPTY_FRONTIER, type Frontier, frontierRoot, leafHash } from "./merkle.ts";
import { type Checkpoint, type NoteKey, openNote, parseCheckpoint } from "./note.ts";

const SILENCE_MS_MAX = 5 * 60_000;

export class LogCheck {
  readonly origin: string;
  readonly #findings: Findings;
  readonly #crypto: Crypto;
  readonly #checkpoints = new Map<number, Uint8Array>();
  readonly #missing = new Set<number>();
  readonly #tails = new Map<string, EntryName>();
  #expected = 0;
  #frontier: Frontier = EMPTY_FRONTIER;
  #ordered = true;
  #anchored = 0;
  #lastTime = "";
  #stopped = false;

  constructor(origin: string, findings: Findings, crypto: Crypto) {
    this.origin = origin;
    this.#findings = findings;
    this.#crypto = crypto;
  }

  get size(): number {
    return this.#expected;
  }

  /** Notes a checkpoint. Two of one size must have one root. */
  addCheckpoint(checkpoint: Checkpoint): void {
    const known = this.#checkpoints.get(checkpoint.size);
    if (known !== undefined && !equalBytes(known, checkpoint.root)) {
      this.#findings.fail(
        "bad-checkpoint",
        this.#at(checkpoint.size - 1),
        `two roots are signed for size ${checkpoint.size} of ${this.origin}`,
      );
    }
    this.#checkpoints.set(checkpoint.size, checkpoint.root);
  }

  /** `hash` is recomputed from the entry's bytes; `intact` says whether it is the one stored beside them. */
  add(entry: AnyEntry, hash: string, intact: boolean): void {
    this.#order(entry);
    if (!intact) this.#ordered = false;
    if (entry.time < this.#lastTime && entry.index === this.#expected - 1) {
      this.#findings.fail("reordered", nameOf(entry), `its time is before that of the entry in front of it`);
    }
    this.#silence(entry);
    if (entry.time > this.#lastTime) this.#lastTime = entry.time;
    this.#tails.set(entry.epoch === 0 ? "" : `${entry.session}/${entry.epoch}`, nameOf(entry));
    this.#grow(hash);
  }

  #at(index: number): EntryName {
    return { log: this.origin, index: Math.max(0, index), id: null, type: null, session: null, n: null };
  }

  #order(entry: AnyEntry): void {
    if (entry.index === this.#expected) {
      this.#expected++;
      return;
    }
    this.#ordered = false;
    if (entry.index > this.#expected) {
      for (let i = this.#expected; i < entry.index && this.#missing.size < 100_000; i++) this.#missing.add(i);
      this.#expected = entry.index + 1;
    } else if (this.#missing.delete(entry.index)) {
      this.#findings.fail("reordered", nameOf(entry), `index ${entry.index} stands behind later ones`);
    } else {
      this.#findings.fail("inserted", nameOf(entry), `index ${entry.index} is there twice`);
    }
  }

  #silence(entry: AnyEntry): void {
    const gap = Date.parse(entry.time) - Date.parse(this.#lastTime);
    if (!this.#stopped && gap > SILENCE_MS_MAX) {
      this.#findings.note(
        "silence",
        nameOf(entry),
        `no entry for ${Math.round(gap / 1000)} s before it, not even a heartbeat`,
      );
    }
    this.#stopped = entry.type === "gateway.stopped";
  }

  #grow(hash: string): void {
    const data = hexBytes(hash);
    if (!this.#ordered || data === null) return;
    this.#frontier = appendLeaf(this.#frontier, leafHash(data, this.#crypto), this.#crypto);
    const signed = this.#checkpoints.get(this.#frontier.size);
    if (signed === undefined) return;
    if (equalBytes(signed, frontierRoot(this.#frontier, this.#crypto))) {
      this.#anchored = this.#frontier.size;
      this.#tails.clear();
    } else {
      this.#blameRange();
    }
  }

  /**
   * The root differs and everything up to `#anchored` is as it was signed. Whatever was changed since then
   * without breaking its chain includes the newest entry of that chain: the first of those is named.
   */
  #blameRange(): void {
    this.#ordered = false;
    const last = this.#frontier.size - 1;
    const suspects = [...this.#tails.values()].sort((a, b) => a.index - b.index);
    const range = `the root signed for ${this.#frontier.size} entries is another; what differs lies between index ${this.#anchored} and ${last}`;
    const first = suspects.length === 1 ? (suspects[0] ?? this.#at(this.#anchored)) : this.#at(this.#anchored);
    this.#findings.fail("changed", first, range, last);
  }

  /** `removed`: logs that a recorded retention run took away. */
  finish(retained: ReadonlySet<string>): void {
    for (const index of this.#missing)
      this.#findings.fail("removed", this.#at(index), `index ${index} of ${this.origin} is not there`);
    const signed = [...this.#checkpoints.keys()].reduce((most, size) => Math.max(most, size), 0);
    if (this.#expected === 0 && retained.has(this.origin)) {
      this.#findings.note("retention", null, `${this.origin} was removed by a recorded retention run`);
    } else if (signed > this.#expected) {
      this.#findings.fail(
        "tail-missing",
        this.#at(this.#expected),
        `a checkpoint covers ${signed} entries of ${this.origin}, ${this.#expected} are there`,
        signed - 1,
      );
    } else if (signed === 0) {
      this.#findings.note("no-checkpoint", null, `${this.origin} has no checkpoint: its tail is not protected`);
    } else if (this.#expected > signed) {
      this.#findings.note(
        "unanchored-tail",
        this.#at(signed),
        `${this.#expected - signed} entries are newer than the last checkpoint of ${this.origin}`,
      );
    }
  }
}

/** The checkpoints that a known key has signed; everything else is a finding. */
export function openCheckpoints(
  notes: readonly string[],
  keys: readonly NoteKey[],
  findings: Findings,
  crypto: Crypto,
): Checkpoint[] {
  const opened: Checkpoint[] = [];
  for (const [at, note] of notes.entries()) {
    const result = openNote(note, keys, crypto);
    const checkpoint = result.ok ? parseCheckpoint(result.text) : null;
    const where = {
      log: (note.split("\n")[0] ?? "").slice(0, 200),
      index: at,
      id: null,
      type: null,
      session: null,
      n: null,
    };
    if (!result.ok) findings.fail("bad-checkpoint", where, result.problem);
    else if (checkpoint === null) findings.fail("bad-checkpoint", where, "the note is not a checkpoint");
    else if (!result.by.some((key) => key.name === checkpoint.origin)) {
      findings.fail("bad-checkpoint", where, "the note is not signed by the log it is about");
    } else opened.push(checkpoint);
  }
  return opened;
}
