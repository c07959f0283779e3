/**
 * How a run through the gateway may differ from a direct one: the list of reasons, which may only shrink.
 *
 * An entry names a step and the part of its report that differs. A test fails when a report differs anywhere
 * else, and also when a listed part is the same after all: then the entry must go.
 */

import type { StepReport } from "./run-driver.ts";
import type { DriverName } from "./scenario.ts";

export interface Difference {
  readonly drivers: readonly DriverName[];
  readonly step: string;
  readonly part: "error.message" | "error.class" | "error.code" | "error.sqlState" | "columns" | "first" | "digest";
  readonly because: string;
}

export const DIFFERENCES: readonly Difference[] = [
  {
    drivers: ["node"],
    step: "wrong password",
    part: "error.sqlState",
    because: "the gateway says 28000 of a refused login, the warehouse says nothing; Python fills it in itself",
  },
];

/** The differences that are known for a driver's step. */
export function differencesOf(driver: DriverName, step: string): readonly Difference[] {
  return DIFFERENCES.filter((difference) => difference.step === step && difference.drivers.includes(driver));
}

/** The value of a part of a report. */
export function partOf(report: StepReport, part: Difference["part"]): unknown {
  const [first, second] = part.split(".");
  const outer = report[first ?? ""];
  if (second === undefined) return outer;
  return typeof outer === "object" && outer !== null ? Reflect.get(outer, second) : undefined;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const ADDRESS = /127\.0\.0\.1(?::\d+)?/g;

/** A report without what differs from run to run (times, ids, ports) and without the given parts. */
export function comparable(report: StepReport, without: readonly Difference[]): unknown {
  const plain = JSON.stringify({ ...report, ms: 0 })
    .replaceAll(UUID, "<id>")
    .replaceAll(ADDRESS, "<address>");
  const copy = JSON.parse(plain) as Record<string, Record<string, unknown>>;
  for (const { part } of without) {
    const [first, second] = part.split(".");
    if (first === undefined) continue;
    if (second === undefined) delete copy[first];
    else delete copy[first]?.[second];
  }
  return copy;
}
