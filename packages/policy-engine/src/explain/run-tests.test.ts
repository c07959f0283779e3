/** PolicyTest documents run through the real analyser, and fail when they should. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Crypto } from "../crypto.ts";
import { type BundleFile, parseBundle } from "../policy/bundle.ts";
import { policyText } from "../testing/example-facts.ts";
import { runTests } from "./run-tests.ts";

const CRYPTO: Crypto = { sha256Hex: (text) => createHash("sha256").update(text, "utf8").digest("hex") };
const CATALOG = `apiVersion: sluice/v1
kind: Catalog
defaultDatabase: PROD
defaultSchema: ANALYTICS
tables:
  - { name: PROD.ANALYTICS.CUSTOMERS, columns: [{ name: ID, type: NUMBER }, { name: EMAIL, type: VARCHAR, tags: [pii] }] }
`;
const POLICY = policyText(`define:
  windows: { business-hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00", zone: Europe/Madrid } }
  masks: { pseudonym: { method: hmac, keepJoin: true } }
grants:
  - { id: agents-read-analytics, who: { groups: [agents] }, may: [read], on: [snowflake:PROD.ANALYTICS.*], during: business-hours }
guardrails:
  - { id: mask-pii, who: { groups: [agents] }, columns: { tagged: [pii] }, mask: pseudonym }
`);

function run(cases: string) {
  const text = `apiVersion: sluice/v1
kind: PolicyTest
catalog: catalog.yaml
people:
  devin: { kind: agent, id: devin-1, groups: [agents], delegator: ana@acme.com }
cases:
${cases}`;
  const { bundle, diagnostics } = parseBundle(
    [
      { path: "dir/policy.yaml", text: POLICY },
      { path: "dir/catalog.yaml", text: CATALOG },
      { path: "dir/test.yaml", text },
    ],
    CRYPTO,
  );
  if (bundle === null) throw new Error(diagnostics.map((one) => `${one.path}:${one.line} ${one.message}`).join("\n"));
  return runTests(bundle, CRYPTO);
}

const MASKED = `  - name: reads come back masked
    as: devin
    at: 2026-11-20T10:00:00Z
    sql: select id, email from analytics.customers limit 10
    expect: { decision: allow, masks: { EMAIL: pseudonym }, because: [agents-read-analytics, mask-pii] }
`;

describe("runTests", () => {
  test("what holds passes", () =>
    expect(
      run(`${MASKED}  - name: not at night
    as: devin
    at: 2026-11-20T22:00:00Z
    sql: select id from analytics.customers
    expect: { decision: deny, near: [agents-read-analytics] }
`),
    ).toMatchObject({ ok: true, passed: 2, failed: 0 }));

  test.each([
    ["another effect", "decision: allow", "decision: hold", "decision:"],
    ["another mask", "EMAIL: pseudonym", "EMAIL: redact", "masks:"],
    ["a mask that isn't there", "EMAIL: pseudonym", "EMAIL: pseudonym, ID: redact", "masks:"],
    ["a mask that isn't expected", "{ EMAIL: pseudonym }", "{}", "masks:"],
    ["another reason", "mask-pii]", "mask-pie]", "because:"],
    ["another sentence", "decision: allow", "sentence: Refused", "sentence:"],
    ["a hold by somebody", "decision: allow", "from: [data-stewards]", "from:"],
    ["a scan that isn't", "decision: allow", "scans: { ID: mask-pii }", "scans:"],
    ["an understanding", "decision: allow", "complete: false", "complete:"],
  ])("%s fails", (_what, from, to, says) => {
    const report = run(MASKED.replace(from, to));
    expect([report.ok, report.failed]).toEqual([false, 1]);
    expect(report.results[0]?.failures.join("\n")).toContain(says);
    expect(report.results[0]).toMatchObject({ path: "dir/test.yaml", line: 7, name: "reads come back masked" });
  });
  test("a catalog that isn't there fails every case", () => {
    const { bundle } = parseBundle(
      [
        { path: "policy.yaml", text: POLICY },
        {
          path: "t.yaml",
          text: `apiVersion: sluice/v1\nkind: PolicyTest\ncatalog: nowhere.yaml\npeople: { d: { kind: agent, id: d } }\ncases:\n  - { name: x, as: d, sql: select 1, expect: {} }\n`,
        },
      ],
      CRYPTO,
    );
    expect(bundle === null ? null : runTests(bundle, CRYPTO).failed).toBe(1);
  });
});

describe("the shipped bundles", () => {
  const folder = new URL("../../../../demo/config/", import.meta.url);
  const files: readonly BundleFile[] = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .map((path) => ({ path, text: readFileSync(new URL(path, folder), "utf8") }));
  const { bundle, diagnostics } = parseBundle(files, CRYPTO);
  test("load without a warning", () => expect(diagnostics).toEqual([]));
  const report = bundle === null ? null : runTests(bundle, CRYPTO);
  test("have tests for baseline and demo", () =>
    expect(new Set(report?.results.map((result) => result.path))).toEqual(
      new Set(["baseline.test.yaml", "demo.test.yaml"]),
    ));
  test.each((report?.results ?? []).map((result) => [`${result.path}: ${result.name}`, result] as const))(
    "%s",
    (_name, result) => expect(result.failures).toEqual([]),
  );
});
