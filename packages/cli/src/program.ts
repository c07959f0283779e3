/** The tree of commands. Each file of `commands/` adds one branch. */
import { Command } from "commander";
import { addApply } from "./commands/apply.ts";
import { addApprovals } from "./commands/approvals.ts";
import { addDemo } from "./commands/demo.ts";
import { addPolicy } from "./commands/policy.ts";
import { addSessions } from "./commands/sessions.ts";
import { addTokens } from "./commands/tokens.ts";
import { addVerify } from "./commands/verify.ts";

export function buildProgram(): Command {
  const program = new Command("sluice")
    .description("The gateway between AI coding agents and production data.")
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError("(add --help for what there is)")
    .addHelpText(
      "after",
      `
Every command takes --json. Exit codes: 0 done, 1 the answer is no, 2 wrong use, 3 refused, 4 the gateway can't be reached.
Where to: --url or SLUICE_API. As whom: --token or SLUICE_TOKEN. In the demo both are found; --user NAME acts as another person.`,
    );
  addApprovals(program);
  addSessions(program);
  addPolicy(program);
  addApply(program);
  addTokens(program);
  addVerify(program);
  addDemo(program);
  return program;
}
