/**
 * Dependencies are few, known and reproducible: each direct one is pinned exactly, has a licence that we may ship with,
 * and stands in docs/dependencies.md with its reason; and nothing in the repository ties it to one package registry.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

interface Manifest {
  readonly name?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly devEngines?: unknown;
}

const readManifest = (path: string): Manifest => JSON.parse(readFileSync(path, "utf8"));

interface Direct {
  readonly name: string;
  readonly version: string;
  readonly workspace: string;
  readonly folder: string;
}

const manifestPaths = [
  "package.json",
  ...globSync("{packages,apps,demo}/*/package.json", { cwd: root }),
  "bench/package.json",
];

const direct: readonly Direct[] = manifestPaths.flatMap((path) => {
  const manifest = readManifest(join(root, path));
  const all = {
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.peerDependencies,
  };
  const workspace = path === "package.json" ? "root" : (manifest.name ?? "").replace("@sluice/", "");
  return Object.entries(all)
    .filter(([, version]) => !version.startsWith("workspace:"))
    .map(([name, version]) => ({ name, version, workspace, folder: join(root, dirname(path)) }));
});

/** The rows of the page: package, licence, users. */
const listed = new Map(
  [
    ...readFileSync(join(root, "docs/dependencies.md"), "utf8").matchAll(
      /^\| `([^`]+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm,
    ),
  ].map(([, name = "", licence = "", users = "", reason = ""]) => [name, { licence, users, reason }] as const),
);

const LICENCES = ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT OR Apache-2.0"];

describe("docs/dependencies.md", () => {
  test("lists every direct dependency and nothing else", () => {
    expect([...listed.keys()].sort()).toEqual([...new Set(direct.map(({ name }) => name))].sort());
  });

  test("names who uses each", () => {
    for (const [name, { users }] of listed) {
      const actual = new Set(direct.filter((one) => one.name === name).map(({ workspace }) => workspace));
      if (users === "all") expect(actual.size, name).toBeGreaterThan(5);
      else expect(users.split(", ").sort(), name).toEqual([...actual].sort());
    }
  });

  test("gives each a reason and the licence that the package itself declares, one of those we ship with", () => {
    for (const [name, { licence, reason }] of listed) {
      expect(LICENCES, name).toContain(licence);
      expect(reason.length, name).toBeGreaterThan(5);
      const home = direct.find((one) => one.name === name);
      const manifest = join(home?.folder ?? "", "node_modules", name, "package.json");
      // A package for another platform is not installed here.
      if (existsSync(manifest)) expect(readManifest(manifest).license, name).toBe(licence);
    }
  });
});

describe("package.json files", () => {
  test("pin each dependency to one exact version, the same everywhere", () => {
    const versions = new Map<string, string>();
    for (const { name, version, workspace } of direct) {
      expect(version, `${name} in ${workspace}`).toMatch(/^\d+\.\d+\.\d+(?:-[\w.-]+)?$/);
      expect(versions.get(name) ?? version, `${name} in ${workspace}`).toBe(version);
      versions.set(name, version);
    }
  });

  test("never use devEngines, which makes npm refuse to run anything here", () => {
    for (const path of manifestPaths) expect(readManifest(join(root, path)).devEngines, path).toBeUndefined();
  });
});

describe("the repository", () => {
  const { status, stdout } = spawnSync("git", ["ls-files", "-co", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = status === 0 ? stdout.split("\n").filter((path) => path !== "" && existsSync(join(root, path))) : [];
  if (status !== 0) console.info("skipped: committed files can't be listed here (no git repository)");

  test("has a lockfile without a single url", () => {
    expect(readFileSync(join(root, "pnpm-lock.yaml"), "utf8")).not.toMatch(/https?:\/\/|tarball:/);
  });

  test("names no package registry in any file, and carries no settings for one", () => {
    // Put together here, so that this file does not name them either.
    const hosts = [
      ["registry", "npmjs", "org"],
      ["registry", "yarnpkg", "com"],
      ["pypi", "org"],
      ["pythonhosted", "org"],
      ["proxy", "golang", "org"],
      ["index", "crates", "io"],
    ].map((parts) => parts.join("."));
    for (const path of files) {
      expect(path).not.toMatch(/(?:^|\/)\.(?:npmrc|yarnrc(?:\.yml)?|pypirc)$/);
      const text = readFileSync(join(root, path), "utf8");
      for (const host of hosts) expect(text.includes(host), `${path} names ${host}`).toBe(false);
    }
  });
});
