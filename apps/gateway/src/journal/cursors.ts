/** Cursors of sinks: in a small file beside the journal, or in PostgreSQL beside the index they are about. */

import type { Queryable } from "./entry-index.ts";
import { type JournalFs, nodeFs } from "./fs-port.ts";
import type { CursorStore } from "./port.ts";

/** Losing the file ships everything again, which every sink must bear. */
export function fileCursors(path: string, fs: JournalFs = nodeFs): CursorStore {
  let known: Map<string, number> | null = null;
  async function load(): Promise<Map<string, number>> {
    if (known !== null) return known;
    const bytes = await fs.read(path);
    let rows: unknown = [];
    try {
      rows = bytes === null ? [] : JSON.parse(Buffer.from(bytes).toString("utf8"));
    } catch {
      // Written as a whole, so this is damage; shipping again is the safe answer.
    }
    known = new Map();
    for (const row of Array.isArray(rows) ? rows : []) {
      if (Array.isArray(row) && typeof row[0] === "string" && Number.isSafeInteger(row[1])) known.set(row[0], row[1]);
    }
    return known;
  }
  return {
    load: async (log, sink) => (await load()).get(`${sink} ${log}`) ?? 0,
    async save(log, sink, position) {
      const cursors = await load();
      cursors.set(`${sink} ${log}`, position);
      await fs.replace(path, Buffer.from(JSON.stringify([...cursors]), "utf8"));
    },
  };
}

/** Cursors in the table `journal_cursor`. */
export function pgCursors(db: Queryable): CursorStore {
  return {
    async load(log, sink) {
      const { rows } = await db.query("select position from journal_cursor where log = $1 and sink = $2", [log, sink]);
      const position = Number(rows[0]?.["position"] ?? 0);
      return Number.isSafeInteger(position) && position >= 0 ? position : 0;
    },
    async save(log, sink, position) {
      await db.query(
        "insert into journal_cursor (log, sink, position) values ($1, $2, $3) on conflict (log, sink) do update set position = excluded.position",
        [log, sink, position],
      );
    },
  };
}
