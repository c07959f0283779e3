/** Starts the gateway from the environment and drains it on SIGTERM or SIGINT. */
import { loadConfig } from "./config/config.ts";
import { startGateway } from "./gateway.ts";
import { faultOf } from "./observability/log.ts";

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
  // A forgotten rejection belongs to one request, which fails closed; it must not take everybody's sessions along.
  process.on("unhandledRejection", (error) => gateway.log.error({ err: faultOf(error) }, "unhandled rejection"));
  // After an uncaught exception nothing is certain but what is on disk: start again from there.
  process.on("uncaughtException", (error) => {
    gateway.log.fatal({ err: faultOf(error) }, "uncaught exception");
    process.exit(1);
  });
  process.on("SIGTERM", () => stop("SIGTERM"));
  process.on("SIGINT", () => stop("SIGINT"));
}

main().catch((error: unknown) => {
  process.stderr.write(`sluice gateway: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
