/** Guarantee: whoever writes through the port sees the same journal, on disk or in memory. */
import { afterEach, describe, expect, it } from "vitest";
import { type EntrySink, type Journal, memoryJournal, openJournal, type ShippedEntry } from "./index.ts";
import {
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

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

const makers: readonly (readonly [string, (clock: TestClock) => Promise<Journal>])[] = [
  ["memory", async (clock) => memoryJournal({ clock, log: LOG })],
  [
    "disk",
    async (clock) => {
      const { dir, remove } = tempDir();
      const journal = await openJournal({ dir, log: LOG, clock, keys: KEYS });
      cleanups.push(remove);
      return journal;
    },
  ],
];

describe.each(makers)("the journal (%s)", (_name, make) => {
  it("sequences entries in the order of append calls, whoever waits", async () => {
    const journal = await make(new TestClock());
    await journal.append(start("s1"));
    const appended = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        journal.append(received("s1", `st${i}`), i % 3 === 0 ? Buffer.from(`text ${i}`) : undefined),
      ),
    );
    expect(appended.map(({ entry }) => entry.index)).toEqual(appended.map((_, i) => i + 1));
    expect(appended.map(({ entry }) => entry.body.statement)).toEqual(appended.map((_, i) => `st${i}`));
    expect(appended.every(({ entry }, i) => entry.prev === (appended[i - 1]?.hash ?? entry.prev))).toBe(true);
    await journal.close();
  });

  it("gives back a session's entries and payloads, and no one else's", async () => {
    const journal = await make(new TestClock());
    await journal.append(start("s1"));
    await journal.append(start("s2"));
    await journal.append(received("s1", "a"), Buffer.from("SELECT 'ä 🎉'"));
    await journal.append(received("s2", "b"), Buffer.from("SELECT 2"));
    await journal.append(forwarded("s1", "a"));
    const entries = await journal.readSession("s1");
    expect(entries.map(({ entry }) => [entry.type, entry.n])).toEqual([
      ["session.start", 1],
      ["statement.received", 2],
      ["statement.forwarded", 3],
    ]);
    const locator = entries[1]?.payload;
    expect(locator && Buffer.from(await journal.readPayload(locator)).toString()).toBe("SELECT 'ä 🎉'");
    expect(entries[0]?.payload).toBeNull();
    expect(await journal.readSession("s3")).toEqual([]);
    await journal.close();
  });

  it("refuses an entry whose clear part is not of its type, and goes on", async () => {
    const journal = await make(new TestClock());
    await journal.append(start("s1"));
    const bad = { ...received("s1", "a"), body: { statement: "a", textDigest: "short", bytes: 1 } };
    expect(await refusal(journal.append(bad))).toBe("JOURNAL_ENTRY_INVALID");
    const smuggled = { ...heartbeat(), body: { sqlText: "select 1" } } as ReturnType<typeof heartbeat>;
    expect(await refusal(journal.append(smuggled))).toBe("JOURNAL_ENTRY_INVALID");
    expect((await journal.append(received("s1", "a"))).entry.n).toBe(2);
    await journal.close();
  });

  it("refuses entries of a session that never started, started twice, or has ended", async () => {
    const journal = await make(new TestClock());
    expect(await refusal(journal.append(received("s1", "a")))).toBe("JOURNAL_CHAIN");
    await journal.append(start("s1"));
    expect(await refusal(journal.append(start("s1")))).toBe("JOURNAL_CHAIN");
    expect((await journal.append(over("s1"))).entry.body).toEqual({ count: 2, reason: "closed" });
    expect(await refusal(journal.append(forwarded("s1", "a")))).toBe("JOURNAL_CHAIN");
    expect(await refusal(journal.append(start("s1")))).toBe("JOURNAL_CHAIN");
    const late = await journal.append({
      type: "chunk.delivered",
      session: "s1",
      principal: null,
      connection: null,
      body: { statement: "a", chunk: 1, bytes: 3, delivered: "b".repeat(64) },
    });
    expect(late.entry.epoch).toBe(0);
    await journal.close();
  });

  it("an append with a given id happens once", async () => {
    const journal = await make(new TestClock());
    const draft = { ...heartbeat(), id: "outbox-7" };
    const both = await Promise.all([journal.append(draft), journal.append(draft)]);
    const again = await journal.append(draft);
    expect(new Set([...both, again].map(({ entry }) => entry.index)).size).toBe(1);
    expect(journal.status().entries).toBe(1);
    await journal.close();
  });

  it("an adopted session goes on in a chain that names the old one", async () => {
    const journal = await make(new TestClock());
    await journal.append(start("s1"));
    const head = journal.head("s1");
    const adopted = await journal.append({
      type: "session.adopted",
      session: "s1",
      principal: null,
      connection: null,
      body: { fromEpoch: 1, fromN: head?.n ?? 0, fromHash: head?.hash ?? "" },
    });
    expect([adopted.entry.epoch, adopted.entry.n, adopted.entry.prev]).toEqual([2, 1, null]);
    expect((await journal.append(received("s1", "a"))).entry.epoch).toBe(2);
    expect(journal.openSessions().map(({ session, epoch }) => [session, epoch])).toEqual([["s1", 2]]);
    await journal.close();
  });

  it("ships every entry to a sink once, and again only what a failed sink has not taken", async () => {
    const journal = await make(new TestClock());
    const taken: ShippedEntry[] = [];
    const cursors = new Map<string, number>();
    const store = {
      load: async (log: string, sink: string) => cursors.get(`${log} ${sink}`) ?? 0,
      save: async (log: string, sink: string, position: number) => void cursors.set(`${log} ${sink}`, position),
    };
    let broken = false;
    const sink: EntrySink = {
      name: "index",
      async write(entries) {
        if (broken) throw new Error("the sink is away");
        taken.push(...entries);
      },
    };
    await journal.append(start("s1"));
    await journal.append(received("s1", "a"));
    await journal.ship({ cursors: store, sinks: [sink] });
    broken = true;
    await journal.append(ended("s1", "a"));
    expect((await journal.ship({ cursors: store, sinks: [sink] })).failed).toEqual([
      { sink: "index", problem: "the sink is away" },
    ]);
    broken = false;
    await journal.ship({ cursors: store, sinks: [sink] });
    await journal.ship({ cursors: store, sinks: [sink] });
    expect(taken.map(({ index, type, statement }) => [index, type, statement])).toEqual([
      [0, "session.start", null],
      [1, "statement.received", "a"],
      [2, "result.end", "a"],
    ]);
    await journal.close();
  });

  it("times never run backwards, whatever the clock does", async () => {
    const clock = new TestClock();
    const journal = await make(clock);
    const first = await journal.append(heartbeat());
    clock.ms -= 3_600_000;
    const second = await journal.append(heartbeat());
    expect(second.entry.time >= first.entry.time).toBe(true);
    await journal.close();
  });

  it("takes nothing after it was closed", async () => {
    const journal = await make(new TestClock());
    await journal.close();
    expect(await refusal(journal.append(heartbeat()))).toBe("JOURNAL_CLOSED");
  });
});
