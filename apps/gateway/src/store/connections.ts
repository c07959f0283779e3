/** Connections: the document as applied, and the sealed credential beside it. */
import { type ConnectionDocument, connectionDocument } from "@sluice/contracts";
import type { Queryable } from "./pool.ts";

export interface StoredConnection {
  readonly document: ConnectionDocument;
  readonly sealedCredential: Buffer | null;
}

export async function listConnections(db: Queryable): Promise<readonly StoredConnection[]> {
  const found = await db.query<{ document: unknown; sealed_credential: Buffer | null }>(
    `select document, sealed_credential from connection order by name`,
  );
  return found.rows.map((row) => ({
    document: connectionDocument.parse(row.document),
    sealedCredential: row.sealed_credential,
  }));
}

export async function upsertConnection(
  db: Queryable,
  document: ConnectionDocument,
  sealed: Buffer | null,
  digest: string | null,
): Promise<void> {
  await db.query(
    `insert into connection (name, document, sealed_credential, credential_digest) values ($1, $2, $3, $4)
     on conflict (name) do update set document = excluded.document, updated_at = now(),
       sealed_credential = coalesce(excluded.sealed_credential, connection.sealed_credential),
       credential_digest = coalesce(excluded.credential_digest, connection.credential_digest)`,
    [document.name, JSON.stringify(document), sealed, digest],
  );
}
