/**
 * Runs the official prisma command with the schema engine of this package in place of the one that it would download.
 * It assumes the `prisma` development dependency; a production image runs the stock command instead.
 */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a finished prisma command left: its exit code and everything it printed. */
export interface PrismaOutcome {
  readonly exitCode: number;
  readonly output: string;
}

/** Where the prisma command works: the folder with `prisma.config.ts`. */
export const prismaFolder: string = join(import.meta.dirname, "..", "..");

/** A POSIX shell word: the wrapper below runs with an empty environment, so every path in it is absolute. */
function shellWord(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function prismaScript(): string {
  try {
    return createRequire(import.meta.url).resolve("prisma/build/index.js");
  } catch (cause) {
    throw new Error("The prisma command is not installed. Install the development dependencies of @sluice/db.", {
      cause,
    });
  }
}

/**
 * Runs `prisma ...args`. `show` hands the terminal to the command (for people); otherwise the output is returned.
 * The database url travels in DATABASE_URL, never on the command line, where other users could read it.
 */
export async function runPrisma(
  args: readonly string[],
  options: { readonly url?: string; readonly show?: boolean } = {},
): Promise<PrismaOutcome> {
  const script = prismaScript();
  const folder = await mkdtemp(join(tmpdir(), "sluice-prisma-"));
  try {
    const engine = join(folder, "schema-engine");
    const program = [process.execPath, "--no-warnings", join(import.meta.dirname, "schema-engine.ts")];
    await writeFile(engine, `#!/bin/sh\nexec ${program.map(shellWord).join(" ")} "$@"\n`);
    await chmod(engine, 0o700);
    // biome-ignore lint/style/noProcessEnv: handed on whole to a command of another maker, and read by none of ours.
    const inherited = process.env;
    const env = {
      ...inherited,
      ...(options.url === undefined ? {} : { DATABASE_URL: options.url }),
      CHECKPOINT_DISABLE: "1",
      PRISMA_HIDE_UPDATE_MESSAGE: "1",
      PRISMA_SCHEMA_ENGINE_BINARY: engine,
    };
    return await runToEnd([script, ...args], env, options.show === true);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function runToEnd(args: readonly string[], env: NodeJS.ProcessEnv, show: boolean): Promise<PrismaOutcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: prismaFolder,
      env,
      stdio: show ? "inherit" : ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer) => {
      output += chunk.toString("utf8");
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => resolve({ exitCode: code ?? 1, output }));
  });
}
