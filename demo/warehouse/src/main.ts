/**
 * Runs the warehouse by itself, from the environment: SLUICE_WAREHOUSE_PORT, SLUICE_WAREHOUSE_USER,
 * SLUICE_WAREHOUSE_PASSWORD, SLUICE_WAREHOUSE_TOKEN, SLUICE_WAREHOUSE_LOG, SLUICE_WAREHOUSE_FILE,
 * SLUICE_WAREHOUSE_DEMO_TOKEN, SLUICE_WAREHOUSE_IN_PROGRESS_MS. Prints its address when it listens; SIGTERM ends it cleanly.
 */
import { startWarehouse } from "./index.ts";

const { env } = process;
const password = env["SLUICE_WAREHOUSE_PASSWORD"];
if (password === undefined || password === "") {
  process.stderr.write("SLUICE_WAREHOUSE_PASSWORD is not set\n");
  process.exit(2);
}
const token = env["SLUICE_WAREHOUSE_TOKEN"];
const logFile = env["SLUICE_WAREHOUSE_LOG"];
const databaseFile = env["SLUICE_WAREHOUSE_FILE"];
const inProgressMs = env["SLUICE_WAREHOUSE_IN_PROGRESS_MS"];
const demoToken = env["SLUICE_WAREHOUSE_DEMO_TOKEN"];

const warehouse = await startWarehouse({
  port: Number(env["SLUICE_WAREHOUSE_PORT"] ?? 4020),
  users: [
    { name: env["SLUICE_WAREHOUSE_USER"] ?? "SLUICE", password, ...(token !== undefined && token !== "" && { token }) },
  ],
  ...(logFile !== undefined && logFile !== "" && { logFile }),
  ...(databaseFile !== undefined && databaseFile !== "" && { databaseFile }),
  ...(inProgressMs !== undefined && inProgressMs !== "" && { inProgressAfterMs: Number(inProgressMs) }),
  ...(demoToken !== undefined && demoToken !== "" && { demoToken }),
});
process.stdout.write(`warehouse ${warehouse.url}\n`);

const stop = () => {
  warehouse.close().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.once("SIGTERM", stop);
process.once("SIGINT", stop);
