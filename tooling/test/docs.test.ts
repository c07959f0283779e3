/** Guarantee: what README, ARCHITECTURE and docs/ link to, and every file that they name, is there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const pages = [
  "README.md",
  "ARCHITECTURE.md",
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md"))
    .map((path) => join("docs", path)),
];

/** Where a name without its whole path may lie, as ARCHITECTURE.md says. */
const PLACES = [
  "",
  "apps/gateway",
  "apps/gateway/src",
  "apps/gateway/test",
  "apps/gateway/src/journal",
  "packages/policy-engine/src",
  "packages/evidence/src",
];

const read = (page: string): string => readFileSync(join(root, page), "utf8");

/** File names in code spans of the page that end as source files do; patterns with * are not names. */
function namedFiles(markdown: string): readonly string[] {
  const spans = [...markdown.matchAll(/`([\w./-]+\.(?:ts|mjs|prisma|json))`/g)].map((match) => match[1] ?? "");
  return [...new Set(spans)];
}

function headings(markdown: string): readonly string[] {
  const found = [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) => match[1] ?? "");
  return found.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe.each(pages)("%s", (page) => {
  test("links only to what is there", () => {
    const targets = [...read(page).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map((match) => match[1] ?? "");
    for (const target of targets) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : join(dirname(page), path);
      expect(existsSync(join(root, file)), `${page} → ${target}`).toBe(true);
      if (anchor !== undefined) expect(headings(read(file)), `${page} → ${target}`).toContain(anchor);
    }
  });
});

test("ARCHITECTURE.md names only files that are there", () => {
  const missing = namedFiles(read("ARCHITECTURE.md")).filter((name) => {
    if (name === "demo.json") return false;
    return !PLACES.some((place) => existsSync(join(root, place, name)));
  });
  expect(missing).toEqual([]);
});

test("README.md quotes rules that the demo's policy has", () => {
  const folder = join(root, "demo", "config");
  const policy = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  const ids = [...read("README.md").matchAll(/^ {2}- id: (\S+)$/gm)].map((match) => match[1] ?? "");
  expect(ids.length).toBeGreaterThan(0);
  for (const id of ids)
    expect(
      policy.some((text) => text.includes(`- id: ${id}\n`)),
      id,
    ).toBe(true);
});
