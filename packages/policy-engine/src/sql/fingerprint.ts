/**
 * Fingerprints and literals: the statement's shape without its values, and its values without its shape.
 */

import { lex } from "./lexer.ts";
import { renderPart } from "./names.ts";
import type { Token } from "./token.ts";
import { BIND, FILE, NUMBER, POSITIONAL, QUOTED, STAGE, STRING, VARIABLE } from "./token.ts";

/** Longest fingerprint; what goes beyond it is folded into a check value. */
const LENGTH_MAX = 16_384;

function textOf(token: Token): string {
  switch (token.kind) {
    case STRING:
    case NUMBER:
    case BIND:
    case FILE:
      return "?";
    case QUOTED:
      return renderPart(token.text);
    case VARIABLE:
    case POSITIONAL:
      return `$${token.text}`;
    case STAGE:
      return (token.text.includes('"') ? token.text : token.text.toUpperCase()).replace(/\/.*$/s, "/?");
    default:
      return token.text === "!=" ? "<>" : token.text;
  }
}

/** Text of the tokens in a range with literals replaced, spelling normalised and lists of values folded. */
export function fingerprintOf(tokens: readonly Token[], from: number, to: number): string {
  const parts: string[] = [];
  for (let i = from; i < to; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    parts.push(textOf(token));
    foldList(parts);
  }
  const text = parts.join(" ");
  return text.length <= LENGTH_MAX ? text : `${text.slice(0, LENGTH_MAX)} … ${checkOf(text)}`;
}

/** `? , ?` is `?`, and `( ? ) , ( ? )` is `( ? )`: how many values there are doesn't change the query. */
function foldList(parts: string[]): void {
  const n = parts.length;
  if (n >= 3 && parts[n - 1] === "?" && parts[n - 2] === "," && parts[n - 3] === "?") parts.length = n - 2;
  else if (
    n >= 7 &&
    parts[n - 1] === ")" &&
    parts[n - 2] === "?" &&
    parts[n - 3] === "(" &&
    parts[n - 4] === "," &&
    parts[n - 5] === ")" &&
    parts[n - 6] === "?" &&
    parts[n - 7] === "("
  )
    parts.length = n - 4;
}

/** FNV-1a, 32 bits, twice with different seeds: tells long shapes apart, proves nothing. */
function checkOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return (a >>> 0).toString(16).padStart(8, "0") + (b >>> 0).toString(16).padStart(8, "0");
}

/** Texts of the literals of a statement, for detectors. Empty when the text can't be cut into tokens. */
export function literalsOf(sql: string): readonly string[] {
  const lexed = lex(sql);
  if (!lexed.ok) return [];
  return lexed.tokens
    .filter((token) => token.kind === STRING || token.kind === NUMBER || token.kind === FILE)
    .map((token) => token.text);
}
