/**
 * Makes a warehouse's result fit to leave: masked inline rows, our chunk addresses, our query id, and nothing that
 * gives access to the warehouse's storage. If the plan does not fit, nothing leaves.
 */
import { createHash } from "node:crypto";
import type { CustomDetector, Decision, MaskPlan } from "@sluice/policy-engine";
import type { ResultData } from "@sluice/snowflake-wire";
import type { Connections } from "../connections/connections.ts";
import { GatewayError } from "../errors/catalogue.ts";
import type { DeliveredResult, ResultContext, ResultPort } from "../gate/ports.ts";
import type { Masker, ResultMask, RowCapture } from "../masking/index.ts";
import type { UpstreamAnswer } from "../upstream/port.ts";
import type { ChunkDesk } from "./chunks.ts";

const PAGE_BYTES_MAX = 4 * 1_048_576;

export interface DeliveryDeps {
  readonly masker: Masker;
  readonly chunks: ChunkDesk;
  /** The detectors that the bundle in force defines. */
  readonly patterns: () => readonly CustomDetector[];
  readonly connections: Connections;
  /** Asks the warehouse for a result again, over the session that owns it. */
  readonly resultAgain: (session: string, upstreamQueryId: string) => Promise<UpstreamAnswer>;
}

export class ResultDelivery implements ResultPort {
  readonly #deps: DeliveryDeps;
  constructor(deps: DeliveryDeps) {
    this.#deps = deps;
  }

  async deliver(
    data: ResultData,
    queryId: string,
    decision: Decision,
    context: ResultContext,
  ): Promise<DeliveredResult> {
    checkLimits(data, decision);
    const mask = this.#plan(decision.masks, data);
    const page = new Page(Math.min(decision.recordRowsMax, 10_000));
    const inline = await this.#maskInline(data, mask, page.capture);
    const chunks = data.chunks.length === 0 ? [] : this.#deps.chunks.register(this.#source(data, mask, context));
    const delivered = inline.rowset ?? inline.rowsetBase64 ?? "";
    return {
      data: {
        ...data,
        ...inline,
        rowtype: mask.rowtype,
        queryId,
        chunks,
        chunkHeaders: chunks.length > 0 ? {} : null,
        qrmk: null,
        resultIds: [],
        resultTypes: [],
      },
      maskedColumns: mask.treatments.filter((one) => one !== null && one.kind !== "scan").length,
      page: page.recorded(chunks.length > 0),
      delivered: createHash("sha256").update(delivered, "utf8").digest("hex"),
      inlineBytes: Buffer.byteLength(delivered, "utf8"),
    };
  }

  #plan(plan: MaskPlan, data: ResultData): ResultMask {
    const planned = this.#deps.masker.plan(plan, data.rowtype, this.#deps.patterns());
    if (!planned.ok) throw new GatewayError("SLUICE_MASK_MISMATCH");
    return planned.value;
  }

  async #maskInline(
    data: ResultData,
    mask: ResultMask,
    capture: RowCapture,
  ): Promise<Pick<ResultData, "rowset" | "rowsetBase64">> {
    const hasChunks = data.chunks.length > 0;
    // A description announces rows and gives none; a result in chunks gives its first rows inline.
    const options = { capture, ...(hasChunks || isEmpty(data) ? {} : { rowsExpected: data.total }) };
    if (data.format === "json") {
      if (data.rowset === null) return { rowset: null, rowsetBase64: null };
      const masked = await this.#deps.masker.rowset(data.rowset, mask, options);
      if (!masked.ok) throw new GatewayError("SLUICE_MASK_MISMATCH");
      return { rowset: masked.value, rowsetBase64: null };
    }
    if (data.rowsetBase64 === null || data.rowsetBase64 === "")
      return { rowset: null, rowsetBase64: data.rowsetBase64 };
    const masked = await this.#deps.masker.arrow(data.rowsetBase64, mask, options);
    if (!masked.ok) throw new GatewayError("SLUICE_MASK_MISMATCH");
    return { rowset: null, rowsetBase64: masked.value };
  }

  #source(data: ResultData, mask: ResultMask, context: ResultContext) {
    const connection = this.#deps.connections.find(context.connection);
    if (connection === null) throw new GatewayError("SLUICE_INTERNAL");
    if (data.chunks.some((chunk) => !connection.storage.isAllowed(chunk.url)))
      throw new GatewayError("SLUICE_UPSTREAM_NONSENSE");
    const { masker, resultAgain } = this.#deps;
    return {
      chunks: data.chunks,
      headers: headersOf(data),
      context,
      fetch: (address: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) =>
        connection.storage.fetch(address, headers, signal),
      masker: (chunk: { readonly rowCount: number }) =>
        masker.chunk(data.format, mask, { rowsExpected: chunk.rowCount }),
      async refresh() {
        const again = await resultAgain(context.session, data.queryId);
        if (again.kind !== "result") throw new Error("no fresh chunk addresses");
        return { chunks: again.data.chunks, headers: headersOf(again.data) };
      },
    };
  }
}

const isEmpty = (data: ResultData): boolean => data.rowset === "[]" || data.rowset === null;

/** Headers that open the warehouse's storage; they stay here. */
function headersOf(data: ResultData): Readonly<Record<string, string>> {
  if (data.chunkHeaders !== null) return data.chunkHeaders;
  if (data.qrmk === null) return {};
  return {
    "x-amz-server-side-encryption-customer-algorithm": "AES256",
    "x-amz-server-side-encryption-customer-key": data.qrmk,
  };
}

/** What policy allows of a result's size, now that it is known: nothing half-delivered. */
function checkLimits(data: ResultData, decision: Decision): void {
  const { rows, bytes } = decision.limits;
  if (rows !== undefined && data.total > rows)
    throw new GatewayError(
      "SLUICE_RESULT_DENIED",
      `The result has ${data.total} rows and policy allows ${rows}. Add a LIMIT or a narrower WHERE.`,
    );
  const size = data.chunks.reduce(
    (sum, chunk) => sum + chunk.uncompressedSize,
    (data.rowset ?? data.rowsetBase64 ?? "").length,
  );
  if (bytes !== undefined && size > bytes)
    throw new GatewayError(
      "SLUICE_RESULT_DENIED",
      `The result has ${size} bytes and policy allows ${bytes}. Select fewer columns or rows.`,
    );
}

/** The first rows as they leave, for the record. */
class Page {
  #rows: readonly (readonly (string | null)[])[] = [];
  #isCut = false;
  readonly capture: RowCapture;

  constructor(rowsMax: number) {
    this.capture = {
      rowsMax,
      bytesMax: PAGE_BYTES_MAX,
      onRows: (rows, isCut) => {
        this.#rows = rows;
        this.#isCut = isCut;
      },
    };
  }

  recorded(hasMore: boolean): DeliveredResult["page"] {
    if (this.#rows.length === 0) return null;
    return {
      bytes: Buffer.from(JSON.stringify(this.#rows), "utf8"),
      rows: this.#rows.length,
      format: "json",
      truncated: this.#isCut || hasMore,
    };
  }
}
