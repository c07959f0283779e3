/**
 * Guarantees of the JSON reader and writer: nothing is lost, nothing ambiguous is taken, kept text is
 * verbatim and was checked in full.
 */
import { describe, expect, it } from "vitest";
import { type Json, JsonNumber, type ParseJsonOptions, parseJson, RawJson, renderJson } from "./json.ts";

function parsed(text: string, options?: ParseJsonOptions): Json {
  const result = parseJson(text, options);
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

function codeOf(text: string, options?: ParseJsonOptions): string {
  const result = parseJson(text, options);
  return result.ok ? "accepted" : result.error.code;
}

function nested(depth: number): string {
  return "[".repeat(depth) + "]".repeat(depth);
}

describe("parseJson", () => {
  it.each([
    ["null", null],
    ["true", true],
    ["false", false],
    ["0", 0],
    ["-7", -7],
    ["0.5", 0.5],
    ['""', ""],
    ['"a\\u0041\\n\\/\\"\\\\"', 'aA\n/"\\'],
    ['"\\ud83d\\ude00"', "😀"],
    [" [ 1 , [ ] , { } ] ", [1, [], {}]],
    ['{"a":{"b":[null,false]}}', { a: { b: [null, false] } }],
  ])("reads %s", (text, value) => {
    expect(parsed(text)).toEqual(value);
  });

  it.each(["1139401934593285121", "1.0", "1e2", "-0", "0.10", "99999999999999999999999999999999999999", "1E400"])(
    "keeps the number %s as its text",
    (text) => {
      const value = parsed(text);
      expect(value).toBeInstanceOf(JsonNumber);
      expect(renderJson(value)).toBe(text);
    },
  );

  it.each([
    "",
    " ",
    "nul",
    "nullx",
    "True",
    "NaN",
    "Infinity",
    "undefined",
    "01",
    "-",
    "+1",
    ".5",
    "1.",
    "1e",
    "1e+",
    "0x10",
    "--1",
    "'a'",
    '"a',
    '"\\x41"',
    '"\\u12g4"',
    '"\\u12"',
    '"\\',
    '"tab\there"',
    '"line\nbreak"',
    "[",
    "[1",
    "[1,",
    "[1,]",
    "[,1]",
    "[1 2]",
    "]",
    "{",
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    "{a:1}",
    "{1:1}",
    '{"a" 1}',
    '{"a":1]',
    "[1}",
    "1 2",
    "[] []",
    "// comment\n1",
    "\ufeff1",
    "\u00a01",
    "1\u0000",
  ])("refuses %j as not JSON", (text) => {
    expect(codeOf(text)).toBe("JSON_SYNTAX");
    // The same text is refused where it would be kept verbatim.
    expect(codeOf(`{"data":{"rowset":${text}}}`, { rawAt: ["data.rowset"] })).toBe("JSON_SYNTAX");
  });

  it.each([
    '{"sqlText":"a","sqlText":"b"}',
    '{"a":{"b":1,"b":1}}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
  ])("refuses %s, which has one key twice", (text) => {
    expect(codeOf(text)).toBe("JSON_DUPLICATE_KEY");
    expect(codeOf(`{"raw":[${text}]}`, { rawAt: ["raw"] })).toBe("JSON_DUPLICATE_KEY");
  });

  it("gives no key of the input a way to a prototype", () => {
    const value = parsed('{"__proto__":{"admin":true},"constructor":1}');
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value ?? {})).toEqual(["__proto__", "constructor"]);
    expect(renderJson(value)).toBe('{"__proto__":{"admin":true},"constructor":1}');
  });

  it("takes nesting up to the bound and refuses one more, kept text included", () => {
    expect(codeOf(nested(64))).toBe("accepted");
    expect(codeOf(nested(65))).toBe("JSON_DEPTH");
    expect(codeOf(nested(3), { depthMax: 2 })).toBe("JSON_DEPTH");
    expect(codeOf(`{"raw":${nested(63)}}`, { rawAt: ["raw"] })).toBe("accepted");
    expect(codeOf(`{"raw":${nested(64)}}`, { rawAt: ["raw"] })).toBe("JSON_DEPTH");
    expect(codeOf(nested(200_000))).toBe("JSON_DEPTH");
  });

  it("refuses more values than the bound", () => {
    expect(codeOf("[1,2,3]", { nodesMax: 4 })).toBe("accepted");
    expect(codeOf("[1,2,3]", { nodesMax: 3 })).toBe("JSON_SIZE");
  });

  it("keeps the text at a path verbatim, white space and spelling included", () => {
    const raw = '[ ["1.0", null ],\n["\\u0041","b" ] ]';
    const value = parsed(`{"data":{"total":2,"rowset": ${raw} ,"rowtype":[]},"rowset":[1]}`, {
      rawAt: ["data.rowset"],
    });
    expect(value).toEqual({ data: { total: 2, rowset: new RawJson(raw), rowtype: [] }, rowset: [1] });
  });

  it("keeps the text of values that aren't lists too", () => {
    expect(parsed('{"a":null,"b":{"c":[1.0]}}', { rawAt: ["a", "b.c"] })).toEqual({
      a: new RawJson("null"),
      b: { c: new RawJson("[1.0]") },
    });
  });

  it("names the offset of a fault and no text of the input", () => {
    const result = parseJson('{"PASSWORD":"hunter2" "x"}');
    expect(result).toEqual({
      ok: false,
      error: { code: "JSON_SYNTAX", message: "expected a comma or the closing bracket at offset 22" },
    });
  });
});

describe("renderJson", () => {
  it("writes kept numbers and kept text as they stand", () => {
    expect(renderJson({ a: new JsonNumber("1.0"), b: new RawJson("[ 1 ]"), c: ["é\u2028", 1e21] })).toBe(
      '{"a":1.0,"b":[ 1 ],"c":["é\u2028",1e+21]}',
    );
  });

  it("escapes half of a surrogate pair, which has no UTF-8", () => {
    expect(renderJson("\ud800")).toBe('"\\ud800"');
    expect(parsed('"\\ud800"')).toBe("\ud800");
  });

  it("throws for a number that JSON can't write and for a text that is no number", () => {
    expect(() => renderJson(Number.NaN)).toThrow(TypeError);
    expect(() => new JsonNumber('1,"admin":true')).toThrow(TypeError);
  });
});
