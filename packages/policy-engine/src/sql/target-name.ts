/**
 * Names of objects that a statement changes: plain, or in IDENTIFIER('…').
 */

import type { Ident } from "./ast.ts";
import type { Cursor } from "./cursor.ts";
import { parseNameText } from "./names.ts";
import { readObjectName } from "./parse-from.ts";
import { STRING } from "./token.ts";

/** Reads a name of one to three parts. What is known only when the statement runs is refused. */
export function readTargetName(c: Cursor): Ident[] {
  if (!c.isWord("IDENTIFIER") || !c.isOp("(", 1)) return readObjectName(c);
  c.next();
  c.needOp("(");
  const parts = c.isKind(STRING) ? parseNameText(c.token.text) : null;
  if (parts === null || parts.length > 3) c.fail("IDENTIFIER of something that is not a plain name.", "DYNAMIC");
  const { start, end } = c.next();
  c.needOp(")");
  if (c.isOp(".")) c.fail("IDENTIFIER names an object as a whole.");
  return parts.map((name) => ({ name, quoted: false, start, end }));
}
