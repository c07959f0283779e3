/**
 * Guarantees of the query request's codec: what goes on is what was decoded; what could smuggle a second
 * statement, invisible values or another meaning of names is refused.
 */
import { describe, expect, it } from "vitest";
import { BIND_TYPES, type BindType, parseBindValue } from "./bindings.ts";
import { type Json, parseJson, renderJson } from "./json.ts";
import { decodeQueryRequest, encodeQueryRequest, multiStatementCount, queryRequest } from "./query-request.ts";

function refusal(body: Json): string {
  const result = decodeQueryRequest(body);
  return result.ok ? "accepted" : result.error.code;
}

describe("decodeQueryRequest", () => {
  it("keeps the statement's characters exactly", () => {
    const sqlText = "select 'ä\u2028\u0000\ud83d\ude00' -- ；\r\n";
    const body = parseJson(renderJson(encodeQueryRequest(queryRequest(sqlText))));
    expect(body.ok && decodeQueryRequest(body.value)).toMatchObject({ ok: true, value: { sqlText } });
  });

  it("reads the body that JDBC sends, nulls and lower-case parameters included", () => {
    const result = decodeQueryRequest({
      sqlText: "select ?",
      sequenceId: 2,
      bindings: null,
      bindStage: null,
      describeOnly: false,
      parameters: { rows_per_resultset: 0, query_timeout: 0, NEW_SQL_FORMAT: true },
      describedJobId: null,
      querySubmissionTime: 1_763_000_000_000,
      isInternal: false,
      asyncExec: false,
      queryContextDTO: null,
    });
    expect(result).toMatchObject({
      ok: true,
      value: { sequenceId: 2, bindings: null, describedJobId: null, dropped: [] },
    });
    expect(result.ok && { ...result.value.parameters }).toEqual({
      rows_per_resultset: 0,
      query_timeout: 0,
      NEW_SQL_FORMAT: true,
    });
  });

  it("drops what it doesn't know, says so, and never sends it on", () => {
    const result = decodeQueryRequest({
      sqlText: "select 1",
      dataframeAst: "AAAA",
      parameters: { FUTURE: 1, QUERY_TAG: "t" },
    });
    expect(result).toMatchObject({ ok: true, value: { dropped: ["dataframeAst", "parameters.FUTURE"] } });
    expect(result.ok && renderJson(encodeQueryRequest(result.value))).not.toMatch(/AAAA|FUTURE/);
  });

  it.each([
    ["binds on a stage", { sqlText: "x", bindStage: "@SYSTEM$BIND/1" }, "REFUSED_FIELD"],
    ["a bind stage that isn't text", { sqlText: "x", bindStage: {} }, "SHAPE"],
    ["another spelling of sqlText", { sqlText: "x", SQLTEXT: "y" }, "REFUSED_FIELD"],
    ["another spelling of sqlText, wide letters", { sqlText: "x", ｓｑｌＴｅｘｔ: "y" }, "REFUSED_FIELD"],
    ["another spelling of bindings", { sqlText: "x", bindings_: {} }, "REFUSED_FIELD"],
    ["a second statement under another key", { sqlText: "x", statement: "y" }, "REFUSED_FIELD"],
    ["a role of its own", { sqlText: "x", role: "ACCOUNTADMIN" }, "REFUSED_FIELD"],
    ["no statement", {}, "SHAPE"],
    ["a statement that is a list", { sqlText: ["x"] }, "SHAPE"],
    ["asyncExec that is a text", { sqlText: "x", asyncExec: "true" }, "SHAPE"],
    ["a described job that is no query id", { sqlText: "x", describedJobId: "../1" }, "SHAPE"],
    [
      "a parameter that changes names",
      { sqlText: "x", parameters: { quoted_identifiers_ignore_case: true } },
      "REFUSED_FIELD",
    ],
    ["an unknown bind type", { sqlText: "x", bindings: { 1: { type: "FUTURE", value: "1" } } }, "UNKNOWN_VALUE"],
    ["a bind value that is a number", { sqlText: "x", bindings: { 1: { type: "FIXED", value: 1 } } }, "SHAPE"],
    ["a bind list with a number", { sqlText: "x", bindings: { 1: { type: "FIXED", value: ["1", 2] } } }, "SHAPE"],
    [
      "too many unknown keys",
      { sqlText: "x", ...Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`k${i}`, 1])) },
      "LIMIT",
    ],
  ])("refuses %s", (_, body, code) => {
    expect(refusal(body as Json)).toBe(code);
  });

  it("says how many statements the caller announced", () => {
    const count = (parameters: Record<string, Json>): number | null => {
      const result = decodeQueryRequest({ sqlText: "x", parameters });
      return result.ok ? multiStatementCount(result.value) : -1;
    };
    expect(count({})).toBeNull();
    expect(count({ MULTI_STATEMENT_COUNT: 0 })).toBe(0);
    expect(count({ multi_statement_count: "3" })).toBe(3);
    expect(count({ MULTI_STATEMENT_COUNT: -1 })).toBeNull();
  });
});

describe("parseBindValue", () => {
  it.each<readonly [BindType, string, object]>([
    ["FIXED", "-12.50", { kind: "decimal", text: "-12.50" }],
    ["REAL", "1e+100", { kind: "real", text: "1e+100" }],
    ["REAL", "nan", { kind: "real", text: "nan" }],
    ["TEXT", "'; drop", { kind: "text", text: "'; drop" }],
    ["BOOLEAN", "TRUE", { kind: "boolean", value: true }],
    ["BOOLEAN", "false", { kind: "boolean", value: false }],
    ["BINARY", "00ff", { kind: "binary", hex: "00FF" }],
    ["DATE", "1700006400000", { kind: "date", days: 19_676 }],
    ["DATE", "-1", { kind: "date", days: -1 }],
    ["DATE", "2023-11-15", { kind: "date", days: 19_676 }],
    ["TIME", "45296123000000", { kind: "time", nanoseconds: 45_296_123_000_000n }],
    [
      "TIMESTAMP_NTZ",
      "1700000000123456789",
      { kind: "timestamp", nanoseconds: 1_700_000_000_123_456_789n, offsetMinutes: null },
    ],
    ["TIMESTAMP_TZ", "-5 1500", { kind: "timestamp", nanoseconds: -5n, offsetMinutes: 60 }],
    [
      "TIMESTAMP_TZ",
      "1700000000000000000",
      { kind: "timestamp", nanoseconds: 1_700_000_000_000_000_000n, offsetMinutes: null },
    ],
    ["VARIANT", '{"a":1}', { kind: "json", text: '{"a":1}' }],
  ])("reads %s %s", (type, text, value) => {
    expect(parseBindValue(type, text)).toEqual({ ok: true, value });
  });

  it("reads null of every type", () => {
    for (const type of BIND_TYPES) expect(parseBindValue(type, null)).toEqual({ ok: true, value: { kind: "null" } });
  });

  it.each<readonly [BindType, string]>([
    ["FIXED", "1 or 1=1"],
    ["FIXED", ""],
    ["REAL", "1e"],
    ["BOOLEAN", "yes"],
    ["BINARY", "0"],
    ["BINARY", "zz"],
    ["DATE", "tomorrow"],
    ["DATE", "2023-13-01"],
    ["TIME", "-1"],
    ["TIMESTAMP_NTZ", "2023-01-01"],
    ["TIMESTAMP_TZ", "1 2 3"],
  ])("refuses %s %j", (type, text) => {
    expect(parseBindValue(type, text)).toMatchObject({ ok: false, error: { code: "SHAPE" } });
  });
});
