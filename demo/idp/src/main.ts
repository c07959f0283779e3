/** The demo identity provider as a process: settings from the environment, until it is asked to stop. */
import { parsePeople, startIdp } from "./index.ts";

const { SLUICE_IDP_PORT, SLUICE_IDP_PEOPLE, SLUICE_IDP_CLIENT_SECRET, SLUICE_CONSOLE_PORT } = process.env;

try {
  const idp = await startIdp({
    port: Number(SLUICE_IDP_PORT ?? 4030),
    people: parsePeople(SLUICE_IDP_PEOPLE ?? "[]"),
    consolePort: Number(SLUICE_CONSOLE_PORT ?? 4000),
    ...(SLUICE_IDP_CLIENT_SECRET === undefined ? {} : { clientSecret: SLUICE_IDP_CLIENT_SECRET }),
  });
  console.log(`demo identity provider at ${idp.issuer}`);
  const stop = () => void idp.stop().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : String(cause));
  process.exitCode = 1;
}
