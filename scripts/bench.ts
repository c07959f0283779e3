/** `npm run bench`: the benchmarks, as bench/src/main.ts runs and prints them. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const script = join(import.meta.dirname, "..", "bench", "src", "main.ts");
const { status } = spawnSync(process.execPath, [script, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(status ?? 1);
