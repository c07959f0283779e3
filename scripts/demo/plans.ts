/** How each part of the demo is started: its script, its settings, and the address that answers when it is ready. */
import { join } from "node:path";
import { type Addresses, urlOf } from "./addresses.ts";
import { people } from "./logins.ts";
import type { PartPlan } from "./running-demo.ts";
import type { StateFolder } from "./state-folder.ts";

const root = join(import.meta.dirname, "..", "..");

/** Secrets of one start. */
export interface Secrets {
  readonly warehousePassword: string;
  readonly warehouseAdminToken: string;
  readonly bootstrapToken: string;
  readonly passwords: ReadonlyMap<string, string>;
}

/** The user whose credential the gateway holds, and the only one that the demo warehouse knows. */
export const WAREHOUSE_USER = "DIRECT";

export function planWarehouse({ warehouse }: Addresses, folder: StateFolder, secrets: Secrets): PartPlan {
  return {
    label: "warehouse",
    name: "demo warehouse",
    script: join(root, "demo/warehouse/src/main.ts"),
    env: {
      SLUICE_WAREHOUSE_PORT: String(warehouse.port),
      SLUICE_WAREHOUSE_USER: WAREHOUSE_USER,
      SLUICE_WAREHOUSE_PASSWORD: secrets.warehousePassword,
      SLUICE_WAREHOUSE_DEMO_TOKEN: secrets.warehouseAdminToken,
      SLUICE_WAREHOUSE_LOG: join(folder.path, "logs", "warehouse-statements.jsonl"),
    },
    healthUrl: `${urlOf(warehouse)}/`,
  };
}

export function planIdentityProvider({ idp, console: web }: Addresses, secrets: Secrets): PartPlan {
  const logins = people.map(({ name, groups }) => ({ name, groups, password: secrets.passwords.get(name) }));
  return {
    label: "idp",
    name: "demo identity provider",
    script: join(root, "demo/idp/src/main.ts"),
    env: {
      SLUICE_IDP_PORT: String(idp.port),
      SLUICE_CONSOLE_PORT: String(web.port),
      SLUICE_IDP_PEOPLE: JSON.stringify(logins),
    },
    healthUrl: `${urlOf(idp)}/.well-known/openid-configuration`,
  };
}

export function planGateway(
  addresses: Addresses,
  folder: StateFolder,
  secrets: Secrets,
  databaseUrl: string,
): PartPlan {
  const { snowflake, admin } = addresses;
  return {
    label: "gateway",
    name: "gateway",
    script: join(root, "apps/gateway/src/main.ts"),
    env: {
      SLUICE_MODE: "demo",
      DATABASE_URL: databaseUrl,
      SLUICE_SNOWFLAKE_PORT: String(snowflake.port),
      SLUICE_ADMIN_PORT: String(admin.port),
      SLUICE_STATE_DIR: folder.path,
      SLUICE_BLOBS: process.env.SLUICE_BLOBS ?? `file:${join(folder.path, "blobs")}`,
      SLUICE_MASTER_KEY: folder.masterKey,
      SLUICE_BOOTSTRAP_TOKEN: secrets.bootstrapToken,
    },
    healthUrl: `${urlOf(admin)}/readyz`,
  };
}
