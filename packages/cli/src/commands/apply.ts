/** `sluice apply`: documents in a folder become what is in force. */
import type { ApplyAnswer, ConfigFile } from "@sluice/contracts";
import type { Command } from "commander";
import { withAccess } from "../access-options.ts";
import { type Access, call } from "../api-client.ts";
import { readConfigFiles, readSecrets } from "../config-files.ts";
import { demoVariables } from "../demo-file.ts";
import { ExitCode } from "../exit.ts";
import { dim, type OutputOptions, printJson, printLine } from "../output.ts";

export interface ApplyOptions extends Access, OutputOptions {
  readonly dryRun?: boolean;
  readonly note?: string;
  readonly secret?: readonly string[];
}

export function addApply(program: Command): void {
  withAccess(program.command("apply").description("apply connections, principals and policy from a folder"))
    .requiredOption("-f, --file <path>", "a folder of YAML documents, or one file")
    .option(
      "--secret <name=value>",
      "a connection's secret: NAME=@file or NAME=env:VARIABLE",
      (one: string, all: string[]) => [...all, one],
      [],
    )
    .option("--dry-run", "check and say what would change")
    .option("--note <text>", "kept with the version")
    .action(async (options: ApplyOptions & { file: string }) =>
      applyFiles(readConfigFiles(options.file, demoVariables()), options, "ana"),
    );
}

export async function applyFiles(files: readonly ConfigFile[], options: ApplyOptions, demoUser: string): Promise<void> {
  const answer = await call<ApplyAnswer>(options, demoUser, "POST", "/v1/apply", {
    files,
    secrets: readSecrets(options.secret ?? []),
    dryRun: options.dryRun === true,
    ...(options.note === undefined ? {} : { note: options.note }),
  });
  if (answer.diagnostics.some((one) => one.severity === "error")) process.exitCode = ExitCode.failed;
  if (options.json === true) return printJson(answer);
  for (const one of answer.diagnostics)
    printLine(`${one.path}:${one.line}:${one.column} ${one.severity} ${one.message}`);
  if (process.exitCode === ExitCode.failed) return printLine("Nothing was changed.");
  const verb = answer.applied ? "Applied" : "Would apply";
  if (answer.connections.length > 0) printLine(`${verb} connections: ${answer.connections.join(", ")}`);
  if (answer.principals.length > 0) printLine(`${verb} principals: ${answer.principals.join(", ")}`);
  if (answer.bundle !== null)
    printLine(
      `${verb} policy ${answer.bundle.digest.slice(0, 12)}${answer.bundle.changed ? "" : dim(" (already in force)")}`,
    );
}
