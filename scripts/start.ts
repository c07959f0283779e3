/**
 * `npm start`: the whole demo on this machine. PostgreSQL, the demo warehouse, the demo identity provider and the
 * gateway, each in a process of its own, configured from demo/config and announced in .sluice/demo.json when
 * everything is ready. It ends as one: a signal stops all parts in order, and so does the death of any of them.
 */
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { migrate } from "@sluice/db";
import { startEmbeddedPostgres } from "@sluice/db/embedded";
import { type Addresses, listenersOf, readAddresses, urlOf } from "./demo/addresses.ts";
import { configureDemo } from "./demo/configure.ts";
import { readPasswords, secretText } from "./demo/logins.ts";
import { planGateway, planIdentityProvider, planWarehouse, type Secrets } from "./demo/plans.ts";
import { requireFree } from "./demo/ports.ts";
import { RunningDemo } from "./demo/running-demo.ts";
import { sayDone, sayError, sayNote, sayReady, sayTitle } from "./demo/screen.ts";
import { snippetsFor } from "./demo/snippets.ts";
import { takeStateFolder } from "./demo/state-folder.ts";
import { writeWhole } from "./demo/whole-file.ts";

const root = join(import.meta.dirname, "..");

const HELP = `npm start                start the demo (Ctrl-C stops it)
npm start -- --reset     start it with empty data

Ports: SLUICE_SNOWFLAKE_PORT 4010, SLUICE_ADMIN_PORT 4011, SLUICE_WAREHOUSE_PORT 4020, SLUICE_IDP_PORT 4030,
SLUICE_POSTGRES_PORT 4040. With DATABASE_URL your own PostgreSQL is used and none is started.`;

/** Starts the embedded PostgreSQL, or takes DATABASE_URL, and brings the schema up to date. Returns the url. */
async function startDatabase(demo: RunningDemo, { postgres }: Addresses): Promise<string> {
  const startedAt = performance.now();
  let url = process.env.DATABASE_URL ?? "";
  if (postgres !== null) {
    const logFile = join(demo.folder.path, "logs", "postgres.log");
    const dataDir = join(demo.folder.path, "postgres");
    const server = await startEmbeddedPostgres({ dataDir, port: postgres.port, logFile });
    await demo.take({ name: postgres.name, stop: server.stop });
    server.exited.then(() => demo.reportDeath(`PostgreSQL stopped unexpectedly. Its log is ${logFile}`));
    url = server.url;
  }
  const { applied } = await migrate(url);
  sayDone(applied.length === 0 ? "PostgreSQL" : "PostgreSQL, with a new schema", startedAt);
  return url;
}

async function startAll(demo: RunningDemo, addresses: Addresses, secrets: Secrets, startedAt: number): Promise<void> {
  const database = demo.track(startDatabase(demo, addresses));
  const warehouse = demo.track(demo.start(planWarehouse(addresses, demo.folder, secrets)));
  const idp = demo.track(demo.start(planIdentityProvider(addresses, secrets)));
  const startGateway = (url: string) => demo.start(planGateway(addresses, demo.folder, secrets, url));
  const gateway = demo.track(database.then(startGateway));
  await Promise.all([gateway, warehouse, idp]);
  const configuredAt = performance.now();
  const file = await configureDemo(addresses, secrets);
  sayDone("demo policy, people and agents", configuredAt);
  await writeWhole(
    join(demo.folder.path, "demo.json"),
    `${JSON.stringify({ ...file, snippets: snippetsFor(file) }, null, 2)}\n`,
  );
  sayDone("everything", startedAt);
  sayReady(file, urlOf(addresses.idp), relative(process.cwd(), demo.folder.path) || ".");
}

/** Resolves at the first signal, or at the death of the parent process. Later signals change nothing. */
function stopRequested(): Promise<void> {
  return new Promise((settle) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => settle());
    if (process.channel === undefined) return;
    process.once("disconnect", () => settle());
    process.channel?.unref();
  });
}

/** Runs until asked to stop. Throws a sentence when a part did not start, or died. */
async function runDemo(demo: RunningDemo, addresses: Addresses, startedAt: number, stop: Promise<void>): Promise<void> {
  const secrets: Secrets = {
    warehousePassword: secretText(),
    warehouseAdminToken: secretText(),
    bootstrapToken: secretText(),
    passwords: await readPasswords(demo.folder.path),
  };
  await requireFree(listenersOf(addresses).filter(({ name }) => name !== addresses.console.name));
  const starting = startAll(demo, addresses, secrets, startedAt);
  const died = demo.died.then((sentence) => {
    throw new Error(sentence);
  });
  try {
    const isStopped = await Promise.race([starting.then(() => false), stop.then(() => true), died]);
    if (!isStopped) await Promise.race([stop, died]);
    sayNote("Stopping …");
  } finally {
    await demo.stop();
    await starting.catch(() => undefined);
  }
}

async function main(): Promise<void> {
  const startedAt = performance.now();
  const stop = stopRequested();
  const { values } = parseArgs({
    options: { reset: { type: "boolean", default: false }, help: { type: "boolean", short: "h", default: false } },
  });
  if (values.help) return console.log(HELP);
  const addresses = readAddresses(process.env);
  sayTitle("Starting Sluice");
  const path = resolve(root, process.env.SLUICE_STATE_DIR ?? ".sluice");
  const folder = await takeStateFolder(path, values.reset);
  try {
    for (const sentence of folder.mended) sayNote(sentence);
    await runDemo(new RunningDemo(folder), addresses, startedAt, stop);
    sayNote("Everything is stopped.");
  } finally {
    await folder.release();
  }
}

await main().then(
  () => process.exit(0),
  (cause: unknown) => {
    sayError(cause instanceof Error ? cause.message : String(cause));
    process.exit(1);
  },
);
