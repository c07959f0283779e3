/**
 * The outbox: whoever changes something that must be evidence writes the change and this row in one transaction.
 * A gateway's sequencer turns rows into journal entries, in order; only then does the change take effect.
 */
import type { Queryable } from "./pool.ts";

export interface OutboxRow {
  readonly id: number;
  readonly kind: string;
  readonly body: Record<string, unknown>;
}

export async function insertOutbox(db: Queryable, kind: string, body: Record<string, unknown>): Promise<void> {
  await db.query(`insert into outbox (kind, body) values ($1, $2)`, [kind, JSON.stringify(body)]);
}

export async function unsequenced(db: Queryable, most: number): Promise<readonly OutboxRow[]> {
  const found = await db.query<OutboxRow>({
    name: "outbox-next",
    text: `select id, kind, body from outbox where sequenced_at is null order by id limit $1`,
    values: [most],
  });
  return found.rows;
}

export async function markSequenced(db: Queryable, id: number, entryHash: string): Promise<void> {
  await db.query(`update outbox set sequenced_at = now(), entry_hash = $2 where id = $1`, [id, entryHash]);
}
