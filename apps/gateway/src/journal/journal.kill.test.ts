/** Guarantee: kill -9 at any moment loses nothing that was acknowledged, and the folder opens and verifies afterwards. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { openJournal } from "./index.ts";
import { KEYS, LOG, tempDir } from "./testing/fixtures.ts";
import { storedHashes, verifyFolder } from "./testing/verify-folder.ts";

const { dir, remove } = tempDir();
afterAll(remove);

/** Runs a writer and kills it when it has acknowledged `lines` appends; gives those that were read. */
async function killedAfter(run: number, lines: number): Promise<Map<number, string>> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "testing/kill-child.ts"), dir, `r${run}`], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let problem = "";
  child.stderr.on("data", (data) => {
    problem += data;
  });
  const acknowledged = new Map<number, string>();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  for await (const line of createInterface({ input: child.stdout })) {
    const [index, hash] = line.split(" ");
    // The last line may be cut by the kill.
    if (hash?.length === 64) acknowledged.set(Number(index), hash);
    if (acknowledged.size === lines) child.kill("SIGKILL");
  }
  await gone;
  expect(problem).toBe("");
  return acknowledged;
}

it("every acknowledged append is there, run after run in one folder", { timeout: 120_000 }, async () => {
  const moments = fc.sample(fc.integer({ min: 1, max: 400 }), { numRuns: 6, seed: 20261121 });
  const all = new Map<number, string>();
  for (const [run, lines] of moments.entries()) {
    for (const [index, hash] of await killedAfter(run, lines)) all.set(index, hash);
    const journal = await openJournal({ dir, log: LOG, keys: KEYS });
    expect(journal.wasClean).toBe(false);
    expect(journal.status().entries).toBeGreaterThanOrEqual(Math.max(...all.keys()) + 1);
    await journal.close();
    const stored = storedHashes(dir);
    for (const [index, hash] of all) expect(stored[index]).toBe(hash);
  }
  expect(all.size).toBeGreaterThan(100);
  const report = verifyFolder(dir);
  expect(report.findings).toEqual([]);
  expect(report.counts.checkpoints).toBeGreaterThan(3);
});
