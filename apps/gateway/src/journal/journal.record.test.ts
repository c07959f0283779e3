/** Guarantee: checkpoints come when they are due, months and shipping lose nothing, and destroying a key erases content and no proof. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openNote, parseCheckpoint, parseNoteKey } from "@sluice/evidence";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderBlobStore } from "../store/shipping.ts";
import {
  type CursorStore,
  type EntrySink,
  type Journal,
  type JournalOptions,
  openJournal,
  type ShippedEntry,
} from "./index.ts";
import { nodeCrypto } from "./node-crypto.ts";
import {
  codeOf,
  decided,
  ended,
  forwarded,
  heartbeat,
  KEYS,
  LOG,
  over,
  received,
  refusal,
  start,
  TestClock,
  tempDir,
} from "./testing/fixtures.ts";
import { verifyFolder } from "./testing/verify-folder.ts";

let dir = "";
let remove = (): void => {};
let clock = new TestClock();
let opened: Journal[] = [];
beforeEach(() => {
  ({ dir, remove } = tempDir());
  clock = new TestClock();
});
afterEach(async () => {
  await Promise.all(opened.map((journal) => journal.close()));
  opened = [];
  remove();
});

async function open(more: Partial<JournalOptions> = {}): Promise<Journal> {
  const journal = await openJournal({ dir, log: LOG, clock, keys: KEYS, ...more });
  opened.push(journal);
  return journal;
}

function cursorsInMemory(): CursorStore & { readonly positions: Map<string, number> } {
  const positions = new Map<string, number>();
  return {
    positions,
    load: async (log, sink) => positions.get(`${log} ${sink}`) ?? 0,
    save: async (log, sink, position) => void positions.set(`${log} ${sink}`, position),
  };
}

function collector(): EntrySink & { readonly taken: ShippedEntry[] } {
  const taken: ShippedEntry[] = [];
  return { name: "collector", taken, write: async (entries) => void taken.push(...entries) };
}

describe("checkpoints", () => {
  it("are signed at a session's end, after so many entries, and after so long", async () => {
    const journal = await open({ checkpointEveryEntries: 5, checkpointEveryMs: 10_000 });
    const size = (): number => journal.status().lastCheckpoint?.size ?? 0;
    await journal.append(start("s1"));
    expect(size()).toBe(0);
    await journal.append(over("s1"));
    expect(size()).toBe(2);
    for (let i = 0; i < 5; i++) await journal.append(heartbeat());
    expect(size()).toBe(7);
    await journal.append(heartbeat());
    await journal.tick();
    expect(size()).toBe(7);
    clock.ms += 10_000;
    await journal.tick();
    expect(size()).toBe(8);
    clock.ms += 10_000;
    await journal.tick();
    expect(await journal.checkpoint()).toBeNull();
  });

  it("open under the journal's verifier key and cover what is there", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    const note = await journal.checkpoint();
    const key = parseNoteKey(journal.verifierKey(), nodeCrypto);
    if (note === null || key === null) throw new Error("no note");
    const opened = openNote(note, [key], nodeCrypto);
    expect(opened.ok && parseCheckpoint(opened.text)).toMatchObject({ origin: `${LOG}/2026-11`, size: 1 });
    expect(readFileSync(join(dir, "2026-11", "checkpoint"), "utf8")).toBe(note);
    expect(readFileSync(join(dir, "log.vkey"), "utf8")).toBe(`${journal.verifierKey()}\n`);
  });

  it("the log's key is the same after a restart", async () => {
    const journal = await open();
    const key = journal.verifierKey();
    await journal.close();
    expect((await open()).verifierKey()).toBe(key);
  });
});

describe("a new month", () => {
  it("begins a log of its own, closes the old one with a checkpoint, and sessions go on", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    const first = await journal.append(received("s1", "a"), Buffer.from("SELECT 1"));
    clock.ms = Date.parse("2026-12-01T00:00:01Z");
    const second = await journal.append(received("s1", "b"), Buffer.from("SELECT 2"));
    expect([second.entry.log, second.entry.index, second.entry.n, second.entry.prev]).toEqual([
      `${LOG}/2026-12`,
      0,
      3,
      first.hash,
    ]);
    await journal.append(over("s1"));
    await journal.close();
    const report = verifyFolder(dir);
    expect(report.findings).toEqual([]);
    expect(report.counts).toMatchObject({ logs: 2, entries: 4, payloadsChecked: 2 });
    const again = await open();
    const entries = await again.readSession("s1");
    expect(entries.map(({ entry }) => entry.n)).toEqual([1, 2, 3, 4]);
    const texts = await Promise.all(
      entries.flatMap(({ payload }) => (payload === null ? [] : [again.readPayload(payload)])),
    );
    expect(texts.map((text) => Buffer.from(text).toString())).toEqual(["SELECT 1", "SELECT 2"]);
  });

  it("keeps what is unfinished in sight", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    await journal.append(decided("s1", "a"));
    await journal.append(forwarded("s1", "a"));
    clock.ms = Date.parse("2026-12-01T00:00:01Z");
    await journal.append(heartbeat());
    await journal.close();
    expect((await open()).recoverUnfinished().map(({ statement }) => statement)).toEqual(["a"]);
  });

  it("a session whose first entries went with the old month is noted as one that starts before the record", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    clock.ms = Date.parse("2026-12-01T00:00:01Z");
    await journal.append(received("s1", "b"));
    await journal.close();
    opened = [];
    for (const name of readdirSync(join(dir, "2026-11")).filter((file) => file.endsWith(".seg")))
      rmSync(join(dir, "2026-11", name));
    expect(verifyFolder(dir).notes.map(({ kind }) => kind)).toContain("starts-before");
  });
});

describe("a full journal", () => {
  it("turns red before it refuses, refuses beginnings before outcomes, and is free again when shipped", async () => {
    const journal = await open({ maxUnshippedBytes: 40_000 });
    await journal.append(start("s1"));
    await journal.append(decided("s1", "a"));
    await journal.append(forwarded("s1", "a"));
    let sawNearlyFull = false;
    let refused: unknown = "accepted";
    for (let i = 0; refused === "accepted" && i < 500; i++) {
      sawNearlyFull ||= journal.status().nearlyFull && !journal.status().full;
      refused = await refusal(journal.append(received("s1", `st${i}`), Buffer.alloc(200)));
    }
    expect(refused).toBe("JOURNAL_FULL");
    expect(sawNearlyFull).toBe(true);
    expect(journal.status().full).toBe(true);
    await journal.append(ended("s1", "a"));
    for (let i = 0; refused !== "hard" && i < 500; i++) {
      if ((await refusal(journal.append(heartbeat()))) === "JOURNAL_FULL") refused = "hard";
    }
    expect(refused).toBe("hard");
    const blobs = join(dir, "..", `${dir.split("/").at(-1)}-blobs`);
    await journal.ship({ cursors: cursorsInMemory(), blobs: folderBlobStore(blobs) });
    expect(journal.status()).toMatchObject({ full: false, nearlyFull: false });
    await journal.append(received("s1", "again"));
    rmSync(blobs, { recursive: true });
  });
});

describe("shipping", () => {
  it("a blob store's copy verifies on its own, and putting it again changes nothing", async () => {
    const journal = await open({ segmentBytesMax: 2000 });
    await journal.append(start("s1"));
    for (let i = 0; i < 20; i++) await journal.append(received("s1", `st${i}`), Buffer.from(`SELECT ${i}`));
    await journal.append(over("s1"));
    await journal.checkpoint();
    clock.ms += 600_000;
    await journal.tick();
    const blobs = join(dir, "..", `${dir.split("/").at(-1)}-blobs`);
    mkdirSync(blobs);
    const cursors = cursorsInMemory();
    const targets = { cursors, blobs: folderBlobStore(blobs) };
    const report = await journal.ship(targets);
    expect(report.failed).toEqual([]);
    expect(report.shipped["folder"]).toBeGreaterThan(3);
    expect((await journal.ship(targets)).shipped["folder"]).toBe(0);
    const before = verifyFolder(join(blobs, LOG));
    expect(before.findings).toEqual([]);
    expect(before.counts).toMatchObject({ entries: 22, payloadsChecked: 20 });
    cursors.positions.clear();
    await journal.ship(targets);
    expect(verifyFolder(join(blobs, LOG))).toEqual(before);
    rmSync(blobs, { recursive: true });
  });

  it("a blob store that fails keeps its segments waiting, and holds up no other sink", async () => {
    const journal = await open({ segmentBytesMax: 1 });
    for (let i = 0; i < 5; i++) await journal.append(heartbeat());
    const sink = collector();
    const blobs = { name: "away", put: async () => Promise.reject(new Error("the bucket is away")) };
    const report = await journal.ship({ cursors: cursorsInMemory(), blobs, sinks: [sink] });
    expect(report.failed).toEqual([{ sink: "away", problem: "the bucket is away" }]);
    expect(sink.taken.length).toBe(5);
    expect(journal.status().unshippedBytes).toBeGreaterThan(1000);
  });

  it("an index can be rebuilt from the folder after a restart, every month of it", async () => {
    const journal = await open({ segmentBytesMax: 2000 });
    for (let i = 0; i < 30; i++) await journal.append(heartbeat());
    clock.ms = Date.parse("2026-12-02T00:00:00Z");
    for (let i = 0; i < 30; i++) await journal.append(heartbeat());
    await journal.close();
    const again = await open();
    const sink = collector();
    const cursors = cursorsInMemory();
    await again.ship({ cursors, sinks: [sink] });
    const expected = ["2026-11", "2026-12"].flatMap((month) =>
      Array.from({ length: 30 }, (_, i) => `${LOG}/${month} ${i}`),
    );
    expect(sink.taken.map(({ log, index }) => `${log} ${index}`)).toEqual(expected);
    await again.append(heartbeat());
    await again.ship({ cursors, sinks: [sink] });
    expect(sink.taken.length).toBe(61);
  });
});

describe("the folder's name", () => {
  it("is the one it was made with, whatever a later start calls it", async () => {
    const journal = await open({ log: "sluice.example/first" });
    await journal.append(heartbeat());
    await journal.close();
    const again = await open({ log: "sluice.example/second" });
    expect((await again.append(heartbeat())).entry).toMatchObject({ log: "sluice.example/first/2026-11", index: 1 });
  });
});

describe("a given id", () => {
  it("happens once, across a restart and from an old segment too", async () => {
    const journal = await open({ segmentBytesMax: 1 });
    const draft = { ...heartbeat(), id: "outbox:7" };
    const first = await journal.append(draft);
    await journal.append(heartbeat());
    await journal.close();
    const again = await open();
    const second = await again.append(draft);
    expect([second.entry.index, second.hash]).toEqual([first.entry.index, first.hash]);
    expect(again.status().entries).toBe(2);
  });
});

describe("payloads", () => {
  it("are gone when the month's identity is destroyed, and every proof stays valid", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    const { payload } = await journal.append(received("s1", "a"), Buffer.from("SELECT 'secret'"));
    const page = {
      type: "result.page",
      session: "s1",
      principal: null,
      connection: null,
      body: { statement: "a", page: 1, rows: 1, bytes: 3, format: "json" },
    } as const;
    const rows = await journal.append(page, Buffer.from("[1]"));
    if (payload === null || rows.payload === null) throw new Error("no payload");
    rmSync(join(dir, "keys", "payload-2026-11-statements.sealed"));
    await journal.tick();
    expect(await journal.readPayload(payload).then(() => "read", codeOf)).toBe("JOURNAL_PAYLOAD_GONE");
    expect(Buffer.from(await journal.readPayload(rows.payload)).toString()).toBe("[1]");
    await journal.close();
    expect(verifyFolder(dir)).toMatchObject({ ok: true, counts: { payloadsChecked: 2 } });
    const again = await open();
    expect(await again.readPayload(payload).then(() => "read", codeOf)).toBe("JOURNAL_PAYLOAD_GONE");
  });

  it("do not open in another entry's place", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    const first = await journal.append(received("s1", "a"), Buffer.from("SELECT 1"));
    const second = await journal.append(received("s1", "b"), Buffer.from("SELECT 2"));
    if (first.payload === null || second.payload === null) throw new Error("no payload");
    const swapped = { ...first.payload, offset: second.payload.offset };
    expect(await journal.readPayload(swapped).then(() => "read", codeOf)).toBe("JOURNAL_DAMAGED");
  });

  it.each(["../../etc/passwd", "2026-11/../../x.seg", "2026-11/00000001.seg/..", ""])(
    "a locator can't name the file %j",
    async (segment) => {
      const journal = await open();
      await journal.append(start("s1"));
      const { payload } = await journal.append(received("s1", "a"), Buffer.from("SELECT 1"));
      if (payload === null) throw new Error("no payload");
      expect(await journal.readPayload({ ...payload, segment }).then(() => "read", codeOf)).toBe(
        "JOURNAL_PAYLOAD_GONE",
      );
    },
  );

  it("a copy of the folder opens with the master key, and its payloads with it", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    const { payload } = await journal.append(received("s1", "a"), Buffer.from("SELECT 1"));
    await journal.close();
    const copy = `${dir}-copy`;
    cpSync(dir, copy, { recursive: true });
    const other = await openJournal({ dir: copy, log: LOG, clock, keys: KEYS });
    expect(payload && Buffer.from(await other.readPayload(payload)).toString()).toBe("SELECT 1");
    await other.close();
    rmSync(copy, { recursive: true });
    expect(existsSync(dir)).toBe(true);
  });
});
