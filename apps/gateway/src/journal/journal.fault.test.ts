/**
 * Guarantee: an append that resolved is on disk, whatever happens next; one that rejected leaves no trace that a
 * later entry builds on; and a folder that a crash can't explain does not open.
 */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFs } from "./fs-port.ts";
import { type Journal, type JournalOptions, openJournal } from "./index.ts";
import { faultyFs, ioError } from "./testing/faulty-fs.ts";
import {
  codeOf,
  decided,
  ended,
  failed,
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
  testKeys,
} from "./testing/fixtures.ts";
import { rewriteEntries, verifyFolder } from "./testing/verify-folder.ts";

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

/** As after a kill: nothing is closed, the lock is left, and the next open finds the folder as it is. */
function killed(journal: Journal): void {
  opened = opened.filter((other) => other !== journal);
  const lock = join(dir, "lock");
  const owner = JSON.parse(readFileSync(lock, "utf8"));
  writeFileSync(lock, JSON.stringify({ ...owner, nonce: "0" }));
}

const segments = (): string[] => readdirSync(join(dir, "2026-11")).filter((name) => name.endsWith(".seg"));
const segment = (n: number): string => join(dir, "2026-11", segments()[n] ?? "");
const indexes = async (journal: Journal, session: string): Promise<number[]> =>
  (await journal.readSession(session)).map(({ entry }) => entry.index);

describe("group commit", () => {
  it("one sync serves all who wait, and no two are under way at once", async () => {
    const fs = faultyFs();
    const journal = await open({ fs });
    await journal.append(start("s1"));
    const before = fs.seen.datasyncs;
    await Promise.all(Array.from({ length: 200 }, (_, i) => journal.append(received("s1", `st${i}`))));
    expect(fs.seen.datasyncs - before).toBe(1);
    for (let i = 0; i < 20; i++) void journal.append(heartbeat());
    await Promise.all(Array.from({ length: 50 }, async () => journal.append(heartbeat())));
    expect(fs.seen.atOnce).toBe(1);
  });

  it("nobody is answered before the sync", async () => {
    const fs = faultyFs();
    const journal = await open({ fs });
    let release = (): void => {};
    fs.faults.hold = new Promise((resolve) => {
      release = resolve;
    });
    let answered = false;
    const append = journal.append(heartbeat()).then(() => {
      answered = true;
    });
    for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(answered).toBe(false);
    release();
    await append;
    expect(answered).toBe(true);
  });
});

describe("a failing disk", () => {
  it.each(["ENOSPC", "EIO", "EROFS"])(
    "%s on write rejects the append, and everything until a fresh segment is written",
    async (code) => {
      const fs = faultyFs();
      const journal = await open({ fs });
      await journal.append(start("s1"));
      fs.faults.write = ioError(code);
      const waiting = [journal.append(received("s1", "a")), journal.append(received("s1", "b"))];
      expect(await Promise.all(waiting.map(refusal))).toEqual(["JOURNAL_POISONED", "JOURNAL_POISONED"]);
      expect(journal.status()).toMatchObject({ healthy: false, entries: 1 });
      expect(journal.status().problem).toContain(code);
      await journal.tick();
      expect(await refusal(journal.append(received("s1", "c")))).toBe("JOURNAL_POISONED");
      fs.faults.write = null;
      expect(await refusal(journal.append(received("s1", "c")))).toBe("JOURNAL_POISONED");
      await journal.tick();
      const next = await journal.append(received("s1", "d"));
      expect([next.entry.index, next.entry.n]).toEqual([1, 2]);
      expect(journal.status()).toMatchObject({ healthy: true, problem: null });
      await journal.close();
      expect(verifyFolder(dir).findings).toEqual([]);
    },
  );

  it("a failed sync leaves nothing that a later entry builds on, even where the bytes can't be cut off", async () => {
    const fs = faultyFs();
    const journal = await open({ fs });
    await journal.append(start("s1"));
    fs.faults.datasync = ioError("EIO");
    fs.faults.truncate = ioError("EROFS");
    expect(await refusal(journal.append(received("s1", "lost")))).toBe("JOURNAL_POISONED");
    fs.faults.datasync = null;
    await journal.tick();
    await journal.append(received("s1", "kept"));
    killed(journal);
    const again = await open();
    expect(
      (await again.readSession("s1")).map(({ entry }) => ("statement" in entry.body ? entry.body.statement : null)),
    ).toEqual([null, "kept"]);
    await again.close();
    expect(verifyFolder(dir).findings).toEqual([]);
  });

  it("a chain that ended in a batch that failed has not ended", async () => {
    const fs = faultyFs();
    const journal = await open({ fs });
    await journal.append(start("s1"));
    fs.faults.datasync = ioError("EIO");
    expect(await refusal(journal.append(over("s1")))).toBe("JOURNAL_POISONED");
    expect(journal.head("s1")).toMatchObject({ n: 1, ended: false });
    fs.faults.datasync = null;
    await journal.tick();
    expect((await journal.append(over("s1"))).entry.body.count).toBe(2);
  });

  it("a session key whose record was lost with a batch is recorded again", async () => {
    const fs = faultyFs();
    const journal = await open({ fs });
    await journal.append(start("s1"));
    fs.faults.datasync = ioError("EIO");
    expect(await refusal(journal.append(received("s1", "a"), Buffer.from("x")))).toBe("JOURNAL_POISONED");
    fs.faults.datasync = null;
    await journal.tick();
    const { payload } = await journal.append(received("s1", "a"), Buffer.from("SELECT 1"));
    killed(journal);
    const again = await open();
    expect(payload && Buffer.from(await again.readPayload(payload)).toString()).toBe("SELECT 1");
  });

  it("two that publish a checkpoint at once don't get into each other's way", async () => {
    const journal = await open();
    for (let round = 0; round < 20; round++) {
      await journal.append(heartbeat());
      clock.ms += 60_000;
      await Promise.all([journal.tick(), journal.checkpoint(), journal.tick(), journal.checkpoint()]);
      expect(journal.status().problem).toBeNull();
    }
  });

  it("a disk that fails again while recovering stays refused", async () => {
    const fs = faultyFs();
    const journal = await open({ fs });
    fs.faults.datasync = ioError("EIO");
    await refusal(journal.append(heartbeat()));
    await journal.tick();
    await journal.tick();
    expect(journal.status().healthy).toBe(false);
    fs.faults.datasync = null;
    await journal.tick();
    expect((await journal.append(heartbeat())).entry.index).toBe(0);
  });
});

describe("a crash", () => {
  it("leaves every acknowledged entry, cuts the torn tail, and keeps a copy of it", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    await journal.append(received("s1", "a"));
    killed(journal);
    const file = readFileSync(segment(0));
    const torn = Buffer.concat([file, file.subarray(file.length - 40)]);
    writeFileSync(segment(0), torn);
    const again = await open();
    expect(again.wasClean).toBe(false);
    expect(await indexes(again, "s1")).toEqual([0, 1]);
    const copies = readdirSync(join(dir, "torn"));
    expect(copies.map((name) => readFileSync(join(dir, "torn", name)))).toEqual([torn.subarray(file.length)]);
    expect((await again.append(received("s1", "b"))).entry.n).toBe(3);
    await again.close();
    expect(verifyFolder(dir).findings).toEqual([]);
  });

  it("during the last write, cut at any byte, leaves exactly what was acknowledged before", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    const length = readFileSync(segment(0)).length;
    await journal.append(received("s1", "a"), Buffer.from("SELECT 1"));
    killed(journal);
    const file = readFileSync(segment(0));
    for (const cut of [
      length + 1,
      length + 11,
      length + 12,
      length + 13,
      (length + file.length) >> 1,
      file.length - 1,
    ]) {
      writeFileSync(segment(0), file.subarray(0, cut));
      const again = await open();
      expect(await indexes(again, "s1")).toEqual([0]);
      expect(readFileSync(segment(0)).length).toBe(length);
      killed(again);
    }
  });

  it("while a segment was begun leaves the one before as the last", async () => {
    const journal = await open({ segmentBytesMax: 1 });
    await journal.append(start("s1"));
    await journal.append(received("s1", "a"));
    killed(journal);
    expect(segments().length).toBe(2);
    writeFileSync(join(dir, "2026-11", "00000003.seg"), readFileSync(segment(1)).subarray(0, 30));
    const again = await open();
    expect(await indexes(again, "s1")).toEqual([0, 1]);
    await again.append(received("s1", "b"));
    await again.close();
    expect(verifyFolder(dir).findings).toEqual([]);
  });

  it("lists what was forwarded and has no outcome, until the outcome is recorded", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    for (const st of ["a", "b", "c"]) {
      await journal.append(decided("s1", st));
      await journal.append(forwarded("s1", st));
    }
    await journal.append(ended("s1", "b"));
    killed(journal);
    const again = await open({ segmentBytesMax: 1 });
    expect(again.recoverUnfinished().map(({ statement }) => statement)).toEqual(["a", "c"]);
    expect(again.openSessions().map(({ session }) => session)).toEqual(["s1"]);
    await again.append(failed("s1", "a"));
    await again.append(over("s1"));
    killed(again);
    const third = await open();
    expect(third.recoverUnfinished().map(({ statement, session, epoch }) => [statement, session, epoch])).toEqual([
      ["c", "s1", 1],
    ]);
    await third.append(failed("s1", "c"));
    await third.close();
    expect((await open()).recoverUnfinished()).toEqual([]);
  });
});

describe("damage", () => {
  async function filled(): Promise<void> {
    const journal = await open({ segmentBytesMax: 3000 });
    await journal.append(start("s1"));
    for (let i = 0; i < 10; i++) await journal.append(received("s1", `st${i}`), Buffer.from("SELECT 1"));
    await journal.close();
    opened = [];
    expect(segments().length).toBeGreaterThan(2);
  }

  const cases: [string, () => void][] = [
    ["a byte changed in a sealed segment", () => flip(segment(0), 900)],
    ["a byte changed in the last segment after a clean close", () => flip(segment(segments().length - 1), -3)],
    ["a segment removed from the middle", () => void remove_(segment(1))],
    ["the last segment removed after a clean close", () => void remove_(segment(segments().length - 1))],
    [
      "the last segment shortened after a clean close",
      () => truncateSync(segment(segments().length - 1), readFileSync(segment(segments().length - 1)).length - 9),
    ],
    ["a sealed segment shortened", () => truncateSync(segment(0), readFileSync(segment(0)).length - 9)],
    [
      "two segments swapped",
      () => {
        const [a, b] = [readFileSync(segment(0)), readFileSync(segment(1))];
        writeFileSync(segment(0), b);
        writeFileSync(segment(1), a);
      },
    ],
    ["a segment of another folder in its place", () => writeFileSync(segment(1), readFileSync(segment(0)))],
  ];
  const flip = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    const place = at < 0 ? bytes.length + at : at;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const remove_ = (path: string): Promise<void> => nodeFs.remove(path);

  it.each(cases)("%s: refuses to open, and says so", async (_name, damage) => {
    await filled();
    damage();
    await new Promise((resolve) => setImmediate(resolve));
    const error = await open().catch((reason: unknown) => reason);
    expect(codeOf(error)).toBe("JOURNAL_DAMAGED");
    expect(existsSync(join(dir, "lock"))).toBe(false);
  });

  it("a segment of an earlier month removed refuses to open", async () => {
    const journal = await open({ segmentBytesMax: 1 });
    for (let i = 0; i < 4; i++) await journal.append(heartbeat());
    clock.ms = Date.parse("2026-12-01T00:00:01Z");
    await journal.append(heartbeat());
    await journal.close();
    opened = [];
    rmSync(segment(1));
    expect(codeOf(await open().catch((reason: unknown) => reason))).toBe("JOURNAL_DAMAGED");
  });

  it("a whole entry rewritten, checksum and all, refuses to open", async () => {
    await filled();
    rewriteEntries(segment(0), "agent-1", "agent-9");
    expect(codeOf(await open().catch((reason: unknown) => reason))).toBe("JOURNAL_DAMAGED");
  });
});

describe("the folder", () => {
  it("has one writer", async () => {
    const journal = await open();
    expect(codeOf(await open().catch((reason: unknown) => reason))).toBe("JOURNAL_LOCKED");
    await journal.close();
    await open();
  });

  it("is recovered from a lock whose process is gone, or whose pid is another process now", async () => {
    const journal = await open();
    const owner = JSON.parse(readFileSync(join(dir, "lock"), "utf8"));
    killed(journal);
    writeFileSync(join(dir, "lock"), JSON.stringify({ ...owner, pid: 2 ** 22 + 7 }));
    const second = await open();
    killed(second);
    writeFileSync(join(dir, "lock"), JSON.stringify({ ...owner, pid: process.ppid, started: "1" }));
    await open();
  });

  it("does not take a living process's lock", async () => {
    const journal = await open();
    const owner = JSON.parse(readFileSync(join(dir, "lock"), "utf8"));
    killed(journal);
    writeFileSync(join(dir, "lock"), JSON.stringify({ ...owner, pid: process.ppid, started: "" }));
    expect(codeOf(await open().catch((reason: unknown) => reason))).toBe("JOURNAL_LOCKED");
  });

  it("does not open under another master key", async () => {
    await (await open()).close();
    expect(codeOf(await open({ keys: testKeys(0) }).catch((reason: unknown) => reason))).toBe("JOURNAL_KEYS");
  });

  it("holds no text of a payload, and only its owner may read anything in it", async () => {
    const journal = await open();
    await journal.append(start("s1"));
    await journal.append(received("s1", "a"), Buffer.from("SELECT 'planted secret'"));
    await journal.close();
    const files = readdirSync(dir, { recursive: true, withFileTypes: true });
    expect(files.length).toBeGreaterThan(5);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      expect(statSync(path).mode & 0o077, path).toBe(0);
      if (file.isFile()) expect(readFileSync(path).includes("planted secret"), path).toBe(false);
    }
  });
});
