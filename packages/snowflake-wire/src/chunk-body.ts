/**
 * The body of a JSON result chunk: rows separated by commas, without the outer brackets (protocol §8.2).
 *
 * Drivers add the brackets themselves; an empty chunk is an empty text.
 */

import { parseJson, RawJson } from "./json.ts";
import { accepted, type Result, refused } from "./outcome.ts";

/** The rows of a chunk as the JSON text of an array; refused when they aren't well-formed rows. */
export function decodeChunkBody(text: string): Result<string> {
  const parsed = parseJson(`{"rows":[${text}]}`, { rawAt: ["rows"] });
  if (!parsed.ok) return parsed;
  const rows =
    typeof parsed.value === "object" && parsed.value !== null && "rows" in parsed.value ? parsed.value.rows : null;
  // A body such as `] , "x": [` would close the array early: then `rows` isn't all of the text.
  if (!(rows instanceof RawJson) || rows.text.length !== text.length + 2)
    return refused("JSON_SYNTAX", "not the rows of a chunk");
  return accepted(rows.text);
}

/** The body for rows given as the JSON text of an array. */
export function encodeChunkBody(rowset: string): string {
  return rowset.trim().slice(1, -1);
}
