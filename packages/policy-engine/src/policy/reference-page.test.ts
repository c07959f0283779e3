/** The reference page says what the engine does: its examples load and pass, and its tables are complete. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { Crypto } from "../crypto.ts";
import { runTests } from "../explain/run-tests.ts";
import { ACTIONS, COVERING_ACTIONS } from "../facts.ts";
import { DETECTOR_NAMES } from "../mask/detectors.ts";
import { parseBundle } from "./bundle.ts";
import { FACTORS } from "./factors.ts";

const CRYPTO: Crypto = { sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex") };
const page = readFileSync(new URL("../../../../docs/reference/policy-language.md", import.meta.url), "utf8");
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = ""]) => text);

test("every example loads, and the tests among them pass", () => {
  const files = examples.map((text, i) => ({
    path: text.includes("kind: Catalog") ? "catalog.yaml" : `${i}.yaml`,
    text,
  }));
  const { bundle, diagnostics } = parseBundle(files, CRYPTO);
  expect(diagnostics).toEqual([]);
  const report = bundle === null ? null : runTests(bundle, CRYPTO);
  expect(report?.results.map((result) => result.failures)).toEqual([[], []]);
});

test("every action and every detector is named", () => {
  for (const word of [...ACTIONS, ...Object.keys(COVERING_ACTIONS), ...DETECTOR_NAMES])
    expect(page).toContain(`\`${word}\``);
});

test("every fact of conditions is named", () => {
  for (const name of FACTORS.keys()) {
    const [root = "", field] = name.split(".");
    expect(page.includes(`\`${name}\``) || (page.includes(`\`${root}.`) && page.includes(`\`.${field ?? ""}\``))).toBe(
      true,
    );
  }
});
