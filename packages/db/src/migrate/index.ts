/**
 * Brings a database to this version's schema by Prisma's own migrations. A database that already has all of them is
 * recognised by one query, so that a warm start costs milliseconds. It never changes an applied migration: one whose
 * text differs from what was applied is an error.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { prismaFolder, runPrisma } from "./prisma-command.ts";

interface Migration {
  readonly name: string;
  readonly checksum: string;
}

/** What `migrate` did: the names of the migrations that it applied, oldest first. */
export interface MigrateOutcome {
  readonly applied: readonly string[];
}

async function migrationsOnDisk(): Promise<Migration[]> {
  const folder = join(prismaFolder, "prisma", "migrations");
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return await Promise.all(
    names.sort().map(async (name) => {
      const text = await readFile(join(folder, name, "migration.sql"));
      return { name, checksum: createHash("sha256").update(text).digest("hex") };
    }),
  );
}

const NO_DATABASE = "3D000";
const NO_TABLE = "42P01";

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && "code" in cause ? cause.code : undefined;
}

/** Migrations that the database has finished. A database or table that is missing holds none. */
async function migrationsApplied(url: string): Promise<Migration[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Migration>(
      "SELECT migration_name AS name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL",
    );
    return rows;
  } catch (cause) {
    const code = codeOf(cause);
    if (code === NO_DATABASE || code === NO_TABLE) return [];
    throw cause;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Applies the migrations that `url` lacks (creating the database too). Throws a sentence for people when the database
 * can't be reached, when a migration fails, and when an applied migration is not the one of this version.
 */
export async function migrate(url: string): Promise<MigrateOutcome> {
  const wanted = await migrationsOnDisk();
  const applied = new Map((await migrationsApplied(url)).map(({ name, checksum }) => [name, checksum]));
  for (const { name, checksum } of wanted) {
    const found = applied.get(name);
    if (found !== undefined && found !== checksum) {
      throw new Error(
        `The database was made by another version of migration ${name}. Restore this version's file; in the demo, start with --reset.`,
      );
    }
  }
  const missing = wanted.filter(({ name }) => !applied.has(name)).map(({ name }) => name);
  if (missing.length === 0) return { applied: [] };
  const { exitCode, output } = await runPrisma(["migrate", "deploy"], { url });
  if (exitCode !== 0) throw new Error(`Migrating the database failed: ${output.trim()}`);
  // The command ends with success when its engine dies early: believe the database.
  const after = new Set((await migrationsApplied(url)).map(({ name }) => name));
  const still = missing.filter((name) => !after.has(name));
  if (still.length > 0) throw new Error(`The database still lacks ${still.join(", ")}: ${output.trim()}`);
  return { applied: missing };
}
