/** Guarantee: an auditor with the folder alone sees every change to it, and learns which entry it is. */
import { createPrivateKey, createPublicKey, hash, sign } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  appendLeaf,
  appendToChain,
  type ChainHead,
  type Crypto,
  chooseChain,
  EMPTY_FRONTIER,
  type EntryDraft,
  encodeBatch,
  encodeSegmentStart,
  entryRecord,
  type Frontier,
  frontierRoot,
  hex,
  hexBytes,
  leafHash,
  noteKey,
  payloadRecord,
  renderCheckpoint,
  renderNoteKey,
  type SegmentRecord,
  signNote,
} from "@sluice/evidence";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { renderReport, verifyFolder } from "./verify.ts";

const crypto: Crypto = { sha256: (bytes) => hash("sha256", bytes, "buffer"), ed25519Verify: () => false };
const ORIGIN = "sluice.example/gw-1";
const LOG = `${ORIGIN}/2026-11`;
const DIGEST = "a".repeat(64);

function signerOf(fill: number): { publicKey: Uint8Array; sign: (message: Uint8Array) => Uint8Array } {
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.alloc(32, fill)]);
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  return {
    publicKey: createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32),
    sign: (message) => sign(null, message, key),
  };
}
const signer = signerOf(3);
const vkey = renderNoteKey(noteKey(LOG, signer.publicKey, crypto));

const SESSION = { session: "s1", principal: "agent-1", connection: "demo" };
const DRAFTS: EntryDraft[] = [
  { ...SESSION, type: "session.start", body: { kind: "agent", method: "token", groups: [] } },
  { ...SESSION, type: "statement.received", body: { statement: "a", textDigest: DIGEST, bytes: 8 } },
  {
    ...SESSION,
    type: "statement.decided",
    body: {
      statement: "a",
      textDigest: DIGEST,
      moment: "statement",
      effect: "allow",
      facts: {},
      decision: {},
      factsDigest: hex(crypto.sha256(Buffer.from("{}"))),
      bundleDigest: DIGEST,
      engine: "t",
    },
  },
  { ...SESSION, type: "statement.forwarded", body: { statement: "a", textDigest: DIGEST } },
  { ...SESSION, type: "result.end", body: { statement: "a", rows: 1, chunks: [] } },
  { ...SESSION, type: "session.end", body: { reason: "closed" } },
] as unknown as EntryDraft[];

/** A journal of six entries in two segments, with a payload and a checkpoint at the end of each. */
function writeJournal(dir: string): void {
  let head: ChainHead | null = null;
  let frontier: Frontier = EMPTY_FRONTIER;
  let previous: { segment: number; bytes: number } | null = null;
  mkdirSync(join(dir, "2026-11"), { recursive: true });
  for (const segment of [1, 2]) {
    const created = "2026-11-21T08:00:00.000Z";
    const heads = head === null ? [] : [head];
    const start = encodeSegmentStart({
      v: 1,
      log: LOG,
      segment,
      firstIndex: frontier.size,
      created,
      previous,
      frontier,
      heads,
      unfinished: [],
    });
    const batches: Uint8Array[] = [start];
    for (const draft of DRAFTS.slice((segment - 1) * 3, segment * 3)) {
      const index = frontier.size;
      const id = `e_${index}`;
      const ciphertext = Buffer.from(`ciphertext ${index}`);
      const payload =
        index === 1
          ? { digest: hex(crypto.sha256(ciphertext)), size: ciphertext.length, alg: "A256GCM" as const, key: "k" }
          : null;
      const chain = chooseChain(draft, head);
      const place = {
        id,
        log: LOG,
        index,
        time: `2026-11-21T08:00:0${index}.000Z`,
        epoch: chain.ok ? chain.epoch : 0,
        payload,
      };
      const result = appendToChain(draft, place, head, crypto);
      if (!result.ok) throw new Error(result.problem);
      head = result.head;
      frontier = appendLeaf(frontier, leafHash(hexBytes(result.stored.hash) ?? new Uint8Array(0), crypto), crypto);
      const records: SegmentRecord[] = [entryRecord(result.stored.hash, result.stored.bytes)];
      if (payload !== null) records.unshift(payloadRecord(id, ciphertext));
      batches.push(encodeBatch(records).bytes);
    }
    const note = signNote(
      renderCheckpoint({ origin: LOG, size: frontier.size, root: frontierRoot(frontier, crypto) }),
      LOG,
      signer,
      crypto,
    );
    batches.push(encodeBatch([{ kind: "checkpoint", data: Buffer.from(note) }]).bytes);
    const file = Buffer.concat(batches);
    writeFileSync(join(dir, "2026-11", `0000000${segment}.seg`), file);
    writeFileSync(join(dir, "2026-11", "checkpoint"), note);
    previous = { segment, bytes: file.length };
  }
  writeFileSync(join(dir, "log.vkey"), `${vkey}\n`);
}

const root = mkdtempSync(join(tmpdir(), "sluice-verify-"));
const dir = join(root, "journal");
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(dir, { recursive: true, force: true });
  writeJournal(dir);
});

const segment = (n: number): string => join(dir, "2026-11", `0000000${n}.seg`);

/** Edits a segment's text without changing its length. */
function edit(path: string, from: string, to: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(from);
  expect(at).toBeGreaterThan(0);
  expect(from.length).toBe(to.length);
  bytes.write(to, at);
  writeFileSync(path, bytes);
}

describe("an honest folder", () => {
  it("is whole: exit code 0", async () => {
    const report = await verifyFolder(dir, { keys: [vkey] });
    expect(report).toMatchObject({ v: 1, ok: true, exitCode: 0, problem: null, first: null });
    expect(report.counts).toEqual({
      entries: 6,
      logs: 1,
      sessions: 1,
      statements: 1,
      checkpoints: 2,
      payloadsChecked: 1,
      payloadsAbsent: 0,
    });
    expect(report.notes).toEqual([]);
    expect(renderReport(report)).toMatch(/^OK: /);
  });

  it("verified with its own key says that the key is not pinned", async () => {
    const report = await verifyFolder(dir);
    expect(report.exitCode).toBe(0);
    expect(report.notes.map(({ kind }) => kind)).toEqual(["key-from-folder"]);
  });

  it("is whole too as a copy in a blob store, beside others", async () => {
    const blobs = join(root, "blobs");
    cpSync(dir, join(blobs, ORIGIN), { recursive: true });
    expect((await verifyFolder(blobs, { keys: [vkey] })).exitCode).toBe(0);
    rmSync(blobs, { recursive: true });
  });

  it("a key that names the gateway serves each of its months", async () => {
    const key = renderNoteKey(noteKey(ORIGIN, signer.publicKey, crypto));
    expect((await verifyFolder(dir, { keys: [key] })).exitCode).toBe(0);
  });
});

describe("a folder that was touched", () => {
  it("a changed entry in a segment is reported with its place: exit code 1", async () => {
    edit(segment(2), '"reason":"closed"', '"reason":"clowed"');
    const report = await verifyFolder(dir, { keys: [vkey] });
    expect(report.exitCode).toBe(1);
    expect(report.first?.sentence).toContain("00000002.seg at byte");
  });

  it.each([1, 2])("segment %i taken away is reported", async (n) => {
    rmSync(segment(n));
    const report = await verifyFolder(dir, { keys: [vkey] });
    expect(report.exitCode).toBe(1);
    expect(report.first?.entry.index).toBe(n === 1 ? 0 : 3);
    expect(report.first?.failure).toBe(n === 1 ? "removed" : "tail-missing");
  });

  it("the last entries cut off, with the checkpoints that cover them, are noticed by a checkpoint kept elsewhere", async () => {
    const kept = readFileSync(join(dir, "2026-11", "checkpoint"), "utf8");
    rmSync(segment(2));
    rmSync(join(dir, "2026-11", "checkpoint"));
    expect((await verifyFolder(dir, { keys: [vkey] })).exitCode).toBe(0);
    const report = await verifyFolder(dir, { keys: [vkey], checkpoints: [kept] });
    expect([report.exitCode, report.first?.failure, report.first?.entry.index]).toEqual([1, "tail-missing", 3]);
  });

  it("a record signed by another key is noticed by a pinned one", async () => {
    const other = renderNoteKey(noteKey(LOG, signerOf(4).publicKey, crypto));
    const report = await verifyFolder(dir, { keys: [other] });
    expect([report.exitCode, report.first?.failure]).toEqual([1, "bad-checkpoint"]);
  });

  it("a write that was not finished is noted, not failed", async () => {
    writeFileSync(segment(2), Buffer.concat([readFileSync(segment(2)), Buffer.from([0xf5, 0x53, 0x4c])]));
    const report = await verifyFolder(dir, { keys: [vkey] });
    expect(report.exitCode).toBe(0);
    expect(report.notes.map(({ kind }) => kind)).toEqual(["torn-tail"]);
  });
});

describe("what can't be read", () => {
  it.each([
    ["a folder that isn't there", () => join(root, "nothing")],
    ["a folder without a journal", () => root],
  ])("%s: exit code 2", async (_name, path) => {
    rmSync(dir, { recursive: true });
    const report = await verifyFolder(path());
    expect(report).toMatchObject({ ok: false, exitCode: 2 });
    expect(report.problem).not.toBeNull();
    expect(renderReport(report)).toMatch(/^Could not be verified/);
  });

  it("a key that is none: exit code 2, and nothing is taken for verified", async () => {
    expect(await verifyFolder(dir, { keys: ["nonsense"] })).toMatchObject({ ok: false, exitCode: 2 });
  });

  it("reads only", async () => {
    const before = readdirSync(dir, { recursive: true });
    await verifyFolder(dir);
    expect(readdirSync(dir, { recursive: true })).toEqual(before);
  });
});
