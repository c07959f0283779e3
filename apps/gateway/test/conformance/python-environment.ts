/**
 * Python virtual environments for drivers of pinned versions.
 *
 * Each is made once under `.venvs/` at the top of the repository, with `python3 -m venv` and pip, and reused
 * while its stamp says the same requirements. Where Python or the packages can't be had the answer says why,
 * and the caller skips with a line.
 */

import { execFile } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

const VENVS = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "..", ".venvs");

export interface PythonEnvironment {
  readonly name: string;
  readonly requirements: readonly string[];
}

export type Made = { readonly folder: string } | { readonly missing: string };

/** Makes the environment, or finds it made: `folder/bin` holds its programs. */
export async function pythonEnvironment({ name, requirements }: PythonEnvironment): Promise<Made> {
  const folder = join(VENVS, name);
  const stamp = join(folder, "requirements.stamp");
  const wanted = requirements.join("\n");
  if ((await readFile(stamp, "utf8").catch(() => null)) === wanted) return { folder };
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(VENVS, { recursive: true });
    await run("python3", ["-m", "venv", folder], { timeout: 120_000 });
    await run(join(folder, "bin", "pip"), ["install", "--quiet", ...requirements], { timeout: 300_000 });
    await writeFile(stamp, wanted);
    return { folder };
  } catch (error) {
    return { missing: firstLine(error) };
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}
