/** The steps of `npm test`, in the order in which a mistake is cheapest to find. */
import type { Step } from "./step.ts";

const turbo = (...words: readonly string[]): readonly string[] => [
  "turbo",
  "run",
  ...words,
  "--continue=always",
  "--concurrency=2",
  "--output-logs=full",
];

// Tests wait for each other on a small machine: a limit is there to end what hangs, not to measure speed.
const PATIENT = ["--", "--testTimeout=60000", "--hookTimeout=120000"];

/** `force` runs what the cache would answer. */
export function makeSteps(force: boolean): readonly Step[] {
  const cache = force ? ["--force"] : [];
  return [
    {
      name: "lint",
      what: "format, lint and import rules",
      commands: [{ folder: ".", words: ["biome", "check", "--max-diagnostics=50"] }],
    },
    {
      name: "types",
      what: "types, with the pure packages free of Node and the DOM",
      commands: [
        { folder: ".", words: [...turbo("typecheck"), ...cache] },
        { folder: ".", words: ["tsc", "-p", "tsconfig.json"] },
      ],
    },
    {
      name: "unit",
      what: "unit, property and corpus tests of every package",
      commands: [
        { folder: ".", words: [...turbo("test", "--filter=!@sluice/gateway"), ...cache, ...PATIENT] },
        { folder: "tooling", words: ["vitest", "run"] },
      ],
    },
    {
      name: "gateway",
      what: "the gateway with real drivers, a real PostgreSQL and the demo warehouse",
      commands: [{ folder: "apps/gateway", words: ["vitest", "run"] }],
    },
    {
      name: "start",
      what: "npm start, as a newcomer meets it",
      commands: [{ folder: "scripts", words: ["vitest", "run"] }],
    },
  ];
}
