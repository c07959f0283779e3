/**
 * Answers as JSON text (protocol reference 1, 6). Rows are written as the text they already are.
 */
import type { Failure } from "./errors.ts";
import type { Success } from "./outcome.ts";
import type { ParameterValue } from "./parameters.ts";
import type { Statement } from "./statement.ts";

export function envelope(data: unknown, code: string | null = null, message: string | null = null): string {
  return JSON.stringify({ data, code, message, success: true, headers: null });
}

export function failureEnvelope(failure: Failure, queryId: string): string {
  const { code, sqlState, message } = failure;
  const data = {
    internalError: false,
    errorCode: code,
    age: 0,
    sqlState,
    queryId,
    line: -1,
    pos: -1,
    type: "COMPILATION",
  };
  return JSON.stringify({ data, code, message, success: false, headers: null });
}

/** A failure of login or session: no statement is concerned. */
export function sessionFailure(code: string, message: string): string {
  return JSON.stringify({ data: {}, code, message, success: false, headers: null });
}

/** "Still running, ask again": 333333 for a synchronous statement, 333334 for an asynchronous one. */
export function inProgress(statement: Statement, isAsync: boolean): string {
  const data = {
    queryId: statement.queryId,
    getResultUrl: `/queries/${statement.queryId}/result`,
    queryAbortsAfterSecs: 300,
    progressDesc: null,
  };
  if (!isAsync) return envelope(data, "333333", "Query execution in progress.");
  return envelope(
    data,
    "333334",
    "Asynchronous execution in progress. Use provided query id to perform query monitoring and management.",
  );
}

export interface ResultSetting {
  readonly parameters: readonly { readonly name: string; readonly value: ParameterValue }[];
  /** Where this client reaches us: `http://host:port`. */
  readonly origin: string;
}

/** The whole answer with a result. */
export function resultText(statement: Statement, success: Success, { parameters, origin }: ResultSetting): string {
  const { rows, format } = success;
  const data: Record<string, unknown> = {
    parameters,
    rowtype: success.columns,
    total: rows.total,
    returned: rows.total,
    queryId: statement.queryId,
    databaseProvider: null,
    finalDatabaseName: statement.final?.database ?? null,
    finalSchemaName: statement.final?.schema ?? null,
    finalWarehouseName: statement.final?.warehouse ?? null,
    finalRoleName: statement.final?.role ?? null,
    numberOfBinds: success.numberOfBinds,
    arrayBindSupported: success.arrayBindSupported,
    metaDataOfBinds: Array.from({ length: statement.describeOnly ? success.numberOfBinds : 0 }, (_, i) => ({
      name: String(i + 1),
      precision: 0,
      scale: 0,
      byteLength: 0,
      length: 0,
      type: "any",
      nullable: true,
    })),
    statementTypeId: statement.hasFault("wrongTypeId")
      ? success.statementTypeId === 0x1000
        ? 0x3100
        : 0x1000
      : success.statementTypeId,
    version: 1,
    sendResultTime: Date.now(),
    queryResultFormat: format,
    queryContext: { entries: [{ id: 0, timestamp: statement.startTime * 1000, priority: 0 }] },
  };
  if (success.stats !== null) data["stats"] = success.stats;
  if (rows.chunks.length > 0) {
    data["chunks"] = rows.chunks.map(({ name, rowCount, uncompressedSize, compressedSize }) => ({
      url: `${origin}/result-chunks/${name}`,
      rowCount,
      uncompressedSize,
      compressedSize,
    }));
    data["chunkHeaders"] = {};
  }
  if (success.parts.length > 0) {
    data["resultIds"] = success.parts.map((part) => part.queryId).join(",");
    data["resultTypes"] = success.parts.map((part) => part.statementTypeId).join(",");
  }
  const inline = format === "json" ? `"rowset":${rows.inline}` : `"rowsetBase64":"${rows.inline}"`;
  return `{"data":${JSON.stringify(data).slice(0, -1)},${inline}},"code":null,"message":null,"success":true,"headers":null}`;
}
