/** Finds a running demo: `.sluice/demo.json` in this folder or one above. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { type DemoFile, demoFile } from "@sluice/contracts";

export function findDemo(from: string = process.cwd()): DemoFile | null {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    const path = join(folder, ".sluice", "demo.json");
    if (existsSync(path)) {
      const parsed = demoFile.safeParse(JSON.parse(readFileSync(path, "utf8")));
      return parsed.success ? parsed.data : null;
    }
    if (dirname(folder) === folder) return null;
  }
}

/** The environment, with what demo/config asks for as the running demo has it: its ports may have been moved. */
export function demoVariables(): Readonly<Record<string, string | undefined>> {
  const warehouse = findDemo()?.warehouse;
  if (warehouse === undefined) return process.env;
  return { SLUICE_WAREHOUSE_URL: `${warehouse.protocol}://${warehouse.host}:${warehouse.port}`, ...process.env };
}
