/**
 * The data folder of an embedded PostgreSQL: made whole or not at all (initdb works in a folder beside it, which is
 * renamed when complete), and checked before use. The password of its one user lies in it, mode 600.
 */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { giveTo, type Programs } from "./programs.ts";

/** The one user of an embedded cluster. */
export const CLUSTER_USER = "sluice";
const MAJOR = "18";
const PASSWORD_FILE = "sluice-password";

async function textOf(path: string): Promise<string | null> {
  return await readFile(path, "utf8").then(
    (text) => text.trim(),
    (cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" || cause.code === "ENOTDIR") return null;
      throw cause;
    },
  );
}

/** The password of an existing cluster, or null when there is none yet. Throws for one that can't be used. */
export async function clusterPassword(dataDir: string): Promise<string | null> {
  const version = await textOf(join(dataDir, "PG_VERSION"));
  if (version === null) return null;
  if (version !== MAJOR) {
    throw new Error(
      `The database in ${dataDir} was made by PostgreSQL ${version}, and this is ${MAJOR}. Start with --reset to begin anew.`,
    );
  }
  const password = await textOf(join(dataDir, PASSWORD_FILE));
  if (password === null) {
    throw new Error(`${dataDir} holds a PostgreSQL database that Sluice did not make. Name another folder.`);
  }
  return password;
}

/** Makes a cluster in `dataDir` and returns its password. It appears there whole, or not at all. */
export async function makeCluster(programs: Programs, dataDir: string): Promise<string> {
  const parent = dirname(dataDir);
  await mkdir(parent, { recursive: true });
  const work = await mkdtemp(join(parent, `.${basename(dataDir)}-`));
  try {
    const password = randomBytes(24).toString("base64url");
    const made = join(work, "data");
    const passwordFile = join(work, "password");
    await mkdir(made, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveTo(programs, work);
    await initdb(programs, made, passwordFile);
    await writeFile(join(made, PASSWORD_FILE), password, { mode: 0o600 });
    await rename(made, dataDir);
    return password;
  } catch (cause) {
    // rename replaces an empty folder and refuses any other: what somebody keeps there is not ours to delete.
    if (cause instanceof Error && "code" in cause && cause.code === "ENOTEMPTY") {
      throw new Error(`${dataDir} is not empty and holds no PostgreSQL database. Empty it, or name another folder.`);
    }
    throw cause;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function initdb(programs: Programs, folder: string, passwordFile: string): Promise<void> {
  const args = [
    `--pgdata=${folder}`,
    `--username=${CLUSTER_USER}`,
    `--pwfile=${passwordFile}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
  ];
  const { code, output } = await runProgram(programs, "initdb", args);
  if (code !== 0) throw new Error(`PostgreSQL's initdb failed in ${folder}: ${lastLines(output)}`);
}

function runProgram(programs: Programs, name: string, args: readonly string[]) {
  return new Promise<{ code: number; output: string }>((resolve, reject) => {
    const { command, words } = commandOf(programs, name, args);
    const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, output }));
  });
}

/** The command line of one of PostgreSQL's programs. */
export function commandOf(programs: Programs, name: string, args: readonly string[]) {
  const [command = "", ...words] = [...programs.prefix, join(programs.bin, name), ...args];
  return { command, words };
}

/** The last lines of a program's output, for an error sentence. */
export function lastLines(output: string): string {
  return output.trim().split("\n").slice(-4).join(" · ") || "it printed nothing";
}
