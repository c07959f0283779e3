/**
 * The corpora of decisions and masks: documents in the policy language itself, run as any policy's tests are.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Crypto, parseBundle, runTests } from "../../src/index.ts";

const CRYPTO: Crypto = { sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex") };

describe.each(["decisions", "masks"])("corpus/%s", (name) => {
  const folder = new URL(`../${name}/`, import.meta.url);
  for (const path of readdirSync(folder).filter((file) => file.endsWith(".yaml"))) {
    const { bundle, diagnostics } = parseBundle([{ path, text: readFileSync(new URL(path, folder), "utf8") }], CRYPTO);
    test(`${path} loads`, () => expect(diagnostics.filter((one) => one.severity === "error")).toEqual([]));
    const results = bundle === null ? [] : runTests(bundle, CRYPTO).results;
    test(`${path} has cases`, () => expect(results.length).toBeGreaterThan(10));
    test.each(results.map((result) => [result.name, result] as const))("%s", (_name, result) =>
      expect(result.failures).toEqual([]),
    );
  }
});
