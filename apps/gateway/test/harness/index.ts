/**
 * A whole Sluice for one test file: its own database, the demo warehouse, a gateway in this process with the demo's
 * documents applied, and tokens for everybody. Real parts all through; only the clock of policies may be shortened.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApplyAnswer, ConfigFile } from "@sluice/contracts";
import { startWarehouse, type Warehouse } from "@sluice/demo-warehouse";
import pg from "pg";
import { readConfig } from "../../src/config/config.ts";
import { type Gateway, type GatewayOverrides, startGateway } from "../../src/gateway.ts";

const CONFIG_FOLDER = join(import.meta.dirname, "../../../../demo/config");
export const WAREHOUSE_PASSWORD = "warehouse-password-for-tests";
const PEOPLE = ["ana", "pia", "sam", "max", "ola", "vic"] as const;
const AGENTS = ["devin", "copilot", "ci"] as const;
export type Name = (typeof PEOPLE)[number] | (typeof AGENTS)[number];

export interface StackOptions {
  /** A migrated database's url; a copy of it is made. */
  readonly databaseUrl: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly overrides?: GatewayOverrides;
  /** Further documents, or others in the place of the demo's (by path). */
  readonly files?: readonly ConfigFile[];
  /** Another upstream than the demo warehouse. */
  readonly upstreamUrl?: string;
  readonly warehouse?: { readonly inProgressAfterMs?: number };
}

export interface Stack {
  readonly gateway: Gateway;
  readonly warehouse: Warehouse;
  readonly databaseUrl: string;
  readonly stateDir: string;
  readonly tokens: Readonly<Record<Name, string>>;
  /** What the warehouse was asked to run on behalf of callers: the gateway's own catalog reads left out. */
  reached(): readonly { readonly sqlText: string; readonly executed: boolean }[];
  api<T = unknown>(
    who: Name | "bootstrap" | null,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: T }>;
  /** Stops the gateway and starts another on the same state. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes a copy of the migrated database, for one gateway. */
export async function copyDatabase(url: string): Promise<string> {
  const source = new URL(url);
  const admin = new URL(url);
  admin.pathname = "/postgres";
  const name = `t_${randomUUID().replaceAll("-", "")}`;
  const client = new pg.Client({ connectionString: admin.href });
  await client.connect();
  try {
    // Two copies at once fail on "source database is being accessed": take turns.
    await client.query("select pg_advisory_lock(4711)");
    await client.query(`create database ${name} template "${source.pathname.slice(1)}"`);
  } finally {
    await client.end();
  }
  const copy = new URL(url);
  copy.pathname = `/${name}`;
  return copy.href;
}

export async function readDemoConfig(warehouseUrl: string): Promise<readonly ConfigFile[]> {
  const names = (await readdir(CONFIG_FOLDER, { recursive: true })).filter((name) => /\.ya?ml$/.test(name)).sort();
  return await Promise.all(
    names.map(async (path) => ({
      path,
      text: (await readFile(join(CONFIG_FOLDER, path), "utf8")).replace(
        /\$\{SLUICE_WAREHOUSE_URL[^}]*\}/,
        warehouseUrl,
      ),
    })),
  );
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const stateDir = await mkdtemp(join(tmpdir(), "sluice-test-"));
  const databaseUrl = await copyDatabase(options.databaseUrl);
  const warehouse = await startWarehouse({
    users: [{ name: "DIRECT", password: WAREHOUSE_PASSWORD }],
    ...options.warehouse,
  });
  const bootstrap = randomBytes(32).toString("base64url");
  const config = readConfig({
    SLUICE_MODE: "demo",
    DATABASE_URL: databaseUrl,
    SLUICE_SNOWFLAKE_PORT: "0",
    SLUICE_ADMIN_PORT: "0",
    SLUICE_STATE_DIR: stateDir,
    SLUICE_MASTER_KEY: randomBytes(32).toString("hex"),
    SLUICE_BOOTSTRAP_TOKEN: bootstrap,
    SLUICE_LOG_LEVEL: process.env["SLUICE_TEST_LOG"] ?? "silent",
    ...options.environment,
  });
  let gateway = await startGateway(config, options.overrides);
  const bearer: Record<string, string> = { bootstrap };

  const api = async <T>(
    who: Name | "bootstrap" | null,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: T }> => {
    const answer = await fetch(new URL(path, gateway.adminUrl), {
      method,
      headers: {
        ...(who === null ? {} : { authorization: `Bearer ${bearer[who] ?? ""}` }),
        "content-type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as T };
  };

  const own = options.files ?? [];
  const demo = (await readDemoConfig(options.upstreamUrl ?? warehouse.url)).filter((file) =>
    own.every((one) => one.path !== file.path),
  );
  const applied = await api<ApplyAnswer>("bootstrap", "POST", "/v1/apply", {
    files: [...demo, ...own.filter((file) => file.text !== "")],
    secrets: { "demo-warehouse": WAREHOUSE_PASSWORD },
  });
  if (applied.status !== 200 || !applied.body.applied)
    throw new Error(`demo config not applied: ${JSON.stringify(applied.body)}`);
  for (const name of [...PEOPLE, ...AGENTS]) {
    const minted = await api<{ token: string }>("bootstrap", "POST", "/v1/tokens", {
      principal: name,
      ttlSeconds: 3600,
    });
    bearer[name] = minted.body.token;
  }
  await gateway.tick();

  return {
    get gateway() {
      return gateway;
    },
    warehouse,
    databaseUrl,
    stateDir,
    tokens: bearer as Record<Name, string>,
    reached: () => warehouse.log.filter((entry) => !/information_schema/i.test(entry.sqlText)),
    api,
    async restart() {
      await gateway.stop();
      gateway = await startGateway(config, options.overrides);
    },
    async stop() {
      await gateway.stop();
      await warehouse.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
