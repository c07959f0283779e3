/** Writes small records in memory for tests: the same pure functions as the journal, without a disk. */
import type { EntryType } from "../src/bodies.ts";
import { hexBytes } from "../src/bytes.ts";
import { appendToChain, type ChainHead, chooseChain } from "../src/chain.ts";
import type { AnyEntry, DraftBody, EntryDraft, StoredEntry } from "../src/entry.ts";
import { appendLeaf, EMPTY_FRONTIER, type Frontier, frontierRoot, leafHash } from "../src/merkle.ts";
import { noteKey, renderCheckpoint, signNote } from "../src/note.ts";
import { nodeCrypto, signerOf } from "./crypto.ts";

export const LOG = "sluice.example/gw-1/2026-11";
export const SIGNER = signerOf(1);
export const KEY = noteKey(LOG, SIGNER.publicKey, nodeCrypto);
/** Of the facts `{}`. */
export const NO_FACTS = Buffer.from(nodeCrypto.sha256(Buffer.from("{}"))).toString("hex");
export const D = (letter: string): string => letter.repeat(64);

export class TestRecord {
  readonly log: string;
  readonly entries: StoredEntry[] = [];
  readonly checkpoints: string[] = [];
  timeMs = Date.parse("2026-11-21T08:00:00Z");
  #frontier: Frontier = EMPTY_FRONTIER;
  readonly #heads = new Map<string, ChainHead>();

  constructor(log = LOG) {
    this.log = log;
  }

  head(session: string | null, epoch: number): ChainHead | null {
    return this.#heads.get(epoch === 0 ? "" : `${session}/${epoch}`) ?? null;
  }

  add<T extends EntryType>(
    type: T,
    session: string | null,
    body: DraftBody<T>,
    more: Partial<EntryDraft> & { payload?: AnyEntry["payload"] } = {},
  ): AnyEntry {
    const { payload = null, ...fields } = more;
    const draft = { type, session, principal: "agent-1", connection: "demo", body, ...fields } as unknown as EntryDraft;
    const newest =
      [...this.#heads.values()].filter((head) => head.session === session && session !== null).at(-1) ?? null;
    const chain = chooseChain(draft, newest);
    if (!chain.ok) throw new Error(chain.problem);
    this.timeMs += 10;
    const index = this.entries.length;
    const place = {
      id: `e_${index}`,
      log: this.log,
      index,
      time: new Date(this.timeMs).toISOString(),
      epoch: chain.epoch,
      payload,
    };
    const key = chain.epoch === 0 ? "" : `${session}/${chain.epoch}`;
    const result = appendToChain(draft, place, this.#heads.get(key) ?? null, nodeCrypto);
    if (!result.ok) throw new Error(result.problem);
    this.#heads.set(key, result.head);
    this.entries.push(result.stored);
    this.#frontier = appendLeaf(
      this.#frontier,
      leafHash(hexBytes(result.stored.hash) ?? new Uint8Array(0), nodeCrypto),
      nodeCrypto,
    );
    return result.stored.entry;
  }

  checkpoint(): string {
    const text = renderCheckpoint({
      origin: this.log,
      size: this.entries.length,
      root: frontierRoot(this.#frontier, nodeCrypto),
    });
    const note = signNote(text, this.log, SIGNER, nodeCrypto);
    this.checkpoints.push(note);
    return note;
  }

  start(session: string, delegator: string | null = "ana"): void {
    this.add("session.start", session, { kind: "agent", method: "token", groups: ["agents"], delegator });
  }

  decided(
    session: string,
    statement: string,
    effect: "allow" | "hold" | "deny",
    digest = D("a"),
    principal = "agent-1",
  ): void {
    const body = {
      statement,
      textDigest: digest,
      moment: "statement" as const,
      effect,
      facts: {},
      decision: { effect },
      factsDigest: NO_FACTS,
      bundleDigest: D("b"),
      engine: "test",
    };
    this.add("statement.decided", session, body, { principal });
  }

  requested(
    session: string,
    statement: string,
    request: string,
    digest = D("a"),
    more: Partial<DraftBody<"approval.requested">> = {},
  ): void {
    this.add("approval.requested", session, {
      statement,
      textDigest: digest,
      request,
      requester: "agent-1",
      delegator: "ana",
      requirements: [{ from: ["stewards"], count: 1, never: ["requester", "delegator"] }],
      bundleDigest: D("b"),
      expires: "2026-11-21T09:00:00Z",
      ...more,
    });
  }

  granted(
    session: string,
    statement: string,
    request: string,
    approver = "sam",
    digest = D("a"),
    more: Partial<DraftBody<"approval.granted">> = {},
  ): void {
    this.add(
      "approval.granted",
      session,
      { statement, textDigest: digest, request, approver, complete: true, ...more },
      { principal: approver },
    );
  }

  forwarded(
    session: string,
    statement: string,
    digest = D("a"),
    more: Partial<DraftBody<"statement.forwarded">> = {},
  ): void {
    this.add("statement.forwarded", session, { statement, textDigest: digest, ...more });
  }

  /** A whole statement of the ordinary kind. */
  statement(session: string, statement: string): void {
    this.add("statement.received", session, { statement, textDigest: D("a"), bytes: 10 });
    this.decided(session, statement, "allow");
    this.forwarded(session, statement);
    this.add("result.end", session, { statement, rows: 1, chunks: [] });
  }
}
