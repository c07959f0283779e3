/**
 * Reads an object kind (`TABLE`, `ROW ACCESS POLICY`) by the closed table.
 */

import type { Cursor } from "./cursor.ts";
import type { KindEntry } from "./object-kinds.ts";
import { OBJECT_KINDS } from "./object-kinds.ts";

export function readKind(c: Cursor): KindEntry | null {
  for (const entry of OBJECT_KINDS) if (c.words(...entry.words)) return entry;
  return null;
}
