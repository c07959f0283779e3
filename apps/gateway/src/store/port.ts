/** The statement index as the gate sees it. */
/** A statement's row in the index; `fix` must be durable before anything but a read is sent. */
export interface StatementRow {
  readonly id: string;
  readonly sessionId: string;
  readonly requestId: string;
  readonly upstreamRequestId: string;
  readonly upstreamQueryId: string | null;
  readonly textDigest: string;
  readonly fingerprint: string;
  readonly class: string;
  readonly state: string;
  readonly effect: string | null;
  readonly because: unknown;
  readonly decision: unknown;
  readonly receivedAt: Date;
  readonly decidedAt: Date | null;
  readonly forwardedAt: Date | null;
  readonly finishedAt: Date | null;
  readonly rows: number | null;
  readonly maskedColumns: number | null;
  readonly errorCode: string | null;
  readonly errorText: string | null;
  readonly parentId: string | null;
  readonly ordinal: number;
}

export interface StatementIndexPort {
  fix(row: StatementRow): Promise<void>;
  /** Best effort and in order: the index can be rebuilt from the journal. */
  note(row: StatementRow): void;
}
