/**
 * The arrows between folders are errors, not conventions: for each of them a forbidden import is planted in a copy of
 * the layout, and Biome, under the repository's own configuration, must refuse it by the rule that is meant and let
 * the allowed neighbour pass.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

interface Row {
  /** The folder that the import is planted in. */
  readonly folder: string;
  readonly line: string;
  /** The rule that refuses it, or null when it is allowed. */
  readonly rule: string | null;
}

const RESTRICTED = "lint/style/noRestrictedImports";
const uses = (from: string) => `import { thing } from "${from}";\nexport const taken = [thing];\n`;
const usesType = (from: string) => `import type { Thing } from "${from}";\nexport type Taken = Thing;\n`;

const rows: readonly Row[] = [
  ...["policy-engine", "snowflake-wire", "evidence"].flatMap((name) => [
    { folder: `packages/${name}/src`, line: uses("@sluice/contracts"), rule: RESTRICTED },
    { folder: `packages/${name}/src/deep/er`, line: uses("node:fs"), rule: RESTRICTED },
    { folder: `packages/${name}/src`, line: uses("node:fs/promises"), rule: RESTRICTED },
    { folder: `packages/${name}/src`, line: uses("./neighbour.ts"), rule: null },
  ]),
  { folder: "packages/contracts/src", line: uses("@sluice/db"), rule: RESTRICTED },
  { folder: "packages/contracts/src", line: usesType("@sluice/policy-engine"), rule: null },
  { folder: "packages/db/src", line: uses("@sluice/policy-engine"), rule: RESTRICTED },
  { folder: "packages/cli/src", line: uses("@sluice/db"), rule: RESTRICTED },
  { folder: "demo/idp/src", line: uses("@sluice/contracts"), rule: RESTRICTED },
  { folder: "demo/warehouse/src", line: uses("@sluice/policy-engine"), rule: RESTRICTED },
  { folder: "apps/gateway/src/snowflake", line: uses("@sluice/demo-warehouse"), rule: RESTRICTED },
  { folder: "apps/gateway/src/snowflake", line: uses("@sluice/db/embedded"), rule: RESTRICTED },
  { folder: "apps/gateway/src/snowflake", line: uses("../credentials/sealing.ts"), rule: RESTRICTED },
  { folder: "apps/gateway/src/upstream", line: uses("../credentials/sealing.ts"), rule: RESTRICTED },
  { folder: "apps/gateway/src/gate", line: uses("../credentials/sealing.ts"), rule: RESTRICTED },
  { folder: "apps/gateway/src/credentials", line: uses("./sealing.ts"), rule: null },
  { folder: "apps/gateway/src/api", line: uses("pg"), rule: RESTRICTED },
  { folder: "apps/gateway/src/api", line: uses("undici"), rule: RESTRICTED },
  { folder: "apps/gateway/src/gate", line: uses("undici"), rule: RESTRICTED },
  { folder: "apps/gateway/src/gate", line: uses("node:http"), rule: RESTRICTED },
  { folder: "apps/gateway/src/gate", line: usesType("../store/pool.ts"), rule: RESTRICTED },
  { folder: "apps/gateway/src/gate", line: uses("../statement/step.ts"), rule: null },
  { folder: "apps/gateway/src/gate", line: usesType("../journal/port.ts"), rule: null },
  { folder: "apps/gateway/src/statement", line: uses("../gate/gate.ts"), rule: RESTRICTED },
  { folder: "apps/gateway/src/statement", line: uses("node:crypto"), rule: RESTRICTED },
  { folder: "apps/gateway/src/statement", line: uses("@sluice/policy-engine"), rule: "plugin" },
  { folder: "apps/gateway/src/statement", line: usesType("@sluice/policy-engine"), rule: null },
  { folder: "apps/gateway/src/statement", line: uses("./transition.ts"), rule: null },
  { folder: "apps/gateway/src/gate", line: "export const home = process.env.HOME;\n", rule: "lint/style/noProcessEnv" },
  {
    folder: "packages/policy-engine/src",
    line: "export const home = process.env.HOME;\n",
    rule: "lint/style/noProcessEnv",
  },
  { folder: "apps/gateway/src/config", line: "export const home = process.env.HOME;\n", rule: null },
  { folder: "apps/gateway/src/api", line: uses("left-pad"), rule: "lint/correctness/noUndeclaredDependencies" },
  {
    folder: "apps/gateway/src/api",
    line: "export const loose = (value: any) => value;\n",
    rule: "lint/suspicious/noExplicitAny",
  },
  {
    folder: "apps/gateway/src/api",
    line: "export const sure = (value?: string) => value!;\n",
    rule: "lint/style/noNonNullAssertion",
  },
];

let copy = "";
const found = new Map<string, Set<string>>();
const pathOf = (row: Row, index: number) => `${row.folder}/planted-${index}.ts`;

/** Biome's findings by file, from its report in GitHub's form: one line each with rule and path. */
function collect(report: string): void {
  for (const line of report.split("\n")) {
    const [, rule = "", file = ""] = /^::error title=([^,]+),file=([^,]+),/.exec(line) ?? [];
    const path = file.replace(`${copy}/`, "");
    found.set(path, (found.get(path) ?? new Set()).add(rule));
  }
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "sluice-lint-"));
  for (const name of ["biome.json", ".gitignore", "tooling/lint", "apps/gateway/package.json"]) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  for (const [index, row] of rows.entries()) {
    const path = join(copy, pathOf(row, index));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, row.line);
  }
  mkdirSync(join(copy, "demo", "ring"), { recursive: true });
  writeFileSync(join(copy, "demo/ring/a.ts"), 'import { b } from "./b.ts";\nexport const a = () => b;\n');
  writeFileSync(join(copy, "demo/ring/b.ts"), 'import { a } from "./a.ts";\nexport const b = () => a;\n');
  const args = ["lint", "--reporter=github", "--max-diagnostics=none"];
  const { stdout } = spawnSync(join(root, "node_modules/.bin/biome"), args, { cwd: copy, encoding: "utf8" });
  collect(stdout);
});

afterAll(() => rmSync(copy, { recursive: true, force: true }));

for (const [index, row] of rows.entries()) {
  const what = row.line.split("\n")[0];
  test(`${row.folder} ${row.rule === null ? "may have" : "must not have"} ${what}`, () => {
    const rules = [...(found.get(pathOf(row, index)) ?? [])].filter(
      (rule) => rule !== "lint/correctness/noUndeclaredDependencies" || rule === row.rule,
    );
    expect(rules).toEqual(row.rule === null ? [] : expect.arrayContaining([row.rule]));
  });
}

test("two files that import each other are refused", () => {
  expect([...(found.get("demo/ring/a.ts") ?? [])]).toContain("lint/suspicious/noImportCycles");
});
