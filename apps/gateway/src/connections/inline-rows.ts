/**
 * The inline rows of a small result as texts, from JSON or Arrow: for the gateway's own reads of a catalog.
 *
 * Not for callers' results, which are never held whole. A warehouse may answer in Arrow whoever asks.
 */

import { ArrowRewriter, type ResultData, readRows, snowflakeCellText } from "@sluice/snowflake-wire";

export type TextRow = readonly (string | null)[];

/** All rows, or null when some are in chunks or the result can't be read. */
export function inlineRows(data: ResultData): readonly TextRow[] | null {
  if (data.chunks.length > 0) return null;
  const rows = data.format === "json" ? (JSON.parse(data.rowset ?? "[]") as readonly TextRow[]) : arrowRows(data);
  return rows !== null && rows.length === data.total ? rows : null;
}

function arrowRows(data: ResultData): readonly TextRow[] | null {
  if (data.rowsetBase64 === null || data.rowsetBase64 === "") return [];
  const rewriter = new ArrowRewriter(() => ({ ok: true, value: [] }));
  const messages = rewriter.push(Buffer.from(data.rowsetBase64, "base64"));
  const { schema } = rewriter;
  if (!messages.ok || !rewriter.end().ok || schema === null) return null;
  return messages.value.flatMap(({ batch }) => (batch === null ? [] : readRows(schema, batch, batch.rows).map(texts)));

  function texts(row: ReturnType<typeof readRows>[number]): TextRow {
    return row.map((cell, index) => {
      const field = schema?.fields[index];
      return field === undefined ? null : snowflakeCellText(field, cell);
    });
  }
}
