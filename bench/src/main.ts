/**
 * `npm run bench`: every figure of the budgets in one run, as a table and as JSON in bench/results/. Ratios come from
 * the same run on the same machine; nothing here passes or fails. `--quick` takes fewer samples, `--only NAME` runs one
 * part, `--profile FOLDER` writes a CPU profile of the gateway there.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureDeciding } from "./deciding.ts";
import { measureLargeResults } from "./large-results.ts";
import { describeMachine, renderTable, type Section, writeResults } from "./report.ts";
import { measureSmallStatements, measureThroughput } from "./small-statements.ts";
import { type Stack, startStack } from "./stack.ts";

const RESULTS = join(import.meta.dirname, "..", "results");
const PARTS = ["deciding", "small", "throughput", "large"] as const;
type Part = (typeof PARTS)[number];

interface Choice {
  readonly isQuick: boolean;
  readonly parts: readonly Part[];
  readonly profileFolder: string | null;
}

function readChoice(): Choice {
  const { values } = parseArgs({
    options: { quick: { type: "boolean", default: false }, only: { type: "string" }, profile: { type: "string" } },
  });
  const parts = values.only === undefined ? PARTS : PARTS.filter((part) => part === values.only);
  if (parts.length === 0) throw new Error(`--only takes one of ${PARTS.join(", ")}.`);
  return { isQuick: values.quick, parts, profileFolder: values.profile ?? null };
}

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

async function measureWithStack(stack: Stack, { parts, isQuick }: Choice): Promise<readonly Section[]> {
  const sections: Section[] = [];
  if (parts.includes("small")) {
    say("  small statements …");
    sections.push(...(await measureSmallStatements(stack, isQuick ? 200 : 1500)));
  }
  if (parts.includes("throughput")) {
    say("  throughput …");
    sections.push(await measureThroughput(stack, { connections: 32, seconds: isQuick ? 2 : 6 }));
  }
  if (parts.includes("large")) {
    say("  large results …");
    sections.push(await measureLargeResults(stack, isQuick ? 1 : 3, !isQuick));
  }
  return sections;
}

async function main(): Promise<void> {
  const choice = readChoice();
  const machine = describeMachine();
  const sections: Section[] = [];
  if (choice.parts.includes("deciding")) {
    say("  analyse and decide …");
    sections.push(measureDeciding());
  }
  if (choice.parts.some((part) => part !== "deciding")) {
    say("  starting PostgreSQL, warehouse, proxies and gateways …");
    const stack = await startStack({ profileFolder: choice.profileFolder });
    for (const signal of ["SIGINT", "SIGTERM"] as const)
      process.once(signal, () => void stack.stop().then(() => process.exit(130)));
    sections.push(...(await measureWithStack(stack, choice).finally(() => stack.stop())));
  }
  process.stdout.write(`\n${renderTable(machine, sections)}`);
  say(`\nWritten to ${writeResults(RESULTS, machine, sections)}`);
}

await main();
