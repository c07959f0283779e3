/**
 * The data of a result: column descriptors, inline rows, chunks and what goes with them (protocol §6.1).
 *
 * Reading takes missing and null keys; writing gives the canonical form: what crashes a driver as null is left
 * out, what hangs another when absent is always there. Rows stay the verbatim JSON text they came as.
 */

import { type ColumnType, readRowtype, renderRowtype } from "./column-type.ts";
import { type Json, type JsonObject, RawJson, renderJson } from "./json.ts";
import { type Parameter, readParameters, renderParameters } from "./parameters.ts";
import { type QueryContext, readQueryContext, renderQueryContext } from "./query-context.ts";
import { Fields, record, refuse } from "./shape.ts";

export interface Chunk {
  readonly url: string;
  readonly rowCount: number;
  /** Bytes; drivers size buffers by them. */
  readonly uncompressedSize: number;
  readonly compressedSize: number;
}

export interface ResultData {
  readonly queryId: string;
  readonly statementTypeId: number;
  /** Rows of the whole result. */
  readonly total: number;
  readonly returned: number;
  readonly rowtype: readonly ColumnType[];
  readonly format: "json" | "arrow";
  /** JSON text of the array of inline rows, verbatim; null for Arrow and where the server gave none. */
  readonly rowset: string | null;
  /** One Arrow stream; null for JSON. */
  readonly rowsetBase64: string | null;
  readonly chunks: readonly Chunk[];
  /** Headers for fetching the chunks; a credential of the storage. */
  readonly chunkHeaders: Readonly<Record<string, string>> | null;
  /** Key of the chunks' server-side encryption; likewise. */
  readonly qrmk: string | null;
  readonly parameters: readonly Parameter[];
  readonly finalDatabaseName: string | null;
  readonly finalSchemaName: string | null;
  readonly finalWarehouseName: string | null;
  readonly finalRoleName: string | null;
  readonly numberOfBinds: number | null;
  readonly arrayBindSupported: boolean | null;
  readonly metaDataOfBinds: readonly JsonObject[] | null;
  /** Counts of a data change (`numRowsInserted` …). */
  readonly stats: Readonly<Record<string, number>> | null;
  readonly queryContext: QueryContext | null;
  /** Query ids and statement types of a multi-statement request's parts; empty otherwise. */
  readonly resultIds: readonly string[];
  readonly resultTypes: readonly number[];
  readonly version: number | null;
  /** Milliseconds since 1970. */
  readonly sendResultTime: number | null;
  readonly queryAbortsAfterSecs: number | null;
  readonly isTotalTruncated: boolean;
}

/** A result with everything that isn't given at its neutral value. */
export function resultData(
  queryId: string,
  rowtype: readonly ColumnType[],
  more: Partial<ResultData> = {},
): ResultData {
  return {
    queryId,
    statementTypeId: 0x1000,
    total: 0,
    returned: 0,
    rowtype,
    format: "json",
    rowset: null,
    rowsetBase64: null,
    chunks: [],
    chunkHeaders: null,
    qrmk: null,
    parameters: [],
    finalDatabaseName: null,
    finalSchemaName: null,
    finalWarehouseName: null,
    finalRoleName: null,
    numberOfBinds: 0,
    arrayBindSupported: false,
    metaDataOfBinds: null,
    stats: null,
    queryContext: null,
    resultIds: [],
    resultTypes: [],
    version: 1,
    sendResultTime: null,
    queryAbortsAfterSecs: null,
    isTotalTruncated: false,
    ...more,
  };
}

/** Reads a query id as servers give it. */
export function readQueryId(text: string, data: Fields): string {
  return /^[0-9A-Za-z-]{1,64}$/.test(text) ? text : data.wrong("queryId", "a query id");
}

/** Reads the `data` of a result. */
export function readResult(data: Fields): ResultData {
  const format = readFormat(data);
  const chunks = readChunks(data);
  return {
    queryId: readQueryId(data.text("queryId"), data),
    statementTypeId: data.countOrNull("statementTypeId") ?? 0,
    total: data.countOrNull("total") ?? data.countOrNull("returned") ?? 0,
    returned: data.countOrNull("returned") ?? data.countOrNull("total") ?? 0,
    rowtype: readRowtype(data),
    format,
    rowset: readRowset(data),
    rowsetBase64: data.textOrNull("rowsetBase64"),
    chunks,
    chunkHeaders: readChunkHeaders(data.childOrNull("chunkHeaders")),
    qrmk: data.textOrNull("qrmk"),
    parameters: readParameters(data),
    finalDatabaseName: data.textOrNull("finalDatabaseName"),
    finalSchemaName: data.textOrNull("finalSchemaName"),
    finalWarehouseName: data.textOrNull("finalWarehouseName"),
    finalRoleName: data.textOrNull("finalRoleName"),
    numberOfBinds: data.countOrNull("numberOfBinds"),
    arrayBindSupported: data.flagOrNull("arrayBindSupported"),
    metaDataOfBinds: readMetaDataOfBinds(data),
    stats: readStats(data.childOrNull("stats")),
    queryContext: data.has("queryContext") ? readQueryContext(data.child("queryContext")) : null,
    resultIds: readIdList(data),
    resultTypes: commaList(data, "resultTypes").map((text) => readTypeId(text, data)),
    version: data.intOrNull("version"),
    sendResultTime: data.intOrNull("sendResultTime"),
    queryAbortsAfterSecs: data.intOrNull("queryAbortsAfterSecs"),
    isTotalTruncated: data.flag("totalTruncated", false),
  };
}

function readFormat(data: Fields): "json" | "arrow" {
  const format = data.textOrNull("queryResultFormat") ?? "json";
  if (format === "json" || format === "arrow") return format;
  return format === "arrow_force"
    ? "arrow"
    : refuse("UNKNOWN_VALUE", "queryResultFormat: not a format of the protocol");
}

function readRowset(data: Fields): string | null {
  const rows = data.get("rowset") ?? null;
  if (rows === null) return null;
  const text = rows instanceof RawJson ? rows.text : renderJson(rows);
  if (text === "null") return null;
  return text.startsWith("[") ? text : data.wrong("rowset", "a list of rows");
}

const CHUNKS_MAX = 100_000;
const CHUNK_HEADERS_MAX = 32;

function readChunks(data: Fields): readonly Chunk[] {
  return data.list("chunks", CHUNKS_MAX).map((json, index) => {
    const chunk = new Fields(json, `${data.at("chunks")}[${index}]`);
    return {
      url: chunk.text("url"),
      rowCount: chunk.countOrNull("rowCount") ?? chunk.wrong("rowCount", "a number"),
      uncompressedSize: chunk.countOrNull("uncompressedSize") ?? 0,
      compressedSize: chunk.countOrNull("compressedSize") ?? 0,
    };
  });
}

function readChunkHeaders(fields: Fields | null): Readonly<Record<string, string>> | null {
  if (fields === null) return null;
  const keys = fields.keys();
  if (keys.length > CHUNK_HEADERS_MAX) refuse("LIMIT", "chunkHeaders: too many");
  return record(keys.map((key) => [key, fields.text(key)] as const));
}

function readMetaDataOfBinds(data: Fields): readonly JsonObject[] | null {
  if (!data.has("metaDataOfBinds")) return null;
  return data
    .list("metaDataOfBinds", 20_000)
    .map((json, index) => new Fields(json, `metaDataOfBinds[${index}]`).object);
}

/** The counts that are carried; others are dropped. */
const STATS: readonly string[] = ["numRowsInserted", "numRowsUpdated", "numRowsDeleted", "numDmlDuplicates"];

function readStats(fields: Fields | null): Readonly<Record<string, number>> | null {
  if (fields === null) return null;
  const entries: [string, number][] = [];
  for (const key of STATS) {
    const count = fields.countOrNull(key);
    if (count !== null) entries.push([key, count]);
  }
  return record(entries);
}

const PARTS_MAX = 1_000;

function commaList(data: Fields, key: string): readonly string[] {
  const text = data.textOrNull(key);
  const parts = text === null || text === "" ? [] : text.split(",").map((part) => part.trim());
  if (parts.length > PARTS_MAX) refuse("LIMIT", `${data.at(key)}: too many`);
  return parts;
}

function readIdList(data: Fields): readonly string[] {
  return commaList(data, "resultIds").map((id) => readQueryId(id, data));
}

function readTypeId(text: string, data: Fields): number {
  return /^[0-9]{1,6}$/.test(text) ? Number(text) : data.wrong("resultTypes", "a list of numbers");
}

/** Writes the `data` of a result. */
export function renderResult(data: ResultData): JsonObject {
  const out: Record<string, Json> = {
    parameters: renderParameters(data.parameters),
    rowtype: renderRowtype(data.rowtype),
    ...renderRows(data),
    total: data.total,
    returned: data.returned,
    queryId: data.queryId,
    databaseProvider: null,
    finalDatabaseName: data.finalDatabaseName,
    finalSchemaName: data.finalSchemaName,
    finalWarehouseName: data.finalWarehouseName,
    finalRoleName: data.finalRoleName,
    numberOfBinds: data.numberOfBinds ?? 0,
    arrayBindSupported: data.arrayBindSupported ?? false,
    statementTypeId: data.statementTypeId,
    version: data.version ?? 1,
    queryResultFormat: data.format,
  };
  if (data.metaDataOfBinds !== null) out.metaDataOfBinds = data.metaDataOfBinds;
  if (data.sendResultTime !== null) out.sendResultTime = data.sendResultTime;
  if (data.stats !== null) out.stats = record(Object.entries(data.stats));
  if (data.queryContext !== null) out.queryContext = renderQueryContext(data.queryContext);
  if (data.queryAbortsAfterSecs !== null) out.queryAbortsAfterSecs = data.queryAbortsAfterSecs;
  if (data.isTotalTruncated) out.totalTruncated = true;
  if (data.resultIds.length > 0) {
    out.resultIds = data.resultIds.join(",");
    out.resultTypes = data.resultTypes.join(",");
  }
  return out;
}

/** Rows and chunks. Node needs `rowset` as a list even when it is empty, or it submits the statement again. */
function renderRows(data: ResultData): JsonObject {
  const out: Record<string, Json> = {};
  if (data.format === "json") out.rowset = new RawJson(data.rowset ?? "[]");
  else out.rowsetBase64 = data.rowsetBase64 ?? "";
  if (data.chunks.length === 0) return out;
  out.chunks = data.chunks.map((chunk) => ({ ...chunk }));
  if (data.chunkHeaders !== null || data.qrmk === null)
    out.chunkHeaders = record(Object.entries(data.chunkHeaders ?? {}));
  if (data.qrmk !== null) out.qrmk = data.qrmk;
  return out;
}
