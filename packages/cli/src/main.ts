/** The `sluice` command: reads its arguments, runs one command, and says by its exit code what came of it. */
import { CommanderError } from "commander";
import { ExitCode, fail, Refusal } from "./exit.ts";
import { buildProgram } from "./program.ts";

async function main(): Promise<void> {
  try {
    await buildProgram().parseAsync(process.argv);
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : ExitCode.usage;
    else if (error instanceof Refusal) fail(error, process.argv.includes("--json"));
    else
      fail(
        new Refusal(ExitCode.failed, "CLI_FAILED", error instanceof Error ? error.message : String(error)),
        process.argv.includes("--json"),
      );
  }
}

// A reader that went away (`sluice … | head`) is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});
await main();
