/**
 * Reads the head of CREATE, and what defines a table or view: columns, options, query. Only reads; what it means is
 * said by `statement-create.ts`, and views' stored texts are read here too.
 */

import type { Expr, Ident, Query } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import type { KindEntry } from "./object-kinds.ts";
import { readTimeTravel } from "./parse-from.ts";
import { parseQuery } from "./parse-query.ts";
import { readKind } from "./read-kind.ts";
import { readRest } from "./read-rest.ts";
import { readTargetName } from "./target-name.ts";
import { NUMBER, QUOTED, STRING, WORD } from "./token.ts";

export interface CreateHead {
  readonly replace: boolean;
  readonly kind: KindEntry;
  readonly name: readonly Ident[];
}

/** What follows the name of a table or view. */
export interface RelationBody {
  readonly columns: readonly string[] | null;
  readonly words: ReadonlySet<string>;
  readonly query: Query | null;
  readonly source: { readonly name: readonly Ident[]; readonly clone: boolean; readonly at: readonly Expr[] } | null;
}

const LIFETIMES = new Set(["TEMP", "TEMPORARY", "VOLATILE", "TRANSIENT"]);

/** From CREATE's modifiers to the name. */
export function readCreateHead(c: Cursor): CreateHead {
  const replace = c.words("OR", "REPLACE");
  if (!replace) c.words("OR", "ALTER");
  if (!c.word("LOCAL")) c.word("GLOBAL");
  if (c.word("SECURE")) c.isWord("SECURE");
  if (c.isAnyWord(LIFETIMES)) c.next();
  c.word("RECURSIVE");
  const kind = readKind(c);
  if (kind === null) c.fail("An object kind that is not known.");
  c.words("IF", "NOT", "EXISTS");
  const name = readTargetName(c);
  return { replace, kind, name };
}

/** What stands behind the name of a table or view, read to the end: a query may be in it. */
export function readRelationBody(c: Cursor, view: boolean): RelationBody {
  const words = new Set<string>();
  let columns: string[] | null = null;
  c.words("IF", "NOT", "EXISTS");
  readOptions(c, words);
  if (!view && (c.isWord("LIKE") || c.isWord("CLONE"))) {
    const clone = c.next().text === "CLONE";
    const name = readTargetName(c);
    const at = readTimeTravel(c);
    readOptions(c, words);
    return { columns, words, query: null, source: { name, clone, at } };
  }
  if (c.isOp("(")) columns = readColumnDefinitions(c, words);
  readOptions(c, words);
  let query: Query | null = null;
  if (!view && c.words("USING", "TEMPLATE")) {
    c.needOp("(");
    query = parseQuery(c, null);
    c.needOp(")");
    columns = null;
  } else if (c.word("AS")) query = parseQuery(c, null);
  readOptions(c, words);
  return { columns, words, query, source: null };
}

/** Column definitions: their names, and the words in them. A query can't stand there. */
function readColumnDefinitions(c: Cursor, words: Set<string>): string[] {
  const close = c.token.match;
  if (close < 0) c.fail("A parenthesis is not closed.");
  c.next();
  const names: string[] = [];
  for (;;) {
    const token = c.token;
    if (token.kind !== WORD && token.kind !== QUOTED) c.fail("Expected a column.");
    const constraint =
      token.kind === WORD &&
      /^(CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|CHECK)$/.test(token.text) &&
      !c.isOp(",", 1) &&
      !c.isOp(")", 1);
    if (!constraint) names.push(token.text);
    c.next();
    while (!c.isOp(",") && c.index < close) {
      const inner = c.isOp("(") ? c.token.match + 1 : c.index + 1;
      for (const word of readRest(c, Math.max(inner, c.index + 1))) words.add(word);
    }
    if (!c.op(",")) break;
  }
  c.needOp(")");
  return names;
}

const BARE_OPTIONS: readonly (readonly string[])[] = [
  ["COPY", "GRANTS"],
  ["READ", "ONLY"],
  ["ON", "COMMIT", "PRESERVE", "ROWS"],
  ["ON", "COMMIT", "DELETE", "ROWS"],
  ["ON", "COMMIT", "DROP"],
  ["REQUIRE", "USER"],
];
const NO_WORDS: ReadonlySet<string> = new Set();

/** Options before and behind a query: `NAME = value` and a few fixed phrases; anything else is refused. */
function readOptions(c: Cursor, words: Set<string>): void {
  for (;;) {
    c.op(",");
    if (c.isKind(WORD) && c.isOp("=", 1)) readAssignmentOption(c, words);
    else if (BARE_OPTIONS.some((phrase) => c.words(...phrase))) continue;
    else if (c.words("CLUSTER", "BY")) {
      c.word("LINEAR");
      readParentheses(c, words);
    } else if (!readProtectionOption(c, words)) return;
  }
}

function readProtectionOption(c: Cursor, words: Set<string>): boolean {
  const skip = c.isWord("WITH") ? 1 : 0;
  if (c.isWord("TAG", skip) && c.isOp("(", skip + 1)) {
    for (let i = 0; i <= skip; i++) c.next();
    words.add("TAG");
    readParentheses(c, words);
    return true;
  }
  const policy = ["ROW", "AGGREGATION", "JOIN", "STORAGE"].some((word) => c.isWord(word, skip));
  if (!policy) return false;
  while (!c.isWord("POLICY")) {
    if (!c.isKind(WORD) || c.isWord("AS")) c.fail("Expected a policy.");
    c.next();
  }
  c.next();
  readTargetName(c);
  words.add("POLICY");
  if (!c.word("ON") && !c.words("ENTITY", "KEY")) c.needWord("ON");
  readParentheses(c, words);
  return true;
}

function readAssignmentOption(c: Cursor, words: Set<string>): void {
  words.add(c.next().text);
  c.next();
  if (c.isOp("(")) readParentheses(c, words);
  else if (c.isKind(STRING) || c.isKind(NUMBER)) c.next();
  else {
    do words.add(c.ident(NO_WORDS).name);
    while (c.op("."));
  }
}

function readParentheses(c: Cursor, words: Set<string>): void {
  const close = c.isOp("(") ? c.token.match : -1;
  if (close < 0) c.fail("Expected `(`.");
  for (const word of readRest(c, close + 1)) words.add(word);
}

/** The query and column names of a CREATE VIEW text. */
export function parseCreateView(c: Cursor): { query: Query; names: readonly string[] | null } {
  c.needWord("CREATE");
  const head = readCreateHead(c);
  const body = readRelationBody(c, true);
  if (head.kind.kind !== "view" || body.query === null) c.fail("Expected a view.");
  return { query: body.query, names: body.columns };
}
