/**
 * The front door: a text becomes statements, each with its facts. Pure, bounded, and it never throws on any text.
 *
 * Statements of one text are analysed in order, and what one may change (the current schema, an object's
 * definition) is not assumed by the next.
 */

import type { AnalyseOptions, Analysis, SessionContext, StatementFacts } from "../facts.ts";
import type { CatalogIndex } from "./catalog-index.ts";
import { indexOf } from "./catalog-index.ts";
import { ParseStop } from "./cursor.ts";
import { factsOf, unknownFacts } from "./facts-of.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { lex } from "./lexer.ts";
import { newCursor } from "./parse-query.ts";
import { classOfHead, parseStatement } from "./parse-statement.ts";
import { Resolution } from "./resolution.ts";
import { resolveCall } from "./resolve-call.ts";
import { resolveQuery } from "./resolve-query.ts";
import type { Outcome } from "./statement.ts";
import type { Token } from "./token.ts";
import { END, OP, WORD } from "./token.ts";

/** Most statements in one text. */
const STATEMENTS_MAX = 1000;

export interface DetailedStatement {
  readonly sql: string;
  readonly start: number;
  readonly end: number;
  readonly facts: StatementFacts;
  /** Finer than the class; for reports only. */
  readonly label: string;
  /** null when the text was not understood. */
  readonly resolution: Resolution | null;
}

interface Progress {
  session: SessionContext;
  sessionUnknown: boolean;
  readonly stale: Set<string>;
}

/**
 * Splits a text into statements by its grammar and says what each one does.
 * Text that can't be understood yields facts with `complete: false` and the action `unknown`; there is always at
 * least one statement.
 */
export function analyse(sql: string, options: AnalyseOptions): Analysis {
  return {
    statements: analyseDetailed(sql, options).map(({ sql: text, start, end, facts }) => ({
      sql: text,
      start,
      end,
      facts,
    })),
  };
}

/** `analyse` with what reports need besides facts. */
export function analyseDetailed(sql: string, options: AnalyseOptions): readonly DetailedStatement[] {
  const lexed = lex(sql);
  if (!lexed.ok) return [notUnderstood(sql, 0, sql.length, { code: lexed.code, text: lexed.text, at: lexed.at }, "")];
  const { tokens } = lexed;
  const index = indexOf(options.catalog);
  const progress: Progress = { session: options.session, sessionUnknown: false, stale: new Set() };
  const out: DetailedStatement[] = [];
  for (let at = 0; (tokens[at]?.kind ?? END) !== END; ) {
    if (tokens[at]?.kind === OP && tokens[at]?.text === ";") {
      at++;
      continue;
    }
    if (out.length >= STATEMENTS_MAX)
      return [
        notUnderstood(sql, 0, sql.length, { code: "LIMIT", text: "Too many statements in one text.", at: 0 }, ""),
      ];
    const to = endOfStatement(sql, tokens, at);
    out.push(one(sql, tokens, at, to, index, progress));
    at = to;
  }
  if (out.length === 0)
    out.push(notUnderstood(sql, 0, sql.length, { code: "UNPARSED", text: "There is no statement.", at: null }, ""));
  return out;
}

/**
 * Index of the token behind a statement. A block, or anything that holds one, runs to the end of the text: where
 * its inner `;` end is the block's business, and nothing behind it is treated as a statement of its own.
 */
function endOfStatement(sql: string, tokens: readonly Token[], from: number): number {
  const first = tokens[from];
  const head = classOfHead(newCursor(sql, tokens, from));
  const block = head.class === "scripting";
  for (let i = from; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined || token.kind === END) return i;
    if (block) continue;
    if (token.kind === OP && token.text === ";") return i;
    if (
      i > from &&
      token.kind === WORD &&
      (token.text === "BEGIN" || token.text === "DECLARE") &&
      first?.text !== "SELECT" &&
      follows(tokens, i)
    )
      return tokens.length - 1;
  }
  return tokens.length - 1;
}

/** A block begins behind AS (a task's or procedure's body), THEN (an alert's) or EXPLAIN. */
function follows(tokens: readonly Token[], i: number): boolean {
  const before = tokens[i - 1];
  return (
    before?.kind === WORD &&
    (before.text === "AS" || before.text === "THEN" || before.text === "EXPLAIN" || before.text === "IMMEDIATE")
  );
}

function one(
  sql: string,
  tokens: readonly Token[],
  from: number,
  to: number,
  index: CatalogIndex,
  progress: Progress,
): DetailedStatement {
  const start = tokens[from]?.start ?? 0;
  const end = tokens[to - 1]?.end ?? start;
  const fingerprint = fingerprintOf(tokens, from, to);
  const c = newCursor(sql, tokens, from);
  c.stop = to;
  try {
    const statement = parseStatement(c);
    if (c.index !== to) c.fail();
    const ctx = new Resolution({
      index,
      session: progress.session,
      sql,
      tokens,
      stale: progress.stale,
      sessionUnknown: progress.sessionUnknown,
      viewDepth: 0,
      resolver: resolveQuery,
      caller: resolveCall,
    });
    const result = statement.resolve(ctx);
    advance(progress, ctx, result);
    return {
      sql: sql.slice(start, end),
      start,
      end,
      facts: factsOf(statement, ctx, result, fingerprint),
      label: statement.label,
      resolution: ctx,
    };
  } catch (stop) {
    if (!(stop instanceof ParseStop)) throw stop;
    progress.sessionUnknown = true;
    return {
      ...notUnderstood(sql, start, end, { code: stop.code, text: stop.text, at: stop.at }, fingerprint),
      label: tokens.slice(from, to).some(isPipe) ? "PIPE" : classOfHead(newCursor(sql, tokens, from)).label,
    };
  }
}

function isPipe(token: Token): boolean {
  return token.kind === OP && token.text === "->>";
}

const CHANGES = new Set(["create", "alter", "drop", "drop-database", "drop-schema", "undrop", "clone", "dcl"]);

/** What the next statement of the same text may no longer take from the catalog or the session. */
function advance(progress: Progress, ctx: Resolution, result: Outcome): void {
  for (const record of ctx.accesses.values())
    if (CHANGES.has(record.action) && record.object !== "") progress.stale.add(record.object);
  if (result.movesSession || ctx.reasons.length > 0) progress.sessionUnknown = true;
  const { database, schema } = result.session;
  if (database !== undefined || schema !== undefined) {
    progress.session = { ...progress.session, ...result.session };
    if (database !== undefined && ctx.reasons.length === 0) progress.sessionUnknown = false;
  }
  const { variables } = progress.session;
  if (variables === undefined && result.sets.length === 0) return;
  const labels: Record<string, readonly string[]> = { ...variables };
  for (const set of result.sets) {
    if (set.what !== "variable") continue;
    const column = result.columns.find((each) => each.name === set.name);
    if (ctx.reasons.length > 0) delete labels[set.name];
    else labels[set.name] = column === undefined ? [] : [...column.flow.keys()];
  }
  progress.session = { ...progress.session, variables: labels };
}

function notUnderstood(
  sql: string,
  start: number,
  end: number,
  reason: { code: string; text: string; at: number | null },
  fingerprint: string,
): DetailedStatement {
  return {
    sql: sql.slice(start, end),
    start,
    end,
    facts: unknownFacts("unknown", reason, fingerprint),
    label: "UNKNOWN",
    resolution: null,
  };
}
