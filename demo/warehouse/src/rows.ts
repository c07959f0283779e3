/**
 * Result rows on their way from the engine to the wire: the first batch goes into the answer itself,
 * the rest into chunk files of growing size, gzip-compressed, in a folder that ends with the process.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { DuckDBResult, DuckDBValue } from "@duckdb/node-api";
import type { ColumnPlan } from "./types.ts";

const compress = promisify(gzip);

/** Some rows, column by column. */
export interface Batch {
  readonly rows: number;
  readonly columns: readonly (readonly DuckDBValue[])[];
}

/** How batches become the body of the answer or of one chunk. */
export interface RowFormat {
  readonly name: "json" | "arrow";
  /** Text that the answer carries for its first rows: a JSON array, or an Arrow stream in base64. `isAll`: no chunk follows. */
  readonly inline: (plans: readonly ColumnPlan[], batches: readonly Batch[], isAll: boolean) => string;
  /** The body of one chunk. */
  readonly chunk: (plans: readonly ColumnPlan[], batches: readonly Batch[]) => Uint8Array;
}

export interface ChunkFile {
  /** Unguessable name, last part of its URL. */
  readonly name: string;
  readonly rowCount: number;
  readonly uncompressedSize: number;
  readonly compressedSize: number;
}

export interface DeliveredRows {
  readonly total: number;
  readonly inline: string;
  readonly inlineRows: number;
  readonly chunks: readonly ChunkFile[];
}

/** Rows of the first chunk; each further chunk has twice as many up to the maximum. */
const CHUNK_ROWS_FIRST = 8_192;
const CHUNK_ROWS_MAX = 131_072;

/** Chunk bodies on disk, by name. */
export class ChunkStore {
  readonly #folder = mkdtempSync(join(tmpdir(), "sluice-warehouse-"));
  readonly #names = new Set<string>();
  readonly #removeFolder = () => rmSync(this.#folder, { recursive: true, force: true });

  constructor() {
    process.once("exit", this.#removeFolder);
  }

  async put(body: Uint8Array): Promise<{ name: string; size: number }> {
    const name = randomBytes(24).toString("base64url");
    const compressed = await compress(body, { level: 1 });
    await writeFile(join(this.#folder, name), compressed);
    this.#names.add(name);
    return { name, size: compressed.length };
  }

  /** A chunk's compressed body, or null when there is none of that name. */
  async get(name: string): Promise<Buffer | null> {
    return this.#names.has(name) ? readFile(join(this.#folder, name)) : null;
  }

  async drop(names: readonly string[]): Promise<void> {
    for (const name of names) {
      if (this.#names.delete(name)) await rm(join(this.#folder, name), { force: true });
    }
  }

  close(): void {
    process.off("exit", this.#removeFolder);
    this.#removeFolder();
  }
}

/** Reads a result to its end, or to `rowsMax` rows when that is not 0. Between batches other sessions get their turn. */
export async function deliverRows(
  result: DuckDBResult,
  plans: readonly ColumnPlan[],
  format: RowFormat,
  store: ChunkStore,
  rowsMax: number,
): Promise<DeliveredRows> {
  const left = (taken: number) => (rowsMax === 0 ? Number.POSITIVE_INFINITY : rowsMax - taken);
  const first = await nextBatch(result, left(0));
  const chunks: ChunkFile[] = [];
  let total = first?.rows ?? 0;
  let pending: Batch[] = [];
  let pendingRows = 0;
  let target = CHUNK_ROWS_FIRST;
  const flush = async () => {
    const body = format.chunk(plans, pending);
    const { name, size } = await store.put(body);
    chunks.push({ name, rowCount: pendingRows, uncompressedSize: body.length, compressedSize: size });
    pending = [];
    pendingRows = 0;
    target = Math.min(target * 2, CHUNK_ROWS_MAX);
  };
  const next = async () => (first === null ? null : nextBatch(result, left(total)));
  for (let batch = await next(); batch !== null; batch = await next()) {
    total += batch.rows;
    pending.push(batch);
    pendingRows += batch.rows;
    if (pendingRows >= target) await flush();
  }
  if (pendingRows > 0) await flush();
  const inline = format.inline(plans, first === null ? [] : [first], chunks.length === 0);
  return { total, inline, inlineRows: first?.rows ?? 0, chunks };
}

async function nextBatch(result: DuckDBResult, rowsMax: number): Promise<Batch | null> {
  if (rowsMax <= 0) return null;
  const chunk = await result.fetchChunk();
  if (chunk === null || chunk.rowCount === 0) return null;
  const rows = Math.min(chunk.rowCount, rowsMax);
  return {
    rows,
    columns: Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnValues(i).slice(0, rows)),
  };
}
