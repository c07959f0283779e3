/**
 * Guarantees of the answer's codec: the canonical form satisfies every driver, rows stay verbatim, and no
 * access to storage of the warehouse is carried except where it was read on purpose.
 */
import { describe, expect, it } from "vitest";
import { decodeChunkBody, encodeChunkBody } from "./chunk-body.ts";
import { columnType } from "./column-type.ts";
import { CODES, cancelled, denial, failure, isSessionExpired, isSessionLost, sessionFailure } from "./envelope.ts";
import { type Json, type JsonObject, parseJson, renderJson } from "./json.ts";
import { decodeMonitoringResponse, encodeMonitoringResponse } from "./monitoring.ts";
import {
  decodeQueryResponse,
  encodeQueryResponse,
  inProgress,
  QUERY_RESPONSE_RAW,
  type QueryResponse,
} from "./query-response.ts";
import { resultData } from "./result-data.ts";
import { statementKind } from "./statement-type.ts";

const ID = "01b056d5-0001-25f6-0000-6bb504856e2e";

function decoded(text: string): QueryResponse {
  const json = parseJson(text, { rawAt: QUERY_RESPONSE_RAW });
  const result = json.ok ? decodeQueryResponse(json.value) : json;
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

function refusal(data: Json, more: JsonObject = {}): string {
  const result = decodeQueryResponse({ data, code: null, message: null, success: true, ...more });
  return result.ok ? "accepted" : result.error.code;
}

function dataOf(response: QueryResponse): JsonObject {
  const json = parseJson(renderJson(encodeQueryResponse(response)));
  if (!json.ok || typeof json.value !== "object" || json.value === null) throw new Error("not an object");
  return (json.value as JsonObject).data as JsonObject;
}

const MINIMAL = { queryId: ID, rowtype: [], rowset: [] };

describe("a result", () => {
  it("keeps its rows verbatim", () => {
    const rows = '[ ["1.0",\n null], ["\\u0041", "9007199254740993"] ]';
    const answer = decoded(
      `{"data":{"queryId":"${ID}","rowtype":[],"rowset":${rows},"total":2},"code":null,"success":true}`,
    );
    expect(renderJson(encodeQueryResponse(answer))).toContain(`"rowset":${rows},`);
  });

  it("has every key that some driver hangs or crashes without, and none that crashes as null", () => {
    const data = dataOf({ kind: "result", data: resultData(ID, [columnType("A", "text")]) });
    for (const key of [
      "parameters",
      "rowtype",
      "rowset",
      "total",
      "returned",
      "queryId",
      "queryResultFormat",
      "statementTypeId",
    ]) {
      expect(data[key], key).not.toBeNull();
      expect(data[key], key).toBeDefined();
    }
    for (const key of ["finalDatabaseName", "finalSchemaName", "finalWarehouseName", "finalRoleName"]) {
      expect(key in data, key).toBe(true);
    }
    for (const key of ["chunks", "chunkHeaders", "qrmk", "resultIds", "resultTypes", "rowsetBase64", "getResultUrl"]) {
      expect(key in data, key).toBe(false);
    }
    expect(data.rowset).toEqual([]);
  });

  it("in Arrow has rowsetBase64 and no rowset", () => {
    const data = dataOf({ kind: "result", data: resultData(ID, [], { format: "arrow" }) });
    expect(data.rowsetBase64).toBe("");
    expect("rowset" in data).toBe(false);
  });

  it("with chunks has headers, so that no driver falls back to the encryption key", () => {
    const chunk = { url: "http://x/1", rowCount: 1, uncompressedSize: 2, compressedSize: 3 };
    const data = dataOf({ kind: "result", data: resultData(ID, [], { chunks: [chunk] }) });
    expect(data.chunks).toEqual([chunk]);
    expect(data.chunkHeaders).toEqual({});
    expect("qrmk" in data).toBe(false);
  });

  it("writes a column with the keys that drivers look up", () => {
    const data = dataOf({
      kind: "result",
      data: resultData(ID, [columnType("A", "binary", { length: 8, byteLength: 8 })]),
    });
    expect(data.rowtype).toEqual([
      {
        name: "A",
        database: "",
        schema: "",
        table: "",
        nullable: true,
        length: 8,
        type: "binary",
        scale: null,
        precision: null,
        byteLength: 8,
        collation: null,
      },
    ]);
  });

  it("is read with missing and null keys, as servers leave them", () => {
    const answer = decoded(
      `{"data":{"queryId":"${ID}","chunks":null,"rowtype":null,"total":null,"stats":null},"success":true}`,
    );
    expect(answer).toEqual({
      kind: "result",
      data: resultData(ID, [], { statementTypeId: 0, numberOfBinds: null, arrayBindSupported: null, version: null }),
    });
  });

  it("names its parts and their types when it was several statements", () => {
    const answer = decoded(
      `{"data":{"queryId":"${ID}","resultIds":"${ID},${ID}","resultTypes":"4096,12544"},"success":true}`,
    );
    expect(answer).toMatchObject({ data: { resultIds: [ID, ID], resultTypes: [4096, 12544] } });
    expect(dataOf(answer)).toMatchObject({ resultIds: `${ID},${ID}`, resultTypes: "4096,12544" });
  });

  it.each([
    ["stage credentials", { ...MINIMAL, stageInfo: { creds: {} } }, "STAGE_TRANSFER"],
    ["an upload", { ...MINIMAL, command: "UPLOAD" }, "STAGE_TRANSFER"],
    ["presigned URLs", { ...MINIMAL, presignedUrls: ["u"] }, "STAGE_TRANSFER"],
    ["an unknown column type", { ...MINIMAL, rowtype: [{ name: "A", type: "future" }] }, "UNKNOWN_VALUE"],
    ["an unknown format", { ...MINIMAL, queryResultFormat: "parquet" }, "UNKNOWN_VALUE"],
    ["a column without a name", { ...MINIMAL, rowtype: [{ type: "text" }] }, "SHAPE"],
    ["rows that aren't a list", { ...MINIMAL, rowset: {} }, "SHAPE"],
    ["a chunk without a row count", { ...MINIMAL, chunks: [{ url: "u" }] }, "SHAPE"],
    ["a query id with a path in it", { ...MINIMAL, queryId: "../x" }, "SHAPE"],
    ["a negative total", { ...MINIMAL, total: -1 }, "SHAPE"],
    ["no data", null, "SHAPE"],
  ])("is refused with %s", (_, data, code) => {
    expect(refusal(data)).toBe(code);
  });

  it("drops what it doesn't know of data", () => {
    const answer = decoded(
      `{"data":{"queryId":"${ID}","future":{"url":"https://storage"},"rowset":[]},"success":true}`,
    );
    expect(renderJson(encodeQueryResponse(answer))).not.toContain("storage");
  });
});

describe("an answer in progress", () => {
  it("has a plain path and no rows, in both kinds", () => {
    for (const isAsync of [false, true]) {
      const answer = inProgress(ID, isAsync);
      const data = dataOf(answer);
      expect(data.getResultUrl).toBe(`/queries/${ID}/result`);
      expect("rowset" in data).toBe(false);
      expect(decoded(renderJson(encodeQueryResponse(answer)))).toEqual(answer);
      expect(encodeQueryResponse(answer)).toMatchObject({ success: true, code: isAsync ? "333334" : "333333" });
    }
  });

  it.each([
    "https://evil/queries/1/result",
    "/queries/1/result?x=1",
    "//evil/result",
    "/queries/../result",
    "/api/v2/x",
  ])("is refused when it points to %s", (getResultUrl) => {
    expect(refusal({ queryId: ID, getResultUrl }, { code: "333333" })).toBe("SHAPE");
  });
});

describe("a failure", () => {
  it("by policy looks like a permission error, with an object as data", () => {
    expect(encodeQueryResponse(denial(ID, "blocked"))).toEqual({
      data: {
        internalError: false,
        errorCode: "003001",
        age: 0,
        sqlState: "42501",
        queryId: ID,
        line: -1,
        pos: -1,
        type: "AUTHORIZATION",
      },
      code: "003001",
      message: "blocked",
      success: false,
      headers: null,
    });
  });

  it("of a cancelled statement ends the poll with 000604 and 57014, without a result URL", () => {
    const answer = encodeQueryResponse(cancelled(ID));
    expect(answer).toMatchObject({ code: "000604", data: { sqlState: "57014", queryId: ID } });
    expect(renderJson(answer)).not.toContain("getResultUrl");
  });

  it("of a session tells renewing apart from losing it", () => {
    const expired = sessionFailure(CODES.sessionExpired, "expired");
    const gone = sessionFailure(CODES.sessionGone, "gone");
    expect([isSessionExpired(expired), isSessionLost(expired)]).toEqual([true, false]);
    expect([isSessionExpired(gone), isSessionLost(gone)]).toEqual([false, true]);
    expect([isSessionExpired(denial(ID, "x")), isSessionLost(denial(ID, "x"))]).toEqual([false, false]);
  });

  it("always has a code of digits", () => {
    expect(() => failure({ code: "DENIED", message: "" })).toThrow(TypeError);
    for (const code of ["null", '"WORDS"', '""', "{}", "-1"]) {
      expect(decoded(`{"success":false,"code":${code},"message":"m","data":null}`)).toMatchObject({
        kind: "failure",
        code: "000000",
      });
    }
    expect(decoded('{"success":false,"code":604,"message":"m"}')).toMatchObject({ code: "000604" });
    expect(decoded('{"success":false,"code":null,"data":{"errorCode":"002003","sqlState":"42S02"}}')).toMatchObject({
      code: "002003",
      sqlState: "42S02",
      message: "",
    });
  });

  it("stays a failure when its data is nonsense", () => {
    for (const data of ['""', "[]", "7", '{"sqlState":7,"queryId":"../x","line":"x"}']) {
      expect(decoded(`{"success":false,"code":"001003","message":"m","data":${data}}`)).toEqual(
        failure({ code: "001003", message: "m" }),
      );
    }
  });

  it("is never taken for a success: success must be said", () => {
    for (const success of [undefined, null, "true", 1]) {
      const body: Record<string, Json> = { data: MINIMAL, code: null };
      if (success !== undefined) body.success = success;
      expect(decodeQueryResponse(body)).toMatchObject({ ok: false, error: { code: "SHAPE" } });
    }
  });
});

describe("chunk bodies", () => {
  it("are rows without the outer brackets, both ways", () => {
    const rows = '[["1",null],\n["2","a]b"]]';
    expect(encodeChunkBody(rows)).toBe('["1",null],\n["2","a]b"]');
    expect(decodeChunkBody(encodeChunkBody(rows))).toEqual({ ok: true, value: rows });
    expect(decodeChunkBody("")).toEqual({ ok: true, value: "[]" });
  });

  it.each(['["1"]],"x":[["2"]', '["1"', '["1"],', "]", '["1"]]}'])("are refused as %s", (text) => {
    expect(decodeChunkBody(text).ok).toBe(false);
  });
});

describe("monitoring", () => {
  const query = {
    queryId: ID,
    status: "QUEUED",
    errorCode: null,
    errorMessage: null,
    startTime: 1,
    endTime: null,
    sessionId: "9007199254740993",
  } as const;

  it("reads back what it wrote", () => {
    const response = { kind: "success", queries: [query] } as const;
    expect(decodeMonitoringResponse(encodeMonitoringResponse(response))).toEqual({ ok: true, value: response });
  });

  it("writes numbers where nothing is known, because Python 5 fails on null", () => {
    const blank = { ...query, startTime: null, sessionId: null };
    expect(encodeMonitoringResponse({ kind: "success", queries: [blank] })).toMatchObject({
      data: { queries: [{ startTime: 0, endTime: 0, sessionId: 0, errorCode: "", errorMessage: "" }] },
    });
  });

  it("refuses a status that drivers don't know", () => {
    const answer = { data: { queries: [{ id: ID, status: "HELD" }] }, success: true };
    expect(decodeMonitoringResponse(answer)).toMatchObject({ ok: false, error: { code: "UNKNOWN_VALUE" } });
  });
});

describe("statementKind", () => {
  it.each([
    [4096, "select"],
    [12544, "insert"],
    [12800, "update"],
    [13056, "delete"],
    [13312, "merge"],
    [13568, "insert"],
    [14080, "unload"],
    [17153, "use"],
    [17408, "show"],
    [20736, "transaction"],
    [0x6244, "ddl"],
    [28930, "put"],
    [28929, "get"],
    [33025, "transaction"],
    [36864, "call"],
    [40960, "multi"],
    [0, "unknown"],
    [99_999, "unknown"],
    [null, "unknown"],
  ])("%s is %s", (id, kind) => {
    expect(statementKind(id)).toBe(kind);
  });
});
