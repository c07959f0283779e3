/**
 * One step of `npm test`: a command whose output is shown as it comes, and whose lines `skipped: …` are kept, so that
 * the end of a run can say what this machine could not test.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

export const root: string = join(import.meta.dirname, "..", "..");

/** A step: its name, what it makes sure of, and the commands that do, each in a folder of the repository. */
export interface Step {
  readonly name: string;
  readonly what: string;
  readonly commands: readonly Command[];
}

export interface Command {
  readonly folder: string;
  readonly words: readonly string[];
}

/** How a step ended. */
export interface StepOutcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What could not be tested here, and why: an error where everything must be. */
  readonly skipped: readonly string[];
  /** Tests that want something optional, like a folder of further cases. */
  readonly optional: readonly string[];
}

const SKIPPED = /(?:^|[\s:])(skipped: .+)$/;
/** vitest's own count, behind turbo's name of the package. */
const SKIPPED_TESTS = /^(?:(\S+):test:)?\s*Tests\s.*?(\d+) skipped/;

/** Runs a command to its end; resolves with its exit code. */
function run({ folder, words }: Command, onLine: (line: string) => void): Promise<number> {
  const [program = "", ...rest] = words;
  const colours = process.stdout.isTTY ? { FORCE_COLOR: "1" } : {};
  return new Promise((resolve, reject) => {
    const child = spawn(program, rest, {
      cwd: join(root, folder),
      env: { ...process.env, ...colours },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let unfinished = "";
    const pass = (stream: NodeJS.WriteStream) => (chunk: Buffer) => {
      stream.write(chunk);
      const lines = (unfinished + chunk.toString("utf8")).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) onLine(stripVTControlCharacters(line).trim());
    };
    child.stdout.on("data", pass(process.stdout));
    child.stderr.on("data", pass(process.stderr));
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

/** Runs all commands of a step, also after one failed: a failing test should not hide the next. */
export async function runStep(step: Step): Promise<StepOutcome> {
  const startedAt = performance.now();
  const skipped = new Set<string>();
  const optional: string[] = [];
  let ok = true;
  for (const command of step.commands) {
    const code = await run(command, (line) => {
      const [, what] = SKIPPED.exec(line) ?? [];
      if (what !== undefined) skipped.add(what);
      const [, workspace, count] = SKIPPED_TESTS.exec(line) ?? [];
      if (count !== undefined) optional.push(`${count} optional tests not run in ${workspace ?? command.folder}`);
    });
    if (code !== 0) ok = false;
  }
  return { name: step.name, ok, seconds: (performance.now() - startedAt) / 1000, skipped: [...skipped], optional };
}
