/**
 * `npm test`: every check that this machine can run, then one line for each and for whatever was skipped. The exit
 * code is 0 only when all of them passed. `npm test -- unit lint` runs some; `--force` ignores the cache.
 * With SLUICE_TEST_ALL=1, as in CI, nothing may be skipped.
 */
import { parseArgs } from "node:util";
import { runStep, type StepOutcome } from "./checks/step.ts";
import { makeSteps } from "./checks/steps.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { force: { type: "boolean", default: false } },
});
const steps = makeSteps(values.force);
const unknown = positionals.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(", ")}. Steps: ${steps.map(({ name }) => name).join(", ")}.`);
  process.exit(2);
}

const outcomes: StepOutcome[] = [];
for (const step of steps) {
  if (positionals.length > 0 && !positionals.includes(step.name)) continue;
  console.log(`\n── ${step.name}: ${step.what}`);
  outcomes.push(await runStep(step));
}

console.log("\n── result");
for (const { name, ok, seconds } of outcomes) {
  console.log(`  ${ok ? "✓" : "✗"} ${name.padEnd(8)} ${ok ? "passed" : "FAILED"} in ${seconds.toFixed(0)} s`);
}
const skipped = outcomes.flatMap((outcome) => outcome.skipped);
for (const line of [...skipped, ...outcomes.flatMap(({ optional }) => optional)]) console.log(`  · ${line}`);
const mustSkipNothing = process.env.SLUICE_TEST_ALL === "1";
if (mustSkipNothing && skipped.length > 0) console.log("  ✗ SLUICE_TEST_ALL=1: nothing may be skipped");
const ok = outcomes.every((outcome) => outcome.ok) && !(mustSkipNothing && skipped.length > 0);
process.exit(ok ? 0 : 1);
