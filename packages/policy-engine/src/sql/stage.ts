/**
 * Stage references: `@stage/path`, `@db.schema.stage`, `@~/path` (the user's), `@%table` (a table's), quoted or not.
 * The object is the stage; the path behind it names files and stays out of facts.
 */

import { parseNameText, renderName } from "./names.ts";
import type { Resolution } from "./resolution.ts";

const REFERENCE = /^@((?:"(?:[^"]|"")+"|[^/"])+)/;

/** Canonical name of the stage that a reference names. */
export function stageObject(ctx: Resolution, reference: string, at: number): string {
  const name = REFERENCE.exec(reference)?.[1] ?? "";
  if (name === "~") return renderName(["~"]);
  const dot = name.lastIndexOf(".");
  const table = name.slice(dot + 1).startsWith("%");
  const parts = parseNameText(table ? name.slice(0, dot + 1) + name.slice(dot + 2) : name);
  if (parts === null || parts.length > 3) {
    ctx.reason("UNSUPPORTED", "A stage whose name can't be read.", at);
    return renderName([reference.slice(0, 200)]);
  }
  const full = ctx.fill(parts.map((part) => ({ name: part, quoted: false, start: at, end: at })));
  const last = full[full.length - 1] ?? "";
  return renderName(table ? [...full.slice(0, -1), `%${last}`] : full);
}
