/**
 * The search index in PostgreSQL (`entry_index`): rebuilt from the journal at will, and never itself evidence.
 * One statement per batch; writing the same entries again changes nothing.
 */
import type { EntrySink, ShippedEntry } from "./port.ts";

/** What this needs of `pg`. */
export interface Queryable {
  query(
    text: string,
    values: readonly unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

const UPSERT = `
insert into entry_index (log, idx, hash, type, session, statement, at, principal, clear)
select r.log, r.idx, r.hash, r.type, r.session, r.statement, r.at, r.principal, r.clear
from jsonb_to_recordset($1::jsonb) as r(log text, idx bigint, hash text, type text, session text, statement text, at timestamptz, principal text, clear jsonb)
on conflict (log, idx) do update set
  hash = excluded.hash, type = excluded.type, session = excluded.session, statement = excluded.statement,
  at = excluded.at, principal = excluded.principal, clear = excluded.clear
where entry_index.hash <> excluded.hash`;

export function entryIndexSink(db: Queryable, name = "entry_index"): EntrySink {
  return {
    name,
    async write(entries) {
      await db.query(UPSERT, [rowsText(entries)]);
    },
  };
}

/** PostgreSQL's jsonb takes no U+0000. A name that holds one must not hold up the index, so it shows as U+FFFD there. */
function rowsText(entries: readonly ShippedEntry[]): string {
  const rows = entries.map(({ log, index, hash, type, session, statement, at, principal, clear, payload }) => ({
    log,
    idx: index,
    hash,
    type,
    session,
    statement,
    at,
    principal,
    clear: payload === null ? clear : { ...clear, locator: payload },
  }));
  // In the text, so that names of members are covered too; an even run of backslashes before it is not part of it.
  return JSON.stringify(rows).replaceAll(/(?<!\\)((?:\\\\)*)\\u0000/g, "$1\\ufffd");
}
