/**
 * Verifies a record offline: entries as stored, checkpoints, and payloads where they are at hand. Trusts only
 * the keys it is given. Streams: memory grows with sessions and statements, not with the bytes of entries.
 */
import { hex } from "./bytes.ts";
import type { Crypto } from "./crypto.ts";
import { type AnyEntry, decodeEntry, entryHash } from "./entry.ts";
import { type EntryName, type Finding, Findings, nameOf, type VerifyNote } from "./finding.ts";
import type { NoteKey } from "./note.ts";
import type { RawEntry } from "./segment.ts";
import { ChainCheck } from "./verify-chain.ts";
import { LogCheck, openCheckpoints } from "./verify-log.ts";
import { StatementCheck } from "./verify-statements.ts";

export interface VerifyInput {
  /** In the order in which they are stored; several logs one after the other, oldest first. */
  readonly entries: Iterable<RawEntry>;
  /** Signed notes. */
  readonly checkpoints?: readonly string[];
  /** Keys that may sign them. */
  readonly keys?: readonly NoteKey[];
  /** The ciphertext of an entry's payload; null when it is not at hand (erased, or not part of what is verified). */
  readonly payload?: (entryId: string) => Uint8Array | null;
}

export interface VerifyReport {
  readonly ok: boolean;
  /** The first failure in the order of the record. */
  readonly first: Finding | null;
  /** At most 1,000; `failures` counts all. */
  readonly findings: readonly Finding[];
  readonly failures: number;
  readonly notes: readonly VerifyNote[];
  readonly counts: {
    readonly entries: number;
    readonly logs: number;
    readonly sessions: number;
    readonly statements: number;
    readonly checkpoints: number;
    readonly payloadsChecked: number;
    readonly payloadsAbsent: number;
  };
}

export function verify(input: VerifyInput, crypto: Crypto): VerifyReport {
  const run = new Verification(input, crypto);
  let at = 0;
  for (const raw of input.entries) run.add(raw, at++);
  return run.finish(at);
}

class Verification {
  readonly #input: VerifyInput;
  readonly #crypto: Crypto;
  readonly #findings = new Findings();
  readonly #logs = new Map<string, LogCheck>();
  readonly #chains = new ChainCheck(this.#findings);
  readonly #statements: StatementCheck;
  readonly #retained = new Set<string>();
  readonly #checkpoints: number;
  #withEntries: string[] = [];
  #checked = 0;
  #absent = 0;

  constructor(input: VerifyInput, crypto: Crypto) {
    this.#input = input;
    this.#crypto = crypto;
    this.#statements = new StatementCheck(this.#findings, crypto);
    const checkpoints = openCheckpoints(input.checkpoints ?? [], input.keys ?? [], this.#findings, crypto);
    this.#checkpoints = checkpoints.length;
    for (const checkpoint of checkpoints) this.#log(checkpoint.origin).addCheckpoint(checkpoint);
  }

  #log(origin: string): LogCheck {
    const known = this.#logs.get(origin);
    if (known !== undefined) return known;
    const fresh = new LogCheck(origin, this.#findings, this.#crypto);
    this.#logs.set(origin, fresh);
    return fresh;
  }

  add(raw: RawEntry, at: number): void {
    const decoded = decodeEntry(raw.bytes);
    if (!decoded.ok) {
      const log = this.#withEntries.at(-1);
      const index = log === undefined ? at : this.#log(log).size;
      this.#findings.fail(
        "unreadable",
        { log: log ?? "", index, id: null, type: null, session: null, n: null },
        `entry ${at} of the record: ${decoded.problem}`,
      );
      return;
    }
    const { entry } = decoded;
    const hash = entryHash(raw.bytes, this.#crypto);
    const intact = hash === raw.hash;
    if (!intact) this.#findings.fail("changed", nameOf(entry), "its bytes don't have the hash stored beside them");
    if (!this.#withEntries.includes(entry.log)) this.#withEntries = [...this.#withEntries, entry.log];
    this.#log(entry.log).add(entry, hash, intact);
    this.#chains.add(entry, hash, intact, this.#withEntries.length === 1);
    this.#statements.add(entry);
    this.#payload(entry);
    if (entry.type === "retention.ran") for (const log of entry.body.logs ?? []) this.#retained.add(log);
  }

  #payload(entry: AnyEntry): void {
    if (entry.payload === null) return;
    const ciphertext = this.#input.payload?.(entry.id) ?? null;
    if (ciphertext === null) {
      this.#absent++;
      return;
    }
    this.#checked++;
    if (ciphertext.length !== entry.payload.size || hex(this.#crypto.sha256(ciphertext)) !== entry.payload.digest) {
      this.#findings.fail("payload-mismatch", nameOf(entry), "the payload beside it has another digest");
    }
  }

  finish(entries: number): VerifyReport {
    for (const log of this.#logs.values()) log.finish(this.#retained);
    this.#chains.finish();
    this.#statements.finish();
    if (this.#absent > 0 && this.#input.payload !== undefined) {
      this.#findings.note(
        "payload-erased",
        null,
        `${this.#absent} payloads are not here: erased by retention, or never part of this record`,
      );
    }
    const findings = inOrder(this.#findings.list);
    return {
      ok: this.#findings.count === 0,
      first: findings[0] ?? null,
      findings,
      failures: this.#findings.count,
      notes: this.#findings.notes,
      counts: {
        entries,
        logs: this.#withEntries.length,
        sessions: this.#chains.sessions,
        statements: this.#statements.statements,
        checkpoints: this.#checkpoints,
        payloadsChecked: this.#checked,
        payloadsAbsent: this.#absent,
      },
    };
  }
}

/** A removed entry is noticed late and belongs where it was. Stable: what was noticed first stays first. */
function inOrder(findings: readonly Finding[]): readonly Finding[] {
  const logs = [...new Set(findings.map(({ entry }) => entry.log))];
  const place = ({ log, index }: EntryName): number => logs.indexOf(log) * 2 ** 40 + index;
  return findings.toSorted((a, b) => place(a.entry) - place(b.entry));
}
