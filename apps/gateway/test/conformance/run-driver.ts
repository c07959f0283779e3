/**
 * Runs a driver script as a process of its own and reads what it printed: one report per step.
 *
 * The script gets the scenario on its standard input; its environment has no proxy, so that nothing stands
 * between the driver and the server under test.
 */

import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type { DriverName, Step } from "./scenario.ts";

const SCRIPTS = join(dirname(fileURLToPath(import.meta.url)), "drivers");

export interface Driver {
  readonly name: DriverName;
  /** The interpreter: of the virtual environment for Python. */
  readonly program: string;
}

/** Where a driver connects, and as whom. Only plain HTTP is tested here. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly account: string;
  readonly warehouse: string;
  readonly user: string;
  readonly password: string;
  /** A programmatic access token, and a token for `authenticator=oauth`. */
  readonly pat: string;
  readonly oauth: string;
}

export interface StepReport {
  readonly step: string;
  readonly ok: boolean;
  readonly ms: number;
  readonly rows?: number;
  readonly rowcount?: number | null;
  readonly error?: {
    readonly class: string;
    readonly code: string | null;
    readonly sqlState: string | null;
    readonly message: string;
  };
  readonly [key: string]: unknown;
}

const LIMIT_SECONDS = 120;

/** The reports of all steps, in order. Rejects when the script ends early, with the end of what it said. */
export async function runDriver(
  driver: Driver,
  target: Target,
  steps: readonly Step[],
): Promise<readonly StepReport[]> {
  const mine = steps.filter((step) => step.without?.[driver.name] === undefined);
  const script = join(SCRIPTS, driver.name === "node" ? "node-driver.ts" : "python-driver.py");
  const child = spawn(driver.program, [script], {
    env: environment(),
    stdio: ["pipe", "pipe", "pipe"],
    timeout: LIMIT_SECONDS * 1_000,
  });
  child.stdin.end(
    JSON.stringify({ connect: settingsOf(driver.name, target), steps: mine, limitSeconds: LIMIT_SECONDS }),
  );
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const reports = out
    .split("\n")
    .filter((line) => line.startsWith('{"step"'))
    .map((line) => JSON.parse(line) as StepReport);
  if (reports.length !== mine.length) {
    throw new Error(`${driver.name} ended before "${mine[reports.length]?.step}": ${error.slice(-2_000)}`);
  }
  return reports;
}

function environment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    NO_PROXY: "*",
    no_proxy: "*",
    NODE_NO_WARNINGS: "1",
  };
}

/** Connection settings in the names of each driver. */
function settingsOf(name: DriverName, target: Target): Record<string, unknown> {
  const { host, port, account, warehouse, user, password, pat, oauth } = target;
  const context = { account, warehouse, database: "PROD", schema: "ANALYTICS" };
  if (name !== "node") {
    return {
      base: { ...context, host, port, protocol: "http" },
      password: { user, password },
      pat: { user, authenticator: "PROGRAMMATIC_ACCESS_TOKEN", token: pat },
      oauth: { user, authenticator: "oauth", token: oauth },
    };
  }
  return {
    base: { ...context, accessUrl: `http://${host}:${port}` },
    password: { username: user, password },
    pat: { username: user, authenticator: "PROGRAMMATIC_ACCESS_TOKEN", token: pat },
    oauth: { username: user, authenticator: "OAUTH", token: oauth },
  };
}
