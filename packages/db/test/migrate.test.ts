/**
 * The schema in force is the schema in the repository: migrations give exactly what schema.prisma says, the database
 * refuses words that no code knows, and notifications carry ids and nothing else.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/embedded/index.ts";
import { migrate } from "../src/index.ts";
import { runPrisma } from "../src/migrate/prisma-command.ts";

let folder = "";
let server: EmbeddedPostgres;
let client: pg.Client;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-migrate-"));
  server = await startEmbeddedPostgres({ dataDir: join(folder, "postgres"), port: 0, durable: false });
  await migrate(server.url);
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
}, 60_000);

afterAll(async () => {
  await client?.end();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

function approvalRow(id: string, state: string): Promise<pg.QueryResult> {
  return client.query(
    "INSERT INTO approval (id, statement_id, session_id, digest, requirement, expires_at, state) VALUES ($1, 's', 'n', 'd', '{}', now(), $2)",
    [id, state],
  );
}

describe("migrations", () => {
  test("applies nothing when the database has them all", async () => {
    expect(await migrate(server.url)).toEqual({ applied: [] });
  });

  test("creates a database that does not exist", async () => {
    const other = new URL(server.url);
    other.pathname = "/elsewhere";
    expect((await migrate(other.href)).applied).toContain("20261121000000_init");
  }, 30_000);

  test("together give the schema of schema.prisma, with no drift", async () => {
    const args = ["--from-migrations", "prisma/migrations", "--to-schema", "prisma/schema.prisma", "--exit-code"];
    const { exitCode, output } = await runPrisma(["migrate", "diff", ...args], { url: server.url });
    // Asserted on the text too: a crashed engine prints nothing and ends with success.
    expect(output).toContain("No difference detected");
    expect(exitCode).toBe(0);
  }, 30_000);

  test("refuse to go on over a migration that was edited after it was applied", async () => {
    await client.query("UPDATE _prisma_migrations SET checksum = 'edited'");
    await expect(migrate(server.url)).rejects.toThrow(/another version of migration 20261121000000_init/);
    await client.query("DELETE FROM _prisma_migrations");
    await expect(migrate(server.url)).rejects.toThrow(/Migrating the database failed/);
  }, 30_000);
});

describe("the database", () => {
  test("refuses an approval state that no code knows", async () => {
    await expect(approvalRow("unknown", "maybe")).rejects.toThrow(/approval_state/);
  });

  test("refuses a second vote of one approver", async () => {
    await approvalRow("voted", "pending");
    const vote = "INSERT INTO approval_vote (approval_id, approver_id, verdict) VALUES ('voted', 'sam', $1)";
    await client.query(vote, ["deny"]);
    await expect(client.query(vote, ["grant"])).rejects.toThrow(/unique/);
  });

  test("refuses to change a bundle", async () => {
    await client.query("INSERT INTO bundle (digest, files, author) VALUES ('b1', '[]', 'pia')");
    await expect(client.query("UPDATE bundle SET files = '[1]'")).rejects.toThrow(/never changed/);
  });

  test("refuses an activation of a bundle that does not exist", async () => {
    await expect(client.query(`INSERT INTO activation (digest, "by") VALUES ('none', 'ana')`)).rejects.toThrow(
      /foreign key/,
    );
  });

  test("notifies by table and id alone", async () => {
    const listener = new pg.Client({ connectionString: server.url });
    await listener.connect();
    await listener.query("LISTEN sluice");
    const payload = new Promise((resolve) => listener.once("notification", (note) => resolve(note.payload)));
    await client.query("INSERT INTO outbox (kind, body) VALUES ('policy.proposed', $1)", [{ secret: "text" }]);
    expect(JSON.parse(String(await payload))).toEqual({ id: expect.stringMatching(/^\d+$/), table: "outbox" });
    await listener.end();
  });
});
