/**
 * @sluice/db: the schema of gateway and console, its migrations, and (under `@sluice/db/embedded`) the PostgreSQL that
 * the demo and the tests run.
 */
export { type MigrateOutcome, migrate } from "./migrate/index.ts";
