/**
 * Everything under measurement, started for one run: an embedded PostgreSQL, the demo warehouse and an instant stand-in
 * for it, a bare proxy before each, and gateways that differ only in where their journal lies. Each is a process of its
 * own; the gateways run under the demo's own policy.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@sluice/db";
import { startEmbeddedPostgres } from "@sluice/db/embedded";
import pg from "pg";
import { type Child, freePort, startProcess } from "./child-process.ts";
import { type Login, WireClient } from "./wire-client.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const CONFIG = join(ROOT, "demo/config");
const RAM = "/dev/shm";

/** Who answers: the demo warehouse with a real database, or the instant stand-in. */
export type Upstream = "demo" | "instant";
/** Which way there. `sluice-ram`: the same gateway with its journal in memory, where fdatasync costs nothing. */
export type Way = "direct" | "proxy" | "sluice" | "sluice-ram";

export interface Stack {
  /** Ways that this machine has. */
  readonly ways: readonly Way[];
  /** A folder on the disk that the journal of `sluice` lies on. */
  readonly diskFolder: string;
  readonly gateway: Child;
  /** The process that stands between client and upstream; null when nothing does. */
  process(way: Way, upstream: Upstream): Child | null;
  client(way: Way, upstream: Upstream, format?: "JSON" | "ARROW"): WireClient;
  stop(): Promise<void>;
}

export interface StackOptions {
  /** Where to write CPU profiles of the gateway; null for none. */
  readonly profileFolder: string | null;
}

interface Address {
  readonly url: string;
  readonly child: Child;
}

interface GatewayAddress extends Address {
  readonly token: string;
}

interface Shared {
  readonly folder: string;
  readonly databaseUrl: string;
  readonly warehousePassword: string;
  readonly upstreams: Readonly<Record<Upstream, string>>;
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (let one = stops.pop(); one !== undefined; one = stops.pop()) await one().catch(() => undefined);
  };
  const take = <T extends Address>(address: T): T => {
    stops.push(() => address.child.stop());
    return address;
  };
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, "postgres"), port: 0 });
    stops.push(() => postgres.stop());
    const warehousePassword = randomBytes(24).toString("base64url");
    const demo = take(await startWarehouse(folder, warehousePassword));
    const instant = take(await startSmall("instant-warehouse", folder, demo.url));
    const proxies = {
      demo: take(await startSmall("bare-proxy", folder, demo.url)),
      instant: take(await startSmall("bare-proxy", folder, instant.url)),
    };
    const shared: Shared = {
      folder,
      databaseUrl: postgres.url,
      warehousePassword,
      upstreams: { demo: demo.url, instant: instant.url },
    };
    const gateway = take(await startGateway(shared, join(folder, "state"), "disk", options.profileFolder));
    const ram = existsSync(RAM) ? mkdtempSync(join(RAM, "sluice-bench-")) : null;
    if (ram !== null) stops.push(async () => rmSync(ram, { recursive: true, force: true }));
    const gatewayRam = ram === null ? null : take(await startGateway(shared, join(ram, "state"), "ram", null));
    const direct: Login = { account: "demo", user: "DIRECT", password: warehousePassword };
    return {
      ways: gatewayRam === null ? ["direct", "proxy", "sluice"] : ["direct", "proxy", "sluice", "sluice-ram"],
      diskFolder: folder,
      gateway: gateway.child,
      process(way, upstream) {
        if (way === "direct") return null;
        if (way === "proxy") return proxies[upstream].child;
        return way === "sluice" ? gateway.child : (gatewayRam?.child ?? null);
      },
      client(way, upstream, format = "JSON") {
        if (way === "direct") return new WireClient(shared.upstreams[upstream], { ...direct, format });
        if (way === "proxy") return new WireClient(proxies[upstream].url, { ...direct, format });
        const to = way === "sluice" ? gateway : gatewayRam;
        if (to === null) throw new Error("this machine has no RAM-backed folder");
        return new WireClient(to.url, { account: upstream, user: "devin", password: to.token, format });
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startWarehouse(folder: string, password: string): Promise<Address> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    SLUICE_WAREHOUSE_PORT: String(port),
    SLUICE_WAREHOUSE_USER: "DIRECT",
    SLUICE_WAREHOUSE_PASSWORD: password,
  };
  const script = join(ROOT, "demo/warehouse/src/main.ts");
  return {
    url,
    child: await startProcess({
      name: "demo warehouse",
      script,
      env,
      healthUrl: `${url}/`,
      logFile: join(folder, "warehouse.log"),
    }),
  };
}

async function startSmall(
  name: "bare-proxy" | "instant-warehouse",
  folder: string,
  upstream: string,
): Promise<Address> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { BENCH_PORT: String(port), BENCH_UPSTREAM: upstream };
  const script = join(import.meta.dirname, `${name}.ts`);
  return {
    url,
    child: await startProcess({ name, script, env, healthUrl: `${url}/healthz`, logFile: join(folder, `${name}.log`) }),
  };
}

async function startGateway(
  shared: Shared,
  stateDir: string,
  name: string,
  profileFolder: string | null,
): Promise<GatewayAddress> {
  mkdirSync(stateDir, { recursive: true });
  const [port, adminPort] = [await freePort(), await freePort()];
  const bootstrap = randomBytes(32).toString("base64url");
  const database = new URL(shared.databaseUrl);
  database.pathname = `/bench_${name}`;
  const env = {
    SLUICE_MODE: "demo",
    DATABASE_URL: database.href,
    SLUICE_SNOWFLAKE_PORT: String(port),
    SLUICE_ADMIN_PORT: String(adminPort),
    SLUICE_STATE_DIR: stateDir,
    SLUICE_MASTER_KEY: randomBytes(32).toString("hex"),
    SLUICE_BOOTSTRAP_TOKEN: bootstrap,
    SLUICE_LOG_LEVEL: "warn",
  };
  await createDatabase(shared, name, database.href);
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const child = await startProcess({
    name: `gateway (${name})`,
    script: join(ROOT, "apps/gateway/src/main.ts"),
    env,
    healthUrl: `${adminUrl}/readyz`,
    logFile: join(shared.folder, `gateway-${name}.log`),
    nodeArguments: profileFolder === null ? [] : ["--cpu-prof", `--cpu-prof-dir=${profileFolder}`],
  });
  try {
    return { url: `http://127.0.0.1:${port}`, child, token: await configure(shared, adminUrl, bootstrap) };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** One database for each gateway, in the one server. */
async function createDatabase(shared: Shared, name: string, url: string): Promise<void> {
  const client = new pg.Client({ connectionString: shared.databaseUrl });
  await client.connect();
  await client.query(`create database bench_${name}`).finally(() => client.end());
  await migrate(url);
}

/** The demo's documents with two connections, one for each upstream; returns devin's token. */
async function configure(shared: Shared, adminUrl: string, bootstrap: string): Promise<string> {
  const files = readdirSync(CONFIG, { recursive: true, encoding: "utf8" })
    .filter((path) => /\.ya?ml$/.test(path))
    .sort()
    .flatMap((path) => {
      const text = readFileSync(join(CONFIG, path), "utf8");
      if (!/^kind: Connection$/m.test(text)) return [{ path, text }];
      const named = (upstream: Upstream): string =>
        text
          .replace(/\$\{SLUICE_WAREHOUSE_URL[^}]*\}/, shared.upstreams[upstream])
          .replace(/^name: demo$/m, `name: ${upstream}`);
      // The demo warehouse serves the result parts of both.
      const instant = `${named("instant")}\n`;
      return [
        { path, text: named("demo") },
        { path: `instant-${path}`, text: instant },
      ];
    });
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${adminUrl}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${bootstrap}` },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${text.slice(0, 2000)}`);
    return JSON.parse(text);
  };
  const applied = (await post("/v1/apply", { files, secrets: { "demo-warehouse": shared.warehousePassword } })) as {
    applied: boolean;
    diagnostics: unknown;
  };
  if (!applied.applied)
    throw new Error(`The demo's documents were not applied: ${JSON.stringify(applied.diagnostics).slice(0, 2000)}`);
  const minted = (await post("/v1/tokens", { principal: "devin", ttlSeconds: 86_400 })) as { token: string };
  return minted.token;
}
