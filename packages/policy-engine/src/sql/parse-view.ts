/**
 * The stored text of a view: the query alone, or the whole CREATE VIEW, as warehouses show it.
 */

import type { Query } from "./ast.ts";
import { newCursor, parseQuery } from "./parse-query.ts";
import { parseCreateView } from "./read-create.ts";
import type { Token } from "./token.ts";

/** Throws `ParseStop` when the text is neither. */
export function parseViewText(
  sql: string,
  tokens: readonly Token[],
): { query: Query; names: readonly string[] | null } {
  const c = newCursor(sql, tokens, 0);
  const view = c.isWord("CREATE") ? parseCreateView(c) : { query: parseQuery(c, null), names: null };
  c.op(";");
  if (!c.atEnd) c.fail("Text behind the view's query.");
  return view;
}
