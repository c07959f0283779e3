/**
 * Guarantee: a text is cut into tokens in exactly one way, or refused. Each refusal here is a text that two
 * readers could cut differently.
 */
import { describe, expect, it } from "vitest";
import { lex } from "./lexer.ts";
import { parseNameText, renderName } from "./names.ts";
import { matchesLike } from "./resolve-star.ts";

const texts = (sql: string): string[] => {
  const lexed = lex(sql);
  return lexed.ok ? lexed.tokens.slice(0, -1).map((token) => token.text) : [`${lexed.code}`];
};

describe("refuses what can be cut in two ways", () => {
  const refused: readonly (readonly [string, string])[] = [
    ["a nested comment", "select a /* /* */ , ssn from t -- */ */"],
    ["a comment that overlaps another", "select 1 /*/ */"],
    ["an unterminated comment", "select a from t /* , ssn from u"],
    ["an unterminated string", "select 'a"],
    ["a string that ends in a backslash", "select 'a\\'"],
    ["an unterminated name", 'select "a'],
    ["an unterminated dollar string", "select $$ a"],
    ["a variable that could open a string", "select $x$, ssn, $x$ from t"],
    ["two variables without a gap", "select $x$y from t"],
    ["a name that holds two dollars", "select a$$b$$ from t"],
    ["three dollars in a row", "select $$a$$$ from t"],
    ["slashes in a stage path", "copy into @s/a//b from (select ssn from t)"],
    ["dashes in a stage path", "copy into @s/a--b from t"],
    ["a comment in a stage path", "list @s/a/*b*/c"],
    ["a bare carriage return in a line comment", "select a --\r, ssn from t"],
    ["a line separator in a line comment", "select a --\u2028, ssn from t"],
    ["a next-line character in a line comment", "select a //\u0085, ssn from t"],
    ["NUL", "select 1\u0000 from t"],
    ["NUL inside a string", "select 'a\u0000b'"],
    ["a no-break space", "select\u00a0a\u00a0from\u00a0t"],
    ["a full-width letter", "ｓelect 1"],
    ["a letter of another script", "sel\u0435ct 1"],
    ["a zero-width space", "sel\u200bect 1"],
    ["a right-to-left override inside a comment", "select 1 /* \u202e */"],
    ["a right-to-left override inside a string", "select '\u2066'"],
    ["half a surrogate pair", "select '\ud800'"],
    ["a number that runs into a name", "select 1a"],
    ["a hash", "select 1 # 2"],
    ["a backtick", "select `a`"],
    ["a backslash outside quotes", "select a\\b"],
    ["an empty quoted name", 'select ""'],
    ["a byte order mark", "\ufeffselect 1"],
    ["a vertical tab", "select\u000b1"],
  ];
  it.each(refused)("%s", (_, sql) => expect(texts(sql)).toEqual(["LEX_AMBIGUOUS"]));

  it("a text above one MiB, without looking at it", () => expect(texts(" ".repeat(1_048_577))).toEqual(["LIMIT"]));
});

describe("cuts Snowflake's own way", () => {
  const cut: readonly (readonly [string, readonly string[]])[] = [
    ["select 'it''s' 'a\\'b'", ["SELECT", "it's", "a'b"]],
    ['select "a""b", """"', ["SELECT", 'a"b', ",", '"']],
    ["select $$it's -- not a comment$$", ["SELECT", "it's -- not a comment"]],
    ["select 1--2\n+3//4\n/5", ["SELECT", "1", "+", "3", "/", "5"]],
    ["select /* a ; b */ 1;", ["SELECT", "1", ";"]],
    ["a::b:c[0].d->>e=>f:=g", ["A", "::", "B", ":", "C", "[", "0", "]", ".", "D", "->>", "E", "=>", "F", ":=", "G"]],
    ["1.5e-3 .5 1. $1 t.$2 $var ?", ["1.5e-3", ".5", "1.", "1", "T", ".", "2", "VAR", "?"]],
    ["put file:///tmp/a//b.csv @~/c", ["PUT", "file:///tmp/a//b.csv", "@~/c"]],
    ["select file from t // x", ["SELECT", "FILE", "FROM", "T"]],
    ['@db."my schema".stage/a b', ['@db."my schema".stage/a', "B"]],
    ["x'41'", ["X", "41"]],
    ["'\\x41\\u0042\\n'", ["AB\n"]],
  ];
  it.each(cut)("%s", (sql, expected) => expect(texts(sql)).toEqual(expected));

  it("knows a file path only in PUT and GET, so that elsewhere // stays a comment", () => {
    expect(texts("select file://x\n1")).toEqual(["SELECT", "FILE", ":", "1"]);
    expect(texts("select 1; put file://x @s")).toEqual(["SELECT", "1", ";", "PUT", "file://x", "@s"]);
  });
});

describe("names", () => {
  it("have one canonical form per meaning", () => {
    expect(renderName(["PROD", "weird name", 'a"b', "X$1"])).toBe('PROD."weird name"."a""b".X$1');
    expect(parseNameText('prod."weird name".t')).toEqual(["PROD", "weird name", "T"]);
    expect(parseNameText("db..t")).toEqual(["DB", "PUBLIC", "T"]);
  });

  it.each(["", " ", "a b", "a.", ".a", "a..b..c", "a-b", '"', "a.b.c.d.e", "select 1"])(
    "refuses %j as a name",
    (text) => expect(parseNameText(text)).toBeNull(),
  );

  it("match LIKE patterns without case, and in linear steps", () => {
    expect(matchesLike("CUSTOMER_ID", "%_id")).toBe(true);
    expect(matchesLike("ID", "i_")).toBe(true);
    expect(matchesLike("ID", "i")).toBe(false);
    expect(matchesLike("A".repeat(200), `${"%a".repeat(120)}b`)).toBe(false);
  });
});
