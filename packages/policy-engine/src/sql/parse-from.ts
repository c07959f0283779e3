/**
 * FROM: factors, joins, time travel, sampling, PIVOT, UNPIVOT and MATCH_RECOGNIZE. An expression that chooses
 * rows (time travel, sample sizes) is kept or refused, never skipped.
 */

import type { Argument, Call, DynamicFactor, Expr, Factor, From, Ident, Join, Query } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { NOT_TABLE_ALIAS, RESERVED } from "./keywords.ts";
import { parseNameText } from "./names.ts";
import { atQuery, parseCall, parseExpression } from "./parse-expression.ts";
import { parseMatchRecognize, parsePivot, parseUnpivot } from "./parse-pivot.ts";
import { BIND, NUMBER, OP, POSITIONAL, STAGE, STRING, VARIABLE, WORD } from "./token.ts";

const NO_WORDS: ReadonlySet<string> = new Set();
const CONTINUES_QUERY = new Set(["UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "LIMIT", "OFFSET", "FETCH"]);

type Bare = Omit<Extract<Factor, { k: "table" }>, "alias" | "columns"> | BareOther;
type BareOther = { [K in Exclude<Factor["k"], "table">]: Omit<Extract<Factor, { k: K }>, "alias" | "columns"> }[Exclude<
  Factor["k"],
  "table"
>];

export function parseFromList(c: Cursor): From[] {
  return c.list(() => parseFrom(c));
}

function parseFrom(c: Cursor): From {
  return readJoins(c, parseFactor(c));
}

function readJoins(c: Cursor, factor: Factor): From {
  const joins: Join[] = [];
  for (;;) {
    const join = readJoin(c);
    if (join === null) return { factor, joins };
    joins.push(join);
  }
}

function joinType(c: Cursor): { type: Join["type"]; natural: boolean } | null {
  const natural = c.word("NATURAL");
  let type: Join["type"] = "inner";
  let seen = natural;
  if (c.word("INNER")) seen = true;
  else if (c.word("CROSS")) type = "cross";
  else if (c.isWord("ASOF") && c.isWord("JOIN", 1)) {
    c.next();
    type = "asof";
  } else if (c.isWord("LEFT") || c.isWord("RIGHT") || c.isWord("FULL")) {
    const word = c.next().text;
    type = word === "LEFT" ? "left" : word === "RIGHT" ? "right" : "full";
    c.word("OUTER");
  }
  seen = seen || type !== "inner";
  c.word("DIRECTED");
  if (!c.word("JOIN")) {
    if (seen) c.fail("Expected JOIN.");
    return null;
  }
  return { type, natural };
}

function readJoin(c: Cursor): Join | null {
  const kind = joinType(c);
  if (kind === null) return null;
  const factor = parseFactor(c);
  let match: Expr | null = null;
  if (c.word("MATCH_CONDITION")) {
    c.needOp("(");
    match = parseExpression(c);
    c.needOp(")");
  }
  const on = c.word("ON") ? parseExpression(c) : null;
  const using = on === null && c.word("USING") ? c.parenList(() => readSharedColumn(c)) : [];
  return { ...kind, factor, match, on, using };
}

function readSharedColumn(c: Cursor): Ident {
  let name = c.ident(RESERVED);
  while (c.op(".")) name = c.ident(RESERVED);
  return name;
}

/** `known` is a factor whose parentheses are already read. */
export function parseFactor(c: Cursor, known: Bare | null = null): Factor {
  c.enter();
  let factor: Factor = withAlias(c, known ?? readBareFactor(c));
  for (let links = 0; ; links++) {
    if (readSample(c)) continue;
    const next = readRelationOperator(c, factor);
    if (next === null) break;
    if (links > 0) c.link();
    factor = next;
  }
  c.leave();
  return factor;
}

function readRelationOperator(c: Cursor, source: Factor): Factor | null {
  if (c.isWord("PIVOT") && c.isOp("(", 1)) return withAlias(c, parsePivot(c, source));
  if (c.isWord("UNPIVOT")) return withAlias(c, parseUnpivot(c, source));
  if (c.isWord("MATCH_RECOGNIZE") && c.isOp("(", 1)) return withAlias(c, parseMatchRecognize(c, source));
  return null;
}

function withAlias(c: Cursor, bare: Bare): Factor {
  readSample(c);
  let alias: Ident | null = null;
  let columns: Ident[] | null = null;
  if (c.word("AS")) alias = c.ident(RESERVED);
  else if (c.isIdent(NOT_TABLE_ALIAS) && !atTimeTravel(c)) alias = c.ident(NOT_TABLE_ALIAS);
  if (alias !== null && c.isOp("(")) columns = c.parenList(() => c.ident(RESERVED));
  return { ...bare, alias, columns };
}

function readBareFactor(c: Cursor): Bare {
  const { start } = c;
  const token = c.token;
  if (token.kind === STAGE || (token.kind === STRING && token.text.startsWith("@"))) {
    c.next();
    if (c.isOp("(")) readStageOptions(c);
    return { k: "stage", stage: token.text, start, end: c.end };
  }
  if (token.kind === WORD) {
    if (token.text === "LATERAL") return readLateral(c);
    if (token.text === "TABLE" && c.isOp("(", 1)) return readTableFunction(c);
    if (token.text === "IDENTIFIER" && c.isOp("(", 1)) return readIdentifierSource(c);
    if (token.text === "VALUES") return derivedValues(c);
  }
  if (c.isOp("(")) return readParenthesis(c);
  return readNamed(c);
}

function derivedValues(c: Cursor): Bare {
  const { start } = c;
  const query = c.query(c, null);
  return { k: "derived", query, lateral: false, start, end: c.end };
}

function readLateral(c: Cursor): Bare {
  const { start } = c;
  c.next();
  if (c.isOp("(")) {
    c.next();
    const query = c.query(c, null);
    c.needOp(")");
    return { k: "derived", query, lateral: true, start, end: c.end };
  }
  if (c.isWord("TABLE") && c.isOp("(", 1)) return readTableFunction(c);
  const call = parseCall(c);
  return { k: "function", call, start, end: c.end };
}

/** `TABLE( … )`: a name in quotes, a function, or something known only when it runs. */
function readTableFunction(c: Cursor): Bare {
  const { start } = c;
  c.next();
  c.needOp("(");
  const token = c.token;
  let bare: Bare;
  if (token.kind === STRING) bare = tableFromText(c, token.text, start);
  else if (token.kind === VARIABLE || token.kind === BIND || c.isOp(":")) bare = dynamic(c, start);
  else bare = { k: "function", call: parseCall(c), start, end: c.end };
  c.needOp(")");
  return { ...bare, end: c.end };
}

function dynamic(c: Cursor, start: number): Omit<DynamicFactor, "alias" | "columns"> {
  return { k: "dynamic", values: [parseExpression(c)], start, end: c.end };
}

function tableFromText(c: Cursor, text: string, start: number): Bare {
  const parts = parseNameText(text);
  if (parts === null || parts.length > 3) c.fail("A text that is not a table's name.", "DYNAMIC");
  const { start: from, end } = c.next();
  return {
    k: "table",
    fromText: true,
    name: parts.map((name) => ({ name, quoted: false, start: from, end })),
    at: [],
    start,
    end,
  };
}

function readIdentifierSource(c: Cursor): Bare {
  const { start } = c;
  c.next();
  c.needOp("(");
  const token = c.token;
  const bare = token.kind === STRING ? tableFromText(c, token.text, start) : dynamic(c, start);
  c.needOp(")");
  if (bare.k !== "table") return bare;
  return { ...bare, at: readTimeTravel(c), end: c.end };
}

/**
 * `( … )` in FROM: a query or a group of joins. When it opens with another parenthesis, what stands behind the
 * inner one tells which it was.
 */
function readParenthesis(c: Cursor): Bare {
  c.enter();
  const { start } = c;
  c.needOp("(");
  let bare: Bare;
  if (atQuery(c) || c.isWord("VALUES")) bare = derived(c, c.query(c, null), start);
  else if (c.isOp("(")) bare = readInner(c, start);
  else bare = { k: "group", from: parseFrom(c), start, end: c.end };
  c.needOp(")");
  c.leave();
  return { ...bare, end: c.end };
}

function derived(c: Cursor, query: Query, start: number): Bare {
  return { k: "derived", query, lateral: false, start, end: c.end };
}

function readInner(c: Cursor, start: number): Bare {
  const inner = readParenthesis(c);
  if (inner.k === "derived" && c.isAnyWord(CONTINUES_QUERY)) return derived(c, c.query(c, inner.query), start);
  if (inner.k === "derived" && c.isOp(")")) return inner;
  return { k: "group", from: readJoins(c, parseFactor(c, inner)), start, end: c.end };
}

function readNamed(c: Cursor): Bare {
  const { start } = c;
  const name = readObjectName(c);
  if (c.isOp("(")) return { k: "function", call: callOf(c, name, start), start, end: c.end };
  return { k: "table", fromText: false, name, at: readTimeTravel(c), start, end: c.end };
}

function callOf(c: Cursor, name: readonly Ident[], start: number): Call {
  c.needOp("(");
  const args: Argument[] = c.isOp(")") ? [] : c.list(() => readNamedArgument(c));
  c.needOp(")");
  return { k: "call", name, args, distinct: false, within: [], filter: null, over: null, start, end: c.end };
}

function readNamedArgument(c: Cursor): Argument {
  if (c.isOp("=>", 1)) {
    const name = c.ident(NO_WORDS);
    c.next();
    return { name: name.name, value: parseExpression(c) };
  }
  return { name: null, value: parseExpression(c) };
}

/** An object's name: one to three parts, `db..table` for PUBLIC. */
export function readObjectName(c: Cursor): Ident[] {
  const parts = [c.ident(RESERVED)];
  while (c.isOp(".")) {
    c.next();
    if (parts.length >= 3) c.fail("A name with too many parts.");
    if (c.isOp(".") && parts.length === 1) parts.push({ name: "PUBLIC", quoted: false, start: c.start, end: c.start });
    else parts.push(c.ident(NO_WORDS));
  }
  return parts;
}

function atTimeTravel(c: Cursor): boolean {
  return (c.isWord("AT") || c.isWord("BEFORE") || c.isWord("CHANGES")) && c.isOp("(", 1);
}

/** `CHANGES (…) AT (…) END (…)`, `AT (TIMESTAMP => …)`, `BEFORE (STATEMENT => …)` */
export function readTimeTravel(c: Cursor): Expr[] {
  const at: Expr[] = [];
  if (c.isWord("CHANGES") && c.isOp("(", 1)) {
    c.next();
    c.needOp("(");
    c.needWord("INFORMATION");
    c.needOp("=>");
    if (!c.word("DEFAULT")) c.needWord("APPEND_ONLY");
    c.needOp(")");
  }
  while ((c.isWord("AT") || c.isWord("BEFORE") || (at.length > 0 && c.isWord("END"))) && c.isOp("(", 1)) {
    c.next();
    c.needOp("(");
    c.ident(NO_WORDS);
    c.needOp("=>");
    at.push(parseExpression(c));
    c.needOp(")");
  }
  return at;
}

/** SAMPLE takes numbers and binds only; a query in it would choose rows unseen. */
function readSample(c: Cursor): boolean {
  if (!c.word("SAMPLE") && !c.word("TABLESAMPLE")) return false;
  if (!c.word("BERNOULLI") && !c.word("SYSTEM") && !c.word("BLOCK")) c.word("ROW");
  c.needOp("(");
  readSampleNumber(c);
  c.word("ROWS");
  c.needOp(")");
  if (c.word("SEED") || c.word("REPEATABLE")) {
    c.needOp("(");
    readSampleNumber(c);
    c.needOp(")");
  }
  return true;
}

function readSampleNumber(c: Cursor): void {
  if (!c.isKind(NUMBER) && !c.isKind(BIND)) c.fail("A sample takes a number.");
  c.next();
}

/** Options of a staged file: names and plain values. */
function readStageOptions(c: Cursor): void {
  const close = c.token.match;
  if (close < 0) c.fail("A parenthesis is not closed.");
  while (c.index <= close) {
    const { kind, text } = c.token;
    if (
      kind === POSITIONAL ||
      kind === STAGE ||
      (kind === WORD && text === "SELECT") ||
      (kind === OP && (text === "->>" || text === ";"))
    )
      c.fail("Stage options hold more than plain values.");
    c.next();
  }
}
