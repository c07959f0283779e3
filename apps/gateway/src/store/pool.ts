/** The gateway's one way to PostgreSQL: a small pool for statements, and one direct connection for NOTIFY. */
import pg from "pg";

export type Pool = pg.Pool;
export type Queryable = Pick<pg.Pool, "query">;

/** int8 columns hold ids and counts far below 2^53. */
pg.types.setTypeParser(20, (text) => Number(text));

export function openPool(url: string): Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 8,
    connectionTimeoutMillis: 3000,
    statement_timeout: 5000,
    query_timeout: 6000,
  });
  // An idle connection that breaks must not end the process; the next query finds out and fails closed.
  pool.on("error", () => undefined);
  return pool;
}

/** Runs `work` in one transaction. */
export async function transaction<T>(pool: Pool, work: (client: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // While it is out of the pool nobody else listens, and an unheard error would end the process.
  const onBroken = (): void => undefined;
  client.on("error", onBroken);
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const value = await work(client);
    await client.query("commit");
    return value;
  } catch (error) {
    await client.query("rollback").catch((failed: Error) => {
      broken = failed;
    });
    throw error;
  } finally {
    client.off("error", onBroken);
    client.release(broken);
  }
}

/**
 * Listens on channel `sluice` and calls `onHint` for each notification and after each reconnect. A hint carries
 * nothing to be trusted: whoever gets one reads the rows again. Lost hints cost a sweep's interval, nothing else.
 */
export function listenForHints(url: string, onHint: () => void): { close(): Promise<void> } {
  let closed = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | null = null;
  const connect = async (): Promise<void> => {
    if (closed) return;
    const next = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
    const retry = (): void => {
      if (closed || client !== next) return;
      client = null;
      timer = setTimeout(() => void connect(), 1000);
    };
    client = next;
    next.on("notification", onHint);
    next.on("error", retry);
    next.on("end", retry);
    try {
      await next.connect();
      await next.query("listen sluice");
      onHint();
    } catch {
      retry();
    }
  };
  void connect();
  return {
    async close() {
      closed = true;
      if (timer !== null) clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
