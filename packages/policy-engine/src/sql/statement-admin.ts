/**
 * ALTER, DROP, UNDROP, TRUNCATE, COMMENT, GRANT and REVOKE by their head: verb, kind of object, name.
 * Their details are read for words that widen what the statement does, and never for a query.
 */

import type { Action } from "../facts.ts";
import type { Ident } from "./ast.ts";
import { holdsProtected, isProtected } from "./catalog-index.ts";
import type { Cursor } from "./cursor.ts";
import { renderPart } from "./names.ts";
import type { KindEntry } from "./object-kinds.ts";
import { CHANGES_PROTECTION, REACHES_OUT } from "./object-kinds.ts";
import { readKind } from "./read-kind.ts";
import { readRest, swallow } from "./read-rest.ts";
import type { Resolution } from "./resolution.ts";
import type { Statement } from "./statement.ts";
import { addNamed, nameFor, outcome } from "./statement.ts";
import { addDclConsequences } from "./statement-create.ts";
import { readAlterSession } from "./statement-session.ts";
import { readTargetName } from "./target-name.ts";
import { STRING } from "./token.ts";

function need(c: Cursor): KindEntry {
  return readKind(c) ?? c.fail("An object kind that is not known.");
}

export function readAlter(c: Cursor): Statement {
  c.needWord("ALTER");
  if (!c.isWord("POLICY", 1) && c.word("SESSION")) return readAlterSession(c);
  const kind = need(c);
  c.words("IF", "EXISTS");
  const unnamed = kind.words[0] === "ACCOUNT" && (c.isWord("SET") || c.isWord("UNSET"));
  const name = unnamed || (kind.words[0] === "USER" && c.isWord("SET")) ? [] : readTargetName(c);
  if (c.atEnd) c.fail("ALTER of nothing.");
  if (kind.opaque) swallow(c);
  const second = c.words("RENAME", "TO") || c.words("SWAP", "WITH") ? readTargetName(c) : null;
  const renamed = c.isWord("RENAME") && c.isWord("COLUMN", 1) ? c.ahead(2).text : null;
  const words = readRest(c);
  return {
    class: "alter",
    label: "ALTER",
    resolve: (ctx) => {
      const action: Action = kind.family === "dcl" ? "dcl" : "alter";
      const object = addNamed(ctx, action, kind.kind, name, kind.parts);
      const others = second === null ? [] : [addNamed(ctx, action, kind.kind, second, kind.parts)];
      if (action === "dcl") addDclConsequences(ctx, kind, object);
      else if (
        [...words].some((word) => CHANGES_PROTECTION.has(word)) ||
        leavesTags(ctx, object, others, renamed, words)
      )
        ctx.access("dcl", kind.kind, object);
      if (kind.family === "schedule") ctx.access("schedule", kind.kind, object);
      if (kind.family === "egress" || (action !== "dcl" && [...words].some((word) => REACHES_OUT.has(word))))
        ctx.access("egress", kind.kind, object);
      if (kind.opaque) ctx.reason("UNSUPPORTED", "What this object will do can't be told from the statement.", null);
      return outcome({ movesSession: second !== null && (kind.kind === "database" || kind.kind === "schema") });
    },
  };
}

/**
 * Tags are laid over names: what is renamed, swapped, or shown again by a computed column, leaves its tags behind.
 */
function leavesTags(
  ctx: Resolution,
  object: string,
  others: readonly string[],
  renamed: string | null,
  words: ReadonlySet<string>,
): boolean {
  if (renamed !== null) return isProtected(ctx.index, `${object}.${renderPart(renamed)}`);
  const moved = others.length > 0 ? [object, ...others] : words.has("ADD") && words.has("AS") ? [object] : [];
  return moved.some((each) => holdsProtected(ctx.index, each));
}

export function readDrop(c: Cursor): Statement {
  c.needWord("DROP");
  const kind = need(c);
  c.words("IF", "EXISTS");
  const name = readTargetName(c);
  skipSignature(c, kind);
  if (!c.word("CASCADE") && !c.word("RESTRICT")) c.word("FORCE");
  return {
    class: "drop",
    label: "DROP",
    resolve: (ctx) => {
      const object = addNamed(ctx, dropAction(kind), kind.kind, name, kind.parts);
      if (kind.family === "schedule") ctx.access("schedule", kind.kind, object);
      return outcome({ movesSession: kind.kind === "database" || kind.kind === "schema" });
    },
  };
}

function dropAction(kind: KindEntry): Action {
  if (kind.family === "dcl") return "dcl";
  if (kind.kind === "database") return "drop-database";
  return kind.kind === "schema" ? "drop-schema" : "drop";
}

/** `f(NUMBER, VARCHAR)`: which of several functions of one name. */
function skipSignature(c: Cursor, kind: KindEntry): void {
  if ((kind.kind !== "function" && kind.kind !== "procedure") || !c.isOp("(")) return;
  const close = c.token.match;
  if (close < 0) c.fail("A parenthesis is not closed.");
  readRest(c, close + 1);
}

export function readUndrop(c: Cursor): Statement {
  c.needWord("UNDROP");
  const kind = need(c);
  const name = readTargetName(c);
  if (c.word("RENAME")) {
    c.needWord("TO");
    readTargetName(c);
  }
  return {
    class: "undrop",
    label: "UNDROP",
    resolve: (ctx) => {
      addNamed(ctx, kind.family === "dcl" ? "dcl" : "undrop", kind.kind, name, kind.parts);
      return outcome({ movesSession: kind.kind === "database" || kind.kind === "schema" });
    },
  };
}

export function readTruncate(c: Cursor): Statement {
  c.needWord("TRUNCATE");
  if (!c.words("MATERIALIZED", "VIEW")) c.word("TABLE");
  c.words("IF", "EXISTS");
  const name = readTargetName(c);
  return {
    class: "truncate",
    label: "TRUNCATE",
    resolve: (ctx) => {
      addNamed(ctx, "truncate", "table", name, 3, ["*"]);
      return outcome();
    },
  };
}

export function readComment(c: Cursor): Statement {
  c.needWord("COMMENT");
  c.words("IF", "EXISTS");
  c.needWord("ON");
  const column = c.word("COLUMN");
  const kind = column ? null : need(c);
  const name = column ? readColumnTarget(c) : readTargetName(c);
  if (kind !== null) skipSignature(c, kind);
  c.needWord("IS");
  c.need(STRING, "a text");
  return {
    class: "comment",
    label: "COMMENT",
    resolve: (ctx) => {
      if (kind === null)
        addNamed(
          ctx,
          "alter",
          "table",
          name.slice(0, -1),
          3,
          name.slice(-1).map((part) => part.name),
        );
      else addNamed(ctx, kind.family === "dcl" ? "dcl" : "alter", kind.kind, name, kind.parts);
      return outcome();
    },
  };
}

const NO_WORDS: ReadonlySet<string> = new Set();

function readColumnTarget(c: Cursor): Ident[] {
  const parts = [c.ident(NO_WORDS)];
  while (c.op(".")) parts.push(c.ident(NO_WORDS));
  if (parts.length < 2 || parts.length > 4) c.fail("Expected a column of a table.");
  return parts;
}

/** GRANT and REVOKE: always dcl, on the object named behind ON, or on the role that is given. */
export function readGrant(c: Cursor): Statement {
  c.next();
  const start = c.index;
  const words = readRestUntilOn(c);
  const target = c.word("ON") ? readGrantTarget(c) : readGrantedRole(c, start);
  for (const word of readRest(c)) words.add(word);
  if (!words.has("TO") && !words.has("FROM")) c.fail("A grant to nobody.");
  return {
    class: "grant",
    label: "GRANT",
    resolve: (ctx) => {
      const object = nameFor(ctx, target.name, target.kind?.parts ?? 0);
      ctx.access("dcl", target.kind?.kind ?? "other", object);
      if (words.has("SHARE")) ctx.access("egress", target.kind?.kind ?? "other", object);
      return outcome();
    },
  };
}

function readRestUntilOn(c: Cursor): Set<string> {
  const words = new Set<string>();
  // SELECT, INSERT, DELETE are names of privileges here.
  while (!c.atEnd && !c.isWord("ON") && !c.isWord("TO") && !c.isWord("FROM")) words.add(c.next().text);
  return words;
}

const PLURALS: ReadonlyMap<string, string> = new Map([
  ["POLICIES", "POLICY"],
  ["REPOSITORIES", "REPOSITORY"],
]);

function readGrantTarget(c: Cursor): { kind: KindEntry | null; name: readonly Ident[] } {
  if (!c.word("ALL") && !c.word("FUTURE")) {
    const kind = readKind(c);
    if (kind?.words[0] === "ACCOUNT") return { kind, name: [] };
    const name = readTargetName(c);
    if (kind !== null) skipSignature(c, kind);
    return { kind, name };
  }
  while (c.isKind(0) && !c.isWord("IN")) {
    if (!/S$/.test(c.token.text) && !PLURALS.has(c.token.text) && c.isWord("TO", 1)) c.fail("Expected IN.");
    c.next();
  }
  c.needWord("IN");
  const kind = need(c);
  return { kind, name: readTargetName(c) };
}

function readGrantedRole(c: Cursor, start: number): { kind: KindEntry | null; name: readonly Ident[] } {
  const back = c.index;
  c.index = start;
  const kind = readKind(c);
  const name = kind !== null && (kind.kind === "role" || kind.kind === "user") ? readTargetName(c) : [];
  if (c.index < back) c.index = back;
  return { kind: name.length === 0 ? null : kind, name };
}
