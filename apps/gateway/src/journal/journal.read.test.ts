/** Guarantee: a record can be read while it grows. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeFs } from "./fs-port.ts";
import { type Journal, openJournal } from "./index.ts";
import { heartbeat, KEYS, LOG, start, tempDir } from "./testing/fixtures.ts";

let dir = "";
let remove = (): void => {};
beforeEach(() => {
  ({ dir, remove } = tempDir());
});
afterEach(() => remove());

it("gives what was durable when it was asked, although more is written before the file has been read", async () => {
  let journal: Journal | null = null;
  const fs = {
    ...nodeFs,
    async read(path: string) {
      const bytes = await nodeFs.read(path);
      if (path.endsWith(".seg")) await journal?.append(heartbeat());
      return bytes;
    },
  };
  journal = await openJournal({ dir, log: LOG, keys: KEYS, fs });
  await journal.append(start("s-1"));
  const read = await journal.readSession("s-1");
  expect(read.map(({ entry }) => entry.type)).toEqual(["session.start"]);
  await journal.close();
});
