import type { Command } from "commander";

/** Adds the options that every command that calls the gateway has. */
export function withAccess(command: Command): Command {
  return command
    .option("--json", "print JSON")
    .option("--url <url>", "the gateway's admin address")
    .option("--token <token>", "a person's Sluice token")
    .option("--user <name>", "in the demo: act as this person");
}
