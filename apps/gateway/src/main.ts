/** Starts the gateway from the environment and drains it on SIGTERM or SIGINT. */
import { loadConfig } from "./config/config.ts";
import { startGateway } from "./gateway.ts";

async function main(): Promise<void> {
  const gateway = await startGateway(loadConfig());
  let isStopping = false;
  const stop = (signal: string): void => {
    if (isStopping) return;
    isStopping = true;
    gateway.log.info({ signal }, "stopping");
    gateway
      .stop()
      .then(() => process.exit(0))
      .catch(() => process.exit(1));
  };
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

main().catch((error: unknown) => {
  process.stderr.write(`sluice gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
