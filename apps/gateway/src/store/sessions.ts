/** Session rows: what a restart and the session list need. */
import type { Queryable } from "./pool.ts";

export interface SessionRow {
  readonly id: string;
  readonly principalId: string;
  readonly delegatorId: string | null;
  readonly connection: string;
  readonly client: {
    readonly app: string;
    readonly version: string;
    readonly numericId: string;
    readonly tokenId: string;
  };
  readonly owner: string;
  readonly epoch: number;
  readonly tokenHash: Buffer;
  readonly masterHash: Buffer;
  readonly sealedUpstream: Buffer | null;
  readonly database: string | null;
  readonly schema: string | null;
  readonly role: string | null;
  readonly warehouse: string | null;
}

export async function insertSession(db: Queryable, row: SessionRow): Promise<void> {
  await db.query(
    `insert into session (id, principal_id, delegator_id, connection, client, owner, epoch, lease_until, token_hash, master_hash, sealed_upstream, database, schema, role, warehouse)
     values ($1, $2, $3, $4, $5, $6, $7, now() + interval '30 seconds', $8, $9, $10, $11, $12, $13, $14)`,
    [
      row.id,
      row.principalId,
      row.delegatorId,
      row.connection,
      JSON.stringify(row.client),
      row.owner,
      row.epoch,
      row.tokenHash,
      row.masterHash,
      row.sealedUpstream,
      row.database,
      row.schema,
      row.role,
      row.warehouse,
    ],
  );
}

/** Fenced: changes nothing when another replica owns the session by now. */
export async function updateTokens(
  db: Queryable,
  id: string,
  epoch: number,
  tokenHash: Buffer,
  masterHash: Buffer,
): Promise<boolean> {
  const changed = await db.query(
    `update session set token_hash = $3, master_hash = $4, last_seen_at = now() where id = $1 and epoch = $2 and ended_at is null`,
    [id, epoch, tokenHash, masterHash],
  );
  return changed.rowCount === 1;
}

export async function updateSealed(db: Queryable, id: string, epoch: number, sealed: Buffer): Promise<void> {
  await db.query(`update session set sealed_upstream = $3 where id = $1 and epoch = $2`, [id, epoch, sealed]);
}

export async function endSession(db: Queryable, id: string, reason: string): Promise<void> {
  await db.query(
    `update session set ended_at = now(), end_reason = $2, sealed_upstream = null where id = $1 and ended_at is null`,
    [id, reason],
  );
}

/** Keeps the lease of everything that this replica owns, and what was last seen. */
export async function keepLeases(
  db: Queryable,
  owner: string,
  seen: readonly {
    readonly id: string;
    readonly at: Date;
    readonly database: string | null;
    readonly schema: string | null;
  }[],
): Promise<void> {
  await db.query({
    name: "session-lease",
    text: `update session s set lease_until = now() + interval '30 seconds', last_seen_at = v.at, database = v.database, schema = v.schema
           from unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[]) as v(id, at, database, schema)
           where s.id = v.id and s.owner = $1`,
    values: [
      owner,
      seen.map((one) => one.id),
      seen.map((one) => one.at),
      seen.map((one) => one.database),
      seen.map((one) => one.schema),
    ],
  });
}

/**
 * A live session by either of its tokens. It doesn't look at the lease: a session's chain lies in this machine's own
 * journal, so only the gateway that had the session can take it up, and whoever adopts is fenced by the epoch.
 */
export async function findAdoptable(db: Queryable, hash: Buffer): Promise<SessionRow | null> {
  const found = await db.query<SessionRow>(
    `select id, principal_id as "principalId", delegator_id as "delegatorId", connection, client, owner, epoch, token_hash as "tokenHash", master_hash as "masterHash",
            sealed_upstream as "sealedUpstream", database, schema, role, warehouse
     from session where (token_hash = $1 or master_hash = $1) and ended_at is null and sealed_upstream is not null`,
    [hash],
  );
  return found.rows[0] ?? null;
}

/** Takes a session over; false when somebody else did. */
export async function adoptSession(db: Queryable, id: string, fromEpoch: number, owner: string): Promise<boolean> {
  const changed = await db.query(
    `update session set owner = $3, epoch = epoch + 1, lease_until = now() + interval '30 seconds' where id = $1 and epoch = $2 and ended_at is null`,
    [id, fromEpoch, owner],
  );
  return changed.rowCount === 1;
}

/** Sessions whose token or principal is no longer good. */
export async function revokedAmong(db: Queryable, tokenIds: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await db.query<{ id: string }>({
    name: "token-revoked",
    text: `select t.id from token t join principal p on p.id = t.principal_id left join principal d on d.id = p.delegator_id
           where t.id = any($1) and (t.revoked_at is not null or p.disabled_at is not null or d.disabled_at is not null)`,
    values: [tokenIds],
  });
  return new Set(found.rows.map((row) => row.id));
}
