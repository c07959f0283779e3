/** The journal entries of one statement, as drafts. Pure: what is said, not when. */
import type { EntryDraft } from "@sluice/evidence";
import type { QueryRequest, ResultData } from "@sluice/snowflake-wire";
import type { InspectedStatement } from "../policy/port.ts";
import type { DeliveredResult } from "./ports.ts";

/** Who and where, the same in every entry of a session. */
export interface EntryContext {
  readonly session: string;
  readonly epoch: number;
  readonly principal: string;
  readonly connection: string;
}

export interface StatementTold {
  readonly statement: string;
  readonly textDigest: string;
}

export const receivedEntry = (
  context: EntryContext,
  told: StatementTold,
  requestId: string,
  request: QueryRequest,
): EntryDraft => ({
  ...context,
  type: "statement.received",
  body: {
    ...told,
    requestId,
    bytes: Buffer.byteLength(request.sqlText, "utf8"),
    binds: request.bindings === null ? 0 : Object.keys(request.bindings).length,
    describeOnly: request.describeOnly,
    async: request.asyncExec,
    internal: request.isInternal,
    dropped: request.dropped.slice(0, 100),
  },
});

export const decidedEntry = (
  context: EntryContext,
  told: StatementTold,
  moment: "statement" | "result",
  one: InspectedStatement,
): EntryDraft => ({
  ...context,
  type: "statement.decided",
  body: {
    ...told,
    moment,
    effect: one.decision.effect,
    facts: one.decisionFacts,
    decision: one.decision,
    factsDigest: one.decision.factsDigest,
    bundleDigest: one.decision.bundleDigest,
    engine: one.decision.engine,
    index: one.decisionFacts.batch.index,
    count: one.decisionFacts.batch.count,
  },
});

export const forwardedEntry = (
  context: EntryContext,
  told: StatementTold,
  sent: {
    readonly upstreamRequestId: string;
    readonly bytes: number;
    readonly approval: string | null;
    readonly describeOnly: boolean;
  },
): EntryDraft => ({
  ...context,
  type: "statement.forwarded",
  body: {
    ...told,
    upstreamRequestId: sent.upstreamRequestId,
    bytes: sent.bytes,
    describeOnly: sent.describeOnly,
    ...(sent.approval === null ? {} : { request: sent.approval }),
  },
});

export function resultEntries(
  context: EntryContext,
  statement: string,
  upstream: ResultData,
  delivered: DeliveredResult,
  masks: ReadonlyMap<number, string>,
  times: { readonly durationMs: number; readonly heldMs: number },
): readonly { readonly draft: EntryDraft; readonly payload: Uint8Array | null }[] {
  const { data } = delivered;
  const schema: EntryDraft = {
    ...context,
    type: "result.schema",
    body: {
      statement,
      queryId: upstream.queryId,
      statementType: data.statementTypeId,
      format: data.format,
      columns: data.rowtype.map((column, ordinal) => {
        const mask = masks.get(ordinal);
        return { name: column.name.slice(0, 500), type: column.type, ...(mask === undefined ? {} : { mask }) };
      }),
      rows: data.total,
      chunks: data.chunks.length,
    },
  };
  const page = delivered.page;
  const pageEntry: EntryDraft | null =
    page === null
      ? null
      : {
          ...context,
          type: "result.page",
          body: {
            statement,
            page: 0,
            rows: page.rows,
            bytes: page.bytes.length,
            format: page.format,
            truncated: page.truncated,
          },
        };
  const end: EntryDraft = {
    ...context,
    type: "result.end",
    body: {
      statement,
      rows: data.total,
      rowsRecorded: page?.rows ?? 0,
      columns: data.rowtype.length,
      chunks: data.chunks.map((chunk, index) => ({ index, rows: chunk.rowCount })),
      delivered: delivered.delivered,
      bytes: delivered.inlineBytes,
      durationMs: times.durationMs,
      heldMs: times.heldMs,
      queryId: upstream.queryId,
    },
  };
  return [
    { draft: schema, payload: null },
    ...(pageEntry === null || page === null ? [] : [{ draft: pageEntry, payload: page.bytes }]),
    { draft: end, payload: null },
  ];
}

/** The end of a multi-statement request as a whole. */
export const partsEndEntry = (
  context: EntryContext,
  statement: string,
  upstream: ResultData,
  times: { readonly durationMs: number; readonly heldMs: number },
): EntryDraft => ({
  ...context,
  type: "result.end",
  body: {
    statement,
    rows: upstream.total,
    columns: upstream.rowtype.length,
    chunks: [],
    ...times,
    queryId: upstream.queryId,
  },
});

export type FailedOutcome = "refused" | "failed" | "withheld" | "abandoned" | "canceled" | "unknown";

export const errorEntry = (
  context: EntryContext,
  statement: string,
  outcome: FailedOutcome,
  code: string,
  more: { readonly owner?: string; readonly sqlState?: string | null; readonly upstreamCode?: string | null } = {},
): EntryDraft => ({
  ...context,
  type: "error",
  body: {
    statement,
    outcome,
    code,
    ...(more.owner === undefined ? {} : { owner: more.owner }),
    ...(more.sqlState === undefined || more.sqlState === null ? {} : { sqlState: more.sqlState }),
    ...(more.upstreamCode === undefined || more.upstreamCode === null ? {} : { upstreamCode: more.upstreamCode }),
  },
});
