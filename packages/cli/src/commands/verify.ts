/** `sluice verify`: checks a journal folder without trusting whoever keeps it. */
import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { printJson } from "../output.ts";
import { printReport, verifyFolder } from "../verify.ts";

export function addVerify(program: Command): void {
  program
    .command("verify")
    .argument("[path]", "a journal folder", ".sluice/journal")
    .option("--key <key...>", "verifier key got elsewhere than from the folder")
    .option("--checkpoint <file...>", "signed checkpoint kept elsewhere: what it covers must be there")
    .option("--json", "print JSON")
    .description("check that nothing in the record was changed, removed or reordered")
    .action(async (path: string, options: { json?: boolean; key?: string[]; checkpoint?: string[] }) => {
      const checkpoints = await Promise.all((options.checkpoint ?? []).map((file) => readFile(file, "utf8")));
      const report = await verifyFolder(path, { keys: options.key ?? [], checkpoints });
      if (options.json === true) printJson(report);
      else printReport(report);
      process.exitCode = report.exitCode;
    });
}
