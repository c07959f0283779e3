/**
 * All rows of a result as texts, inline and in chunks, from JSON or Arrow: for the gateway's own reads of a catalog.
 *
 * Not for callers' results, which are never held whole. A warehouse may answer in Arrow whoever asks, and in chunks
 * when a database has many columns.
 */

import {
  ArrowRewriter,
  type Chunk,
  decodeChunkBody,
  type ResultData,
  readRows,
  snowflakeCellText,
} from "@sluice/snowflake-wire";

export type TextRow = readonly (string | null)[];

/** The unpacked body of one chunk. Rejects when it can't be had. */
export type FetchChunk = (chunk: Chunk, headers: Readonly<Record<string, string>>) => Promise<Buffer>;

/** All rows, or null when the result can't be read or doesn't hold as many as it announces. */
export async function allRows(data: ResultData, fetchChunk: FetchChunk): Promise<readonly TextRow[] | null> {
  const parts = [inlineRows(data)];
  for (const chunk of data.chunks) parts.push(chunkRows(data, await fetchChunk(chunk, data.chunkHeaders ?? {})));
  const rows = parts.every((part) => part !== null) ? parts.flat() : null;
  return rows?.length === data.total ? rows : null;
}

function inlineRows(data: ResultData): readonly TextRow[] | null {
  if (data.format === "json") return JSON.parse(data.rowset ?? "[]");
  const base64 = data.rowsetBase64 ?? "";
  return base64 === "" ? [] : arrowRows(Buffer.from(base64, "base64"));
}

function chunkRows(data: ResultData, body: Buffer): readonly TextRow[] | null {
  if (data.format === "arrow") return arrowRows(body);
  const decoded = decodeChunkBody(body.toString("utf8"));
  return decoded.ok ? JSON.parse(decoded.value) : null;
}

function arrowRows(stream: Buffer): readonly TextRow[] | null {
  const rewriter = new ArrowRewriter(() => ({ ok: true, value: [] }));
  const messages = rewriter.push(stream);
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
