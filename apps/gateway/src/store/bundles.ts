/** Policy bundles and which one is in force: the newest activation whose evidence entry is durable. */
import type { ConfigFile } from "@sluice/contracts";
import type { Queryable } from "./pool.ts";

export interface ActiveBundle {
  readonly digest: string;
  readonly files: readonly ConfigFile[];
  readonly activation: number;
}

export async function insertBundle(
  db: Queryable,
  digest: string,
  files: readonly ConfigFile[],
  author: string,
  note: string,
): Promise<void> {
  await db.query(
    `insert into bundle (digest, files, author, note) values ($1, $2, $3, $4) on conflict (digest) do nothing`,
    [digest, JSON.stringify(files), author, note],
  );
}

export async function insertActivation(db: Queryable, digest: string, by: string): Promise<number> {
  const made = await db.query<{ id: number }>(`insert into activation (digest, by) values ($1, $2) returning id`, [
    digest,
    by,
  ]);
  return made.rows[0]?.id ?? 0;
}

export async function makeEffective(db: Queryable, activation: number): Promise<void> {
  await db.query(`update activation set effective_at = now() where id = $1 and effective_at is null`, [activation]);
}

/** Cheap look: which activation is in force. */
export async function activeActivation(db: Queryable): Promise<{ id: number; digest: string } | null> {
  const found = await db.query<{ id: number; digest: string }>({
    name: "activation-head",
    text: `select id, digest from activation where effective_at is not null order by id desc limit 1`,
  });
  return found.rows[0] ?? null;
}

export async function loadBundleFiles(db: Queryable, digest: string): Promise<readonly ConfigFile[]> {
  const found = await db.query<{ files: ConfigFile[] }>(`select files from bundle where digest = $1`, [digest]);
  return found.rows[0]?.files ?? [];
}

/** Tells the other replicas and the console which bundle this replica runs; also its sign of life. */
export async function reportReplica(db: Queryable, id: string, version: string, digest: string | null): Promise<void> {
  await db.query({
    name: "replica-report",
    text: `insert into replica (id, version, bundle_digest) values ($1, $2, $3)
           on conflict (id) do update set seen_at = now(), bundle_digest = excluded.bundle_digest`,
    values: [id, version, digest],
  });
}
