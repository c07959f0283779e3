/** `sluice verify`: checks a journal folder without trusting whoever keeps it. */
import type { Command } from "commander";
import { printJson } from "../output.ts";
import { printReport, verifyFolder } from "../verify.ts";

export function addVerify(program: Command): void {
  program
    .command("verify")
    .argument("[path]", "a journal folder", ".sluice/journal")
    .option("--json", "print JSON")
    .description("check that nothing in the record was changed, removed or reordered")
    .action(async (path: string, options: { json?: boolean }) => {
      const report = await verifyFolder(path);
      if (options.json === true) printJson(report);
      else printReport(report);
      process.exitCode = report.exitCode;
    });
}
