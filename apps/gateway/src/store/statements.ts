/** Statement rows: the index of what ran, and the fence against running anything twice after a restart. */

import { GatewayError } from "../errors/catalogue.ts";
import type { Pool, Queryable } from "./pool.ts";
import type { StatementIndexPort, StatementRow } from "./port.ts";

const UPSERT = {
  name: "statement-upsert",
  text: `insert into statement (id, session_id, request_id, upstream_request_id, upstream_query_id, sql_digest, fingerprint, class, state, effect, because, decision,
           received_at, decided_at, forwarded_at, finished_at, rows, masked_columns, error_code, error_text, parent_id, ordinal)
         values ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22)
         on conflict (id) do update set upstream_query_id = excluded.upstream_query_id, state = excluded.state, effect = excluded.effect, class = excluded.class,
           fingerprint = excluded.fingerprint, because = excluded.because, decision = excluded.decision, decided_at = excluded.decided_at,
           forwarded_at = excluded.forwarded_at, finished_at = excluded.finished_at, rows = excluded.rows, masked_columns = excluded.masked_columns,
           error_code = excluded.error_code, error_text = excluded.error_text`,
};

async function upsert(db: Queryable, row: StatementRow): Promise<void> {
  await db.query({
    ...UPSERT,
    values: [
      row.id,
      row.sessionId,
      row.requestId,
      row.upstreamRequestId,
      row.upstreamQueryId,
      row.textDigest,
      row.fingerprint,
      row.class,
      row.state,
      row.effect,
      JSON.stringify(row.because),
      JSON.stringify(row.decision),
      row.receivedAt,
      row.decidedAt,
      row.forwardedAt,
      row.finishedAt,
      row.rows,
      row.maskedColumns,
      row.errorCode,
      row.errorText,
      row.parentId,
      row.ordinal,
    ],
  });
}

const UNIQUE_VIOLATION = "23505";

/** Waiting notes are bounded: the newest state of each statement is what counts. */
const WAITING_MAX = 10_000;

export class StatementIndex implements StatementIndexPort {
  readonly #pool: Pool;
  readonly #waiting = new Map<string, StatementRow>();
  readonly #onFault: (error: unknown) => void;
  #writing: Promise<void> | null = null;

  constructor(pool: Pool, onFault: (error: unknown) => void) {
    this.#pool = pool;
    this.#onFault = onFault;
  }

  async fix(row: StatementRow): Promise<void> {
    this.#waiting.delete(row.id);
    await this.#writing;
    try {
      await upsert(this.#pool, row);
    } catch (error) {
      // Another statement of the session has this request id: one that was forgotten here, and may have run.
      if (error instanceof Error && "code" in error && error.code === UNIQUE_VIOLATION)
        throw new GatewayError("SLUICE_OUTCOME_UNKNOWN");
      throw error;
    }
  }

  note(row: StatementRow): void {
    if (this.#waiting.size >= WAITING_MAX && !this.#waiting.has(row.id)) return;
    this.#waiting.set(row.id, row);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = null;
    });
  }

  /** Resolves when everything noted so far is written or was given up. */
  async flush(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #writeAll(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const next = this.#waiting.entries().next().value;
      if (next === undefined) return;
      this.#waiting.delete(next[0]);
      try {
        await upsert(this.#pool, next[1]);
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}

export interface PreviousStatement {
  readonly id: string;
  readonly textDigest: string;
  readonly state: string;
  readonly forwardedAt: Date | null;
}

/** States in which nothing had been sent. A row is fixed as running before anything but a read is sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  "received",
  "held",
  "released",
  "denied",
  "approval-denied",
  "approval-expired",
  "approval-void",
  "abandoned",
]);

export const mayHaveRun = (row: PreviousStatement): boolean => row.forwardedAt !== null || !NEVER_SENT.has(row.state);

/** What an earlier owner of the session left under this request id. */
export async function findPrevious(
  db: Queryable,
  sessionId: string,
  requestId: string,
): Promise<PreviousStatement | null> {
  const found = await db.query<PreviousStatement>(
    `select id, sql_digest as "textDigest", state, forwarded_at as "forwardedAt" from statement where session_id = $1 and request_id = $2 and ordinal = 0`,
    [sessionId, requestId],
  );
  return found.rows[0] ?? null;
}
