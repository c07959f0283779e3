/** The chains of sessions: `n` without gap, `prev` that fits, a proper first entry, an end that counts right. */
import type { AnyEntry } from "./entry.ts";
import { type EntryName, type Findings, nameOf } from "./finding.ts";

interface Chain {
  n: number;
  hash: string;
  /** The stored hash of the last entry was not the hash of its bytes: it is named already. */
  intact: boolean;
  ended: boolean;
  last: EntryName;
  /** By n: an adoption may point at any of them. */
  hashes: Map<number, string>;
}

export class ChainCheck {
  readonly #findings: Findings;
  readonly #chains = new Map<string, Chain>();
  #sessions = 0;

  constructor(findings: Findings) {
    this.#findings = findings;
  }

  get sessions(): number {
    return this.#sessions;
  }

  /** `continues`: an earlier log of the same gateway isn't part of what is verified, so a chain may begin in its middle. */
  add(entry: AnyEntry, hash: string, intact: boolean, continues: boolean): void {
    const key = entry.epoch === 0 ? `\n${entry.log}` : `${entry.session}\n${entry.epoch}`;
    const chain = this.#chains.get(key);
    if (chain === undefined) this.#first(entry, continues);
    else this.#next(entry, chain);
    const hashes = chain?.hashes ?? new Map<number, string>();
    if (entry.epoch > 0) hashes.set(entry.n, hash);
    const ended = entry.type === "session.end" || chain?.ended === true;
    const forward = chain === undefined || entry.n > chain.n;
    if (forward) this.#chains.set(key, { n: entry.n, hash, intact, ended, last: nameOf(entry), hashes });
    if (entry.type === "session.end" && entry.body.count !== entry.n) {
      this.#findings.fail("wrong-count", nameOf(entry), `it says ${entry.body.count}, the chain has ${entry.n}`);
    }
  }

  #first(entry: AnyEntry, continues: boolean): void {
    if (entry.type === "session.start" || entry.type === "session.adopted") this.#sessions++;
    if (entry.n !== 1) {
      if (continues)
        this.#findings.note(
          "starts-before",
          nameOf(entry),
          `the chain's first ${entry.n - 1} entries are not part of this record`,
        );
      else
        this.#findings.fail(
          "removed",
          nameOf(entry),
          `the ${entry.n - 1} entries of its chain before it are not there`,
        );
      return;
    }
    if (entry.epoch === 1 && entry.type !== "session.start")
      this.#findings.fail("inserted", nameOf(entry), "a session begins with session.start");
    if (entry.epoch > 1 && entry.type !== "session.adopted")
      this.#findings.fail("inserted", nameOf(entry), "a later epoch begins with session.adopted");
    if (entry.type === "session.adopted") this.#adopted(entry);
  }

  #adopted(entry: AnyEntry & { readonly type: "session.adopted" }): void {
    const old = this.#chains.get(`${entry.session}\n${entry.body.fromEpoch}`);
    if (old === undefined) {
      this.#findings.note(
        "starts-before",
        nameOf(entry),
        `epoch ${entry.body.fromEpoch} of the session is not part of this record`,
      );
    } else if (old.hashes.get(entry.body.fromN) !== entry.body.fromHash) {
      this.#findings.fail(
        "changed",
        nameOf(entry),
        `it names another entry ${entry.body.fromN} of epoch ${entry.body.fromEpoch} than the one there`,
      );
    }
  }

  #next(entry: AnyEntry, chain: Chain): void {
    if (entry.n === chain.n + 1) {
      if (entry.prev !== chain.hash && chain.intact) {
        this.#findings.fail(
          "changed",
          chain.last,
          `the next entry of its chain (index ${entry.index}) was chained to another`,
        );
      }
    } else if (entry.n > chain.n + 1) {
      this.#findings.fail(
        "removed",
        nameOf(entry),
        `${entry.n - chain.n - 1} entries of its chain before it are not there`,
      );
    } else {
      this.#findings.fail(
        chain.hashes.has(entry.n) ? "inserted" : "reordered",
        nameOf(entry),
        `it is number ${entry.n} of its chain and stands behind number ${chain.n}`,
      );
    }
    if (chain.ended) this.#findings.fail("inserted", nameOf(entry), "its chain had ended");
    if (entry.type === "session.start" || entry.type === "session.adopted") {
      this.#findings.fail("inserted", nameOf(entry), "a chain begins only once");
    }
  }

  finish(): void {
    for (const [key, chain] of this.#chains) {
      if (!key.startsWith("\n") && !chain.ended)
        this.#findings.note("session-open", chain.last, "the session has no end in this record");
    }
  }
}
