/**
 * Where the parts of the demo listen: read from the environment, checked, on loopback and nowhere else.
 * It opens nothing.
 */

/** One listener of the demo. */
export interface Listener {
  /** What people call it. */
  readonly name: string;
  /** The variable that moves it. */
  readonly variable: string;
  readonly port: number;
}

/** Every listener of the demo; `postgres` is null when DATABASE_URL names a database of the user's own. */
export interface Addresses {
  readonly console: Listener;
  readonly snowflake: Listener;
  readonly admin: Listener;
  readonly warehouse: Listener;
  readonly idp: Listener;
  readonly postgres: Listener | null;
}

export const HOST = "127.0.0.1";

/** The url of a listener that speaks plain HTTP. */
export const urlOf = (listener: Listener): string => `http://${HOST}:${listener.port}`;

function listener(env: NodeJS.ProcessEnv, name: string, variable: string, fallback: number): Listener {
  const text = env[variable];
  const port = text === undefined || text === "" ? fallback : Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`${variable}=${text} is not a port: give a number from 1 to 65535.`);
  }
  return { name, variable, port };
}

/** Reads the ports. Throws a sentence for people when one is not a port or two are the same. */
export function readAddresses(env: NodeJS.ProcessEnv): Addresses {
  const addresses: Addresses = {
    console: listener(env, "console", "SLUICE_CONSOLE_PORT", 4000),
    snowflake: listener(env, "gateway", "SLUICE_SNOWFLAKE_PORT", 4010),
    admin: listener(env, "gateway's admin listener", "SLUICE_ADMIN_PORT", 4011),
    warehouse: listener(env, "demo warehouse", "SLUICE_WAREHOUSE_PORT", 4020),
    idp: listener(env, "demo identity provider", "SLUICE_IDP_PORT", 4030),
    postgres: env.DATABASE_URL ? null : listener(env, "PostgreSQL", "SLUICE_POSTGRES_PORT", 4040),
  };
  const seen = new Map<number, Listener>();
  for (const one of listenersOf(addresses)) {
    const other = seen.get(one.port);
    if (other !== undefined) {
      throw new Error(`${other.variable} and ${one.variable} are both ${one.port}: give each its own port.`);
    }
    seen.set(one.port, one);
  }
  return addresses;
}

/** All listeners that there are, in the order in which people read them. */
export function listenersOf(addresses: Addresses): Listener[] {
  return Object.values(addresses).filter((one: Listener | null) => one !== null);
}
