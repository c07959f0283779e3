/**
 * Makes a gateway that has just started into the demo: applies demo/config with the warehouse's password as the
 * connection's credential, mints a token for everybody, and says what .sluice/demo.json will hold.
 */
import { join } from "node:path";
import { readConfigFiles } from "@sluice/cli";
import type { DemoFile } from "@sluice/contracts";
import { type Addresses, HOST, urlOf } from "./addresses.ts";
import { type AdminApi, applyConfig, mintToken } from "./admin-api.ts";
import { agents, people } from "./logins.ts";
import { type Secrets, WAREHOUSE_USER } from "./plans.ts";

const CONFIG = join(import.meta.dirname, "..", "..", "demo", "config");
const TOKEN_SECONDS = 7 * 24 * 3600;

export async function configureDemo(addresses: Addresses, secrets: Secrets): Promise<DemoFile> {
  const { snowflake, admin, warehouse, console: web } = addresses;
  const api: AdminApi = { url: urlOf(admin), token: secrets.bootstrapToken };
  const files = readConfigFiles(CONFIG, { SLUICE_WAREHOUSE_URL: urlOf(warehouse) });
  await applyConfig(api, files, { "demo-warehouse": secrets.warehousePassword });
  const mint = async (name: string) => [name, { token: await mintToken(api, name, TOKEN_SECONDS) }] as const;
  const personTokens = await Promise.all(people.map(({ name }) => mint(name)));
  const agentTokens = await Promise.all(agents.map(mint));
  return {
    v: 1,
    console: urlOf(web),
    admin: api.url,
    gateway: {
      protocol: process.env.SLUICE_TLS_CERT ? "https" : "http",
      host: HOST,
      port: snowflake.port,
      account: "demo",
      warehouse: "AGENTS_XS",
      database: "PROD",
      schema: "ANALYTICS",
    },
    warehouse: {
      protocol: "http",
      host: HOST,
      port: warehouse.port,
      account: "demo",
      user: WAREHOUSE_USER,
      password: secrets.warehousePassword,
      adminToken: secrets.warehouseAdminToken,
    },
    people: Object.fromEntries(
      personTokens.map(([name, { token }]) => [name, { password: secrets.passwords.get(name) ?? "", token }]),
    ),
    agents: Object.fromEntries(agentTokens),
  };
}
