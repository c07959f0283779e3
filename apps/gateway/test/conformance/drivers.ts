/** The drivers of the conformance runs, with their pinned versions, and how each is made ready on this machine. */

import { pythonEnvironment } from "./python-environment.ts";
import type { Driver } from "./run-driver.ts";
import type { DriverName } from "./scenario.ts";

/** Node's version is pinned by this package's own dependencies. */
export const DRIVERS: readonly {
  readonly name: DriverName;
  readonly label: string;
  readonly requirements: readonly string[];
}[] = [
  { name: "node", label: "snowflake-sdk for Node", requirements: [] },
  {
    name: "python-5",
    label: "Python connector 5.2.0",
    requirements: ["snowflake-connector-python==5.2.0", "pyarrow==26.0.1"],
  },
  {
    name: "python-4",
    label: "Python connector 4.8.1",
    requirements: ["snowflake-connector-python==4.8.1", "pyarrow==26.0.1"],
  },
];

/** The driver ready to run, or why it can't be had; then a line is printed, and with SLUICE_TEST_ALL=1 it throws. */
export async function readyDriver(name: DriverName): Promise<Driver | { readonly missing: string }> {
  const { label, requirements } = DRIVERS.find((driver) => driver.name === name) ?? { label: name, requirements: [] };
  if (name === "node") return { name, program: process.execPath };
  const made = await pythonEnvironment({ name: `conformance-${name}`, requirements });
  return "missing" in made ? noted(label, made) : { name, program: `${made.folder}/bin/python` };
}

/** Says that something is skipped; where everything must be tested that is an error. */
export function noted(label: string, made: { readonly missing: string }): { readonly missing: string } {
  if (process.env["SLUICE_TEST_ALL"] === "1") throw new Error(`${label} can't be had: ${made.missing}`);
  console.info(`skipped: ${label} can't be had here (${made.missing})`);
  return made;
}
