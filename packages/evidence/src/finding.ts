/** What the verifier says: a closed table of failures, each naming the entry, and notes that are not failures. */
import type { AnyEntry } from "./entry.ts";

export const FAILURES = {
  unreadable: "not an entry of a version that is known",
  changed: "an entry was changed",
  removed: "an entry was removed",
  reordered: "entries were reordered",
  inserted: "an entry was inserted",
  "wrong-count": "a session's end counts other entries than there are",
  "tail-missing": "entries that a checkpoint covers are gone",
  "bad-checkpoint": "a checkpoint is not signed by the log's key, or contradicts another",
  "not-decided": "a statement was forwarded without a decision that lets it",
  "not-approved": "a held statement was forwarded without the approval it needed",
  "approved-by-requester": "a statement was approved by its requester or delegator",
  "approval-expired": "a statement was forwarded after its approval had expired",
  "digest-mismatch": "what was decided, approved and forwarded is not the same",
  "payload-mismatch": "a payload is not the one that its entry names",
} as const satisfies Record<string, string>;

export type FailureClass = keyof typeof FAILURES;

/** Names an entry; what isn't known of it (a removed one has no id) is null. */
export interface EntryName {
  readonly log: string;
  readonly index: number;
  readonly id: string | null;
  readonly type: string | null;
  readonly session: string | null;
  readonly n: number | null;
}

export interface Finding {
  readonly failure: FailureClass;
  readonly entry: EntryName;
  /** Where only a range can be named: the last index of it. */
  readonly until: number | null;
  readonly sentence: string;
}

export type NoteKind =
  | "outcome-unknown"
  | "session-open"
  | "starts-before"
  | "retention"
  | "payload-erased"
  | "no-checkpoint"
  | "unanchored-tail"
  | "key-from-folder"
  | "silence"
  | "torn-tail";

export interface VerifyNote {
  readonly kind: NoteKind;
  readonly entry: EntryName | null;
  readonly sentence: string;
}

export function nameOf(entry: AnyEntry): EntryName {
  return { log: entry.log, index: entry.index, id: entry.id, type: entry.type, session: entry.session, n: entry.n };
}

const FINDINGS_MAX = 1000;
const NOTES_MAX = 1000;

/** Collects, bounded; the counts go on when the lists are full. */
export class Findings {
  readonly list: Finding[] = [];
  readonly notes: VerifyNote[] = [];
  count = 0;
  noteCount = 0;

  fail(failure: FailureClass, entry: EntryName, detail: string, until: number | null = null): void {
    this.count++;
    if (this.list.length < FINDINGS_MAX)
      this.list.push({ failure, entry, until, sentence: `${FAILURES[failure]}: ${detail}` });
  }

  note(kind: NoteKind, entry: EntryName | null, sentence: string): void {
    this.noteCount++;
    if (this.notes.length < NOTES_MAX) this.notes.push({ kind, entry, sentence });
  }
}
