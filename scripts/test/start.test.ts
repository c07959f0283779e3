/**
 * `npm start` as a newcomer meets it: everything comes up, says where it is, and goes away without a trace; what was
 * killed is mended at the next start; what can't work is said in a sentence.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { demoFile } from "@sluice/contracts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const SCRIPT = join(import.meta.dirname, "..", "start.ts");
const READY = "Sluice is running.";
const VARIABLES = [
  "SLUICE_CONSOLE_PORT",
  "SLUICE_SNOWFLAKE_PORT",
  "SLUICE_ADMIN_PORT",
  "SLUICE_WAREHOUSE_PORT",
  "SLUICE_IDP_PORT",
  "SLUICE_POSTGRES_PORT",
] as const;

let folder = "";
let ports: Record<(typeof VARIABLES)[number], string>;
const launchers: Launcher[] = [];

/** Ports that were free a moment ago. */
async function freePorts(): Promise<typeof ports> {
  const servers: Server[] = [];
  const found: [string, string][] = [];
  for (const variable of VARIABLES) {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    found.push([variable, String(typeof address === "object" && address !== null ? address.port : 0)]);
    servers.push(server);
  }
  for (const server of servers) server.close();
  return Object.fromEntries(found) as typeof ports;
}

class Launcher {
  readonly child: ChildProcess;
  output = "";
  readonly exited: Promise<number | null>;

  constructor(...args: readonly string[]) {
    const { DATABASE_URL: _, ...env } = process.env;
    this.child = spawn(process.execPath, [SCRIPT, ...args], {
      env: { ...env, ...ports, SLUICE_STATE_DIR: join(folder, "state") },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (chunk: Buffer) => {
      this.output += chunk.toString("utf8");
    };
    this.child.stdout?.on("data", collect);
    this.child.stderr?.on("data", collect);
    this.exited = once(this.child, "close").then(([code]) => (typeof code === "number" ? code : null));
    launchers.push(this);
  }

  /** Resolves when everything is up; throws with what was printed when it ended instead. */
  async ready(): Promise<void> {
    const isUp = new Promise<void>((resolve) => {
      this.child.stdout?.on("data", () => {
        if (this.output.includes(READY)) resolve();
      });
    });
    const hasEnded = this.exited.then((code) => {
      throw new Error(`npm start ended with ${code}:\n${this.output}`);
    });
    await Promise.race([isUp, hasEnded]);
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return await this.exited;
  }
}

const statePath = (name: string) => join(folder, "state", name);

async function answers(port: string): Promise<boolean> {
  return await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(5_000) }).then(
    () => true,
    () => false,
  );
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-start-"));
  ports = await freePorts();
});

afterEach(async () => {
  for (const launcher of launchers.splice(0)) await launcher.end("SIGTERM");
  await rm(folder, { recursive: true, force: true });
});

describe("npm start", { timeout: 120_000 }, () => {
  test("brings everything up once, announces it for scripts alone, and goes away without a trace", async () => {
    const launcher = new Launcher();
    await launcher.ready();
    const file = statePath("demo.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const demo = demoFile.parse(JSON.parse(await readFile(file, "utf8")));
    expect(demo.gateway).toMatchObject({ port: Number(ports.SLUICE_SNOWFLAKE_PORT), account: "demo" });
    expect(Object.keys(demo.people)).toEqual(["ana", "pia", "sam", "max", "ola", "vic"]);
    expect(Object.keys(demo.agents)).toEqual(["devin", "copilot", "ci"]);
    const tokens = [...Object.values(demo.people), ...Object.values(demo.agents)].map(({ token }) => token);
    expect(new Set(tokens).size).toBe(9);
    for (const token of tokens) expect(token).toMatch(/^slu_/);
    expect(launcher.output).toContain(demo.agents["devin"]?.token);

    const second = new Launcher();
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(`Sluice already runs from this folder (process ${launcher.child.pid})`);
    expect(await answers(ports.SLUICE_ADMIN_PORT)).toBe(true);
    expect(existsSync(file)).toBe(true);

    expect(await launcher.end("SIGTERM")).toBe(0);
    expect(existsSync(file)).toBe(false);
    for (const variable of VARIABLES) expect(await answers(ports[variable]), variable).toBe(false);
  });

  test("stops what a killed run left, keeps its key and passwords, and ends with a sentence when a part dies", async () => {
    const first = new Launcher();
    await first.ready();
    const key = await readFile(statePath("master.key"), "utf8");
    const passwords = await readFile(statePath("passwords.json"), "utf8");
    const before = demoFile.parse(JSON.parse(await readFile(statePath("demo.json"), "utf8")));
    await first.end("SIGKILL");
    expect(await answers(ports.SLUICE_ADMIN_PORT)).toBe(true);

    const second = new Launcher();
    await second.ready();
    expect(second.output).toContain("An earlier run had been killed");
    expect(await readFile(statePath("master.key"), "utf8")).toBe(key);
    expect(await readFile(statePath("passwords.json"), "utf8")).toBe(passwords);
    const after = demoFile.parse(JSON.parse(await readFile(statePath("demo.json"), "utf8")));
    expect(after.agents["devin"]?.token).not.toBe(before.agents["devin"]?.token);

    const run: { processes: { pid: number }[] } = JSON.parse(await readFile(statePath("run.json"), "utf8"));
    expect(run.processes).toHaveLength(3);
    process.kill(run.processes[0]?.pid ?? 0, "SIGKILL");
    expect(await second.exited).toBe(1);
    expect(second.output).toMatch(/The [\w ]+ stopped unexpectedly \(signal SIGKILL\)/);
    expect(existsSync(statePath("demo.json"))).toBe(false);
    for (const variable of VARIABLES) expect(await answers(ports[variable]), variable).toBe(false);
  });

  test("sets a state folder that is not whole aside, and starts anew", async () => {
    await mkdir(statePath("postgres/base"), { recursive: true });
    await writeFile(statePath("master.key"), "half a ke");
    await writeFile(statePath("run.json"), '{"launcher":');
    await writeFile(statePath("demo.json"), '{"v": 1,');
    const launcher = new Launcher();
    await launcher.ready();
    expect(launcher.output).toMatch(
      /cut short \(its database was never finished\): its files are in \.sluice\/set-aside-/,
    );
    expect(await readFile(statePath("master.key"), "utf8")).toMatch(/^[0-9a-f]{64}\n$/);
  });

  test("stops at once, and wholly, when it is told to while it starts", async () => {
    const launcher = new Launcher();
    await once(launcher.child.stdout ?? launcher.child, "data");
    expect(await launcher.end("SIGTERM")).toBe(0);
    expect(launcher.output).not.toContain(READY);
    for (const variable of VARIABLES) expect(await answers(ports[variable]), variable).toBe(false);
  });
});

describe("npm start, when it can't", () => {
  test("names a taken port, its variable and the process that has it", async () => {
    const holder = createServer().listen(Number(ports.SLUICE_ADMIN_PORT), "127.0.0.1");
    await once(holder, "listening");
    try {
      const launcher = new Launcher();
      expect(await launcher.exited).toBe(1);
      expect(launcher.output).toContain(`Port ${ports.SLUICE_ADMIN_PORT}`);
      expect(launcher.output).toContain("SLUICE_ADMIN_PORT=");
      if (process.platform === "linux") expect(launcher.output).toContain(`process ${process.pid}`);
      expect(existsSync(statePath("run.json"))).toBe(false);
    } finally {
      holder.close();
    }
  });

  test("refuses a port that is none, and two listeners on one", async () => {
    ports.SLUICE_IDP_PORT = "often";
    const first = new Launcher();
    expect(await first.exited).toBe(1);
    expect(first.output).toContain("SLUICE_IDP_PORT=often is not a port");
    ports.SLUICE_IDP_PORT = ports.SLUICE_ADMIN_PORT;
    const second = new Launcher();
    expect(await second.exited).toBe(1);
    expect(second.output).toContain(`SLUICE_ADMIN_PORT and SLUICE_IDP_PORT are both ${ports.SLUICE_ADMIN_PORT}`);
  });
});
