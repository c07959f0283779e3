/** Principals and their tokens, as PostgreSQL holds them. Tokens are looked up by hash only. */
import type { Principal } from "@sluice/policy-engine";
import type { Queryable } from "./pool.ts";

/** A principal with what the platform (not policy) knows of it. */
export interface KnownPrincipal {
  readonly principal: Principal;
  readonly name: string;
  readonly roles: readonly string[];
}

export interface TokenOwner extends KnownPrincipal {
  readonly tokenId: string;
  readonly tokenKind: "agent" | "person";
  /** The one connection this token is for; null: any. */
  readonly connection: string | null;
  readonly expiresAt: Date;
}

interface Row {
  id: string;
  kind: "human" | "agent" | "job";
  name: string;
  groups: string[];
  roles: string[];
  delegator_id: string | null;
  delegator_groups: string[] | null;
}

const COLUMNS = `p.id, p.kind, p.name, p.groups, p.roles, p.delegator_id, d.groups as delegator_groups`;

function toPrincipal(row: Row): KnownPrincipal {
  const base = { id: row.id, kind: row.kind, groups: row.groups };
  const named = row.kind === "human" ? base : { ...base, agent: row.name };
  const principal: Principal =
    row.delegator_id === null
      ? named
      : { ...named, delegator: { id: row.delegator_id, groups: row.delegator_groups ?? [] } };
  return { principal, name: row.name, roles: row.roles };
}

export async function findPrincipal(db: Queryable, nameOrId: string): Promise<KnownPrincipal | null> {
  const found = await db.query<Row>({
    name: "principal-find",
    text: `select ${COLUMNS} from principal p left join principal d on d.id = p.delegator_id
           where (p.name = $1 or p.id = $1) and p.disabled_at is null`,
    values: [nameOrId],
  });
  const row = found.rows[0];
  return row === undefined ? null : toPrincipal(row);
}

/** The owner of a live token: not revoked, not expired, principal and delegator not disabled. */
export async function findTokenOwner(db: Queryable, hash: Buffer, now: Date): Promise<TokenOwner | null> {
  const found = await db.query<
    Row & { token_id: string; token_kind: "agent" | "person"; connection: string | null; expires_at: Date }
  >({
    name: "token-find",
    text: `select ${COLUMNS}, t.id as token_id, t.kind as token_kind, t.connection, t.expires_at
           from token t join principal p on p.id = t.principal_id left join principal d on d.id = p.delegator_id
           where t.hash = $1 and t.revoked_at is null and t.expires_at > $2 and p.disabled_at is null and d.disabled_at is null`,
    values: [hash, now],
  });
  const row = found.rows[0];
  if (row === undefined) return null;
  return {
    ...toPrincipal(row),
    tokenId: row.token_id,
    tokenKind: row.token_kind,
    connection: row.connection,
    expiresAt: row.expires_at,
  };
}

export interface NewToken {
  readonly id: string;
  readonly hash: Buffer;
  readonly prefix: string;
  readonly principalId: string;
  readonly kind: "agent" | "person";
  readonly connection: string | null;
  readonly createdBy: string;
  readonly expiresAt: Date;
}

export async function insertToken(db: Queryable, token: NewToken): Promise<void> {
  await db.query(
    `insert into token (id, hash, prefix, principal_id, kind, scopes, connection, created_by, expires_at)
     values ($1, $2, $3, $4, $5, '{}', $6, $7, $8)`,
    [
      token.id,
      token.hash,
      token.prefix,
      token.principalId,
      token.kind,
      token.connection,
      token.createdBy,
      token.expiresAt,
    ],
  );
}

export async function revokeToken(db: Queryable, id: string): Promise<boolean> {
  const changed = await db.query(`update token set revoked_at = now() where id = $1 and revoked_at is null`, [id]);
  return changed.rowCount === 1;
}

export interface TokenRow {
  readonly id: string;
  readonly prefix: string;
  readonly principal: string;
  readonly kind: string;
  readonly connection: string | null;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
}

export async function listTokens(db: Queryable): Promise<readonly TokenRow[]> {
  const found = await db.query<{
    id: string;
    prefix: string;
    name: string;
    kind: string;
    connection: string | null;
    expires_at: Date;
    revoked_at: Date | null;
  }>(
    `select t.id, t.prefix, p.name, t.kind, t.connection, t.expires_at, t.revoked_at from token t join principal p on p.id = t.principal_id
     order by t.created_at desc limit 500`,
  );
  return found.rows.map((row) => ({
    id: row.id,
    prefix: row.prefix,
    principal: row.name,
    kind: row.kind,
    connection: row.connection,
    expiresAt: row.expires_at.toISOString(),
    revokedAt: row.revoked_at?.toISOString() ?? null,
  }));
}

export interface PrincipalDraft {
  readonly name: string;
  readonly kind: "human" | "agent" | "job";
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly delegator: string | null;
  readonly document: unknown;
}

/** Ids are readable and stable: `agent:devin`, `human:ana`. */
export const principalId = (kind: string, name: string): string => `${kind}:${name}`;

export async function upsertPrincipal(db: Queryable, draft: PrincipalDraft): Promise<void> {
  await db.query(
    `insert into principal (id, kind, name, groups, delegator_id, roles, document)
     values ($1, $2, $3, $4, (select id from principal where name = $5), $6, $7)
     on conflict (name) do update set groups = excluded.groups, delegator_id = excluded.delegator_id, roles = excluded.roles, document = excluded.document`,
    [
      principalId(draft.kind, draft.name),
      draft.kind,
      draft.name,
      draft.groups,
      draft.delegator,
      draft.roles,
      JSON.stringify(draft.document),
    ],
  );
}
