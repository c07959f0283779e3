/** Read-only lists for the API: sessions and their statements. */
import type { RuleView } from "@sluice/contracts";
import type { Queryable } from "./pool.ts";

export interface SessionListRow {
  readonly id: string;
  readonly principal: string;
  readonly delegator: string | null;
  readonly connection: string;
  readonly client: { readonly app: string; readonly version: string };
  readonly startedAt: Date;
  readonly lastSeenAt: Date;
  readonly endedAt: Date | null;
  readonly endReason: string | null;
  readonly statements: number;
  readonly denied: number;
  readonly held: number;
}

const SESSION_COLUMNS = `s.id, p.name as principal, d.name as delegator, s.connection, s.client, s.started_at as "startedAt", s.last_seen_at as "lastSeenAt",
  s.ended_at as "endedAt", s.end_reason as "endReason",
  count(st.id) as statements, count(st.id) filter (where st.effect = 'deny') as denied, count(st.id) filter (where st.effect = 'hold') as held`;
const SESSION_FROM = `session s join principal p on p.id = s.principal_id left join principal d on d.id = s.delegator_id left join statement st on st.session_id = s.id`;

export async function listSessions(db: Queryable, most: number): Promise<readonly SessionListRow[]> {
  const found = await db.query<SessionListRow>(
    `select ${SESSION_COLUMNS} from ${SESSION_FROM} group by s.id, p.name, d.name order by s.started_at desc limit $1`,
    [most],
  );
  return found.rows;
}

/** By a prefix of the id, as a person types it; null when none or several match. */
export async function findSession(db: Queryable, prefix: string): Promise<SessionListRow | null> {
  const found = await db.query<SessionListRow>(
    `select ${SESSION_COLUMNS} from ${SESSION_FROM} where starts_with(s.id, $1) group by s.id, p.name, d.name limit 2`,
    [prefix],
  );
  return found.rows.length === 1 ? (found.rows[0] ?? null) : null;
}

export interface StatementListRow {
  readonly id: string;
  readonly state: string;
  readonly effect: "allow" | "hold" | "deny" | null;
  readonly because: readonly RuleView[];
  readonly decision: {
    readonly sentence?: string;
    readonly masks?: readonly { readonly column: string; readonly label: string; readonly from: string }[];
  };
  readonly receivedAt: Date;
  readonly finishedAt: Date | null;
  readonly rows: number | null;
  readonly errorCode: string | null;
  readonly errorText: string | null;
}

export async function statementsOf(
  db: Queryable,
  sessionId: string,
  most: number,
): Promise<readonly StatementListRow[]> {
  const found = await db.query<StatementListRow>(
    `select id, state, effect, because, decision, received_at as "receivedAt", finished_at as "finishedAt", rows, error_code as "errorCode", error_text as "errorText"
     from statement where session_id = $1 order by received_at, id limit $2`,
    [sessionId, most],
  );
  return found.rows;
}

/** Names of principals by id, for people to read. */
export async function namesOf(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await db.query<{ id: string; name: string }>(`select id, name from principal where id = any($1)`, [
    ids,
  ]);
  return new Map(found.rows.map((row) => [row.id, row.name]));
}
