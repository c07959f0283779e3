/** One run of one statement: what the code that runs it is given. */
import type { Bind } from "./binds.ts";
import type { Outcome } from "./outcome.ts";
import type { ChunkStore, RowFormat } from "./rows.ts";
import type { Session } from "./session.ts";

export interface Execution {
  readonly session: Session;
  readonly sql: string;
  readonly binds: readonly Bind[];
  readonly describeOnly: boolean;
  readonly format: RowFormat;
  /** At most so many rows of a query are returned; 0 for all. */
  readonly rowsMax: number;
  readonly store: ChunkStore;
  /** Adds a column that the statement did not ask for (a fault for tests). */
  readonly extraColumn: boolean;
  readonly signal: AbortSignal;
  /** Waits, and ends early when canceled. */
  readonly pause: (ms: number) => Promise<void>;
  /** Called once, right before the engine or the session's state is touched. */
  readonly starting: () => void;
  /** The outcome of an earlier statement of this user. */
  readonly earlier: (queryId: string) => Outcome | null;
  readonly createDatabase: (name: string) => Promise<void>;
}
