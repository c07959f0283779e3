/** Appends for ever and prints what was acknowledged, one line each, until it is killed. */
import { writeSync } from "node:fs";
import { openJournal } from "../index.ts";
import { KEYS, LOG, over, received, start } from "./fixtures.ts";

const dir = process.argv[2] ?? "";
const run = process.argv[3] ?? "";
const journal = await openJournal({ dir, log: LOG, keys: KEYS, segmentBytesMax: 20_000, checkpointEveryEntries: 25 });

/** Printed in the same turn in which the append resolves: what the parent has read was acknowledged. */
const say = (index: number, hash: string): void => void writeSync(1, `${index} ${hash}\n`);

async function writer(name: string): Promise<void> {
  for (let i = 0; ; i++) {
    const session = `${run}-${name}-${i}`;
    const first = await journal.append(start(session));
    say(first.entry.index, first.hash);
    for (let n = 0; n < 5; n++) {
      const { entry, hash } = await journal.append(received(session, `st${n}`), Buffer.alloc(n * 400, n));
      say(entry.index, hash);
    }
    const last = await journal.append(over(session));
    say(last.entry.index, last.hash);
  }
}

await Promise.all(["a", "b", "c", "d"].map(writer));
