/** Guarantee: rounds that publish checkpoints at the same time never get into each other's way. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { openJournal } from "./index.ts";
import { heartbeat, KEYS, LOG, TestClock, tempDir } from "./testing/fixtures.ts";

let dir = "";
let remove = (): void => {};
beforeEach(() => {
  ({ dir, remove } = tempDir());
});
afterEach(() => remove());

it("stays healthy when two ticks and a checkpoint publish at once, each with a newer note than the last", async () => {
  const clock = new TestClock();
  const journal = await openJournal({ dir, log: LOG, keys: KEYS, clock, checkpointEveryEntries: 1 });
  for (let round = 0; round < 20; round += 1) {
    clock.ms += 11_000;
    const appended = Array.from({ length: 5 }, () => journal.append(heartbeat()));
    await Promise.all([journal.tick(), journal.checkpoint(), ...appended, journal.tick()]);
    expect(journal.status().problem).toBeNull();
  }
  await journal.close();
});
