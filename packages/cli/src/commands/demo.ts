/** `sluice demo reset`: the sample data as it was, while everything runs. */
import type { Command } from "commander";
import { findDemo } from "../demo-file.ts";
import { ExitCode, Refusal } from "../exit.ts";
import { printJson, printLine } from "../output.ts";

export function addDemo(program: Command): void {
  const demo = program.command("demo").description("the running demo");
  demo
    .command("reset")
    .description("put the sample data back")
    .option("--json", "print JSON")
    .action(async (options: { json?: boolean }) => {
      const found = findDemo();
      if (found === null)
        throw new Refusal(
          ExitCode.unreachable,
          "CLI_NO_DEMO",
          "No demo runs in this folder.",
          "Start it with `npm start`.",
        );
      const { protocol, host, port, adminToken } = found.warehouse;
      const answer = await fetch(`${protocol}://${host}:${port}/__demo/reset`, {
        method: "POST",
        headers: { "x-sluice-demo": adminToken },
      }).catch(() => null);
      if (answer?.ok !== true)
        throw new Refusal(ExitCode.unreachable, "CLI_NO_WAREHOUSE", "The demo warehouse does not answer.");
      if (options.json === true) return printJson({ reset: true });
      printLine("The sample data is as it was.");
    });
}
