/** `npm run check`: the checks that take seconds. */
import { runStep } from "./checks/step.ts";
import { makeSteps } from "./checks/steps.ts";

let ok = true;
for (const step of makeSteps(false).filter(({ name }) => name === "lint" || name === "types")) {
  ok = (await runStep(step)).ok && ok;
}
process.exit(ok ? 0 : 1);
