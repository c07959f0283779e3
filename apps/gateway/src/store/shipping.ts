/** Where the journal is shipped to: the search index and its cursors in PostgreSQL, sealed segments in a folder. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BlobStore, CursorStore, EntrySink } from "../journal/port.ts";
import type { Queryable } from "./pool.ts";

/** The search index: idempotent by (log, index), so that shipping twice changes nothing. */
export function entryIndexSink(db: Queryable): EntrySink {
  return {
    name: "postgres",
    async write(entries) {
      const rows = entries.map(({ log, index, hash, type, session, statement, at, principal, clear }) => {
        return { log, idx: index, hash, type, session, statement, at, principal, clear };
      });
      await db.query({
        name: "entry-index-insert",
        text: `insert into entry_index (log, idx, hash, type, session, statement, at, principal, clear)
               select * from jsonb_to_recordset($1::jsonb) as x(log text, idx int8, hash text, type text, session text,
                 statement text, at timestamptz, principal text, clear jsonb)
               on conflict (log, idx) do nothing`,
        // PostgreSQL's jsonb holds no NUL; none of the clear part needs one.
        values: [JSON.stringify(rows).replaceAll("\\u0000", "\\ufffd")],
      });
    },
  };
}

export function cursorStore(db: Queryable): CursorStore {
  return {
    async load(log, sink) {
      const found = await db.query<{ position: number }>(
        `select position from journal_cursor where log = $1 and sink = $2`,
        [log, sink],
      );
      return found.rows[0]?.position ?? 0;
    },
    async save(log, sink, position) {
      await db.query(
        `insert into journal_cursor (log, sink, position) values ($1, $2, $3)
         on conflict (log, sink) do update set position = greatest(journal_cursor.position, excluded.position)`,
        [log, sink, position],
      );
    },
  };
}

/** A folder of whole objects: each appears complete or not at all. */
export function folderBlobStore(folder: string): BlobStore {
  return {
    name: "folder",
    async put(key, bytes) {
      if (!/^[A-Za-z0-9][A-Za-z0-9._/-]{0,500}$/.test(key) || key.includes("..")) throw new Error("not a blob key");
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.part`, bytes, { flush: true });
      await rename(`${path}.part`, path);
    },
  };
}
