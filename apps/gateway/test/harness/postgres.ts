/** One PostgreSQL for a whole test run, with a migrated template that each gateway under test gets a copy of. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@sluice/db";
import { startEmbeddedPostgres } from "@sluice/db/embedded";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    databaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-test-pg-"));
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, "data"), port: 0, durable: false });
  await migrate(postgres.url);
  project.provide("databaseUrl", postgres.url);
  return async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
