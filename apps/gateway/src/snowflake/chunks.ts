/**
 * Result chunks: the warehouse's addresses never leave; callers get ours, unguessable, expiring, for one result.
 * A chunk is fetched, unpacked, masked and packed again as it streams; its last block waits for its entry.
 */
import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import type { Chunk } from "@sluice/snowflake-wire";
import { hashToken } from "../credentials/tokens.ts";
import type { ResultContext } from "../gate/ports.ts";
import { appendBeyondEnd } from "../journal/append-beyond-end.ts";
import type { Journal } from "../journal/port.ts";
import type { Log } from "../observability/log.ts";

/** As long as the warehouse's own addresses live. */
const LIFE_MS = 6 * 3_600_000;
const SETS_MAX = 20_000;

export interface ChunkSource {
  readonly chunks: readonly Chunk[];
  readonly headers: Readonly<Record<string, string>>;
  fetch(address: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Readable>;
  /** Fresh addresses, when the old ones have expired. */
  refresh(): Promise<{ readonly chunks: readonly Chunk[]; readonly headers: Readonly<Record<string, string>> }>;
  masker(chunk: Chunk): Transform;
  readonly context: ResultContext;
}

interface ChunkSet {
  source: ChunkSource;
  chunks: readonly Chunk[];
  headers: Readonly<Record<string, string>>;
  readonly expiresAt: number;
}

export class ChunkDesk {
  readonly #sets = new Map<string, ChunkSet>();
  readonly #journal: Journal;
  readonly #log: Log;

  constructor(journal: Journal, log: Log) {
    this.#journal = journal;
    this.#log = log;
  }

  /** Our addresses for the chunks of one result. */
  register(source: ChunkSource): readonly Chunk[] {
    this.#forgetOld(Date.now());
    const token = randomBytes(32).toString("base64url");
    this.#sets.set(hashToken(token).toString("hex"), {
      source,
      chunks: source.chunks,
      headers: source.headers,
      expiresAt: Date.now() + LIFE_MS,
    });
    return source.chunks.map((chunk, index) => ({
      ...chunk,
      url: `${source.context.publicUrl}/chunks/${token}/${index}`,
    }));
  }

  /** A caller that is no longer trusted gets nothing more, whatever addresses it was given. */
  revoke(session: string): void {
    for (const [key, set] of this.#sets) if (set.source.context.session === session) this.#sets.delete(key);
  }

  async serve(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
    const match = /^\/chunks\/([A-Za-z0-9_-]{43})\/([0-9]{1,6})$/.exec(target);
    const set = match?.[1] === undefined ? undefined : this.#sets.get(hashToken(match[1]).toString("hex"));
    const index = Number(match?.[2] ?? -1);
    const chunk = set?.chunks[index];
    if (request.method !== "GET" || set === undefined || chunk === undefined || set.expiresAt <= Date.now()) {
      response.writeHead(403, { "content-type": "text/plain" });
      response.end("gone");
      return;
    }
    const leaving = new AbortController();
    response.on("close", () => leaving.abort());
    try {
      const body = await this.#open(set, index, leaving.signal);
      response.writeHead(200, { "content-type": "application/octet-stream", "content-encoding": "gzip" });
      response.flushHeaders();
      await pipeline(
        await unpacked(body),
        set.source.masker(chunk),
        this.#recorded(set.source.context, index, chunk),
        createGzip({ level: 1 }),
        response,
        { signal: leaving.signal },
      );
    } catch (error) {
      // Never a clean end with fewer rows: the connection breaks, and the driver tries again.
      if (!leaving.signal.aborted)
        this.#log.warn(
          {
            err: error instanceof Error ? `${error.name}: ${"code" in error ? String(error.code) : ""}` : "error",
            statement: set.source.context.statement,
            chunk: index,
          },
          "chunk not delivered",
        );
      response.destroy();
    }
  }

  async #open(set: ChunkSet, index: number, signal: AbortSignal): Promise<Readable> {
    const address = set.chunks[index]?.url ?? "";
    try {
      return await set.source.fetch(address, set.headers, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      const fresh = await set.source.refresh();
      if (fresh.chunks.length !== set.chunks.length || fresh.chunks[index]?.rowCount !== set.chunks[index]?.rowCount)
        throw new Error("refreshed chunks differ");
      set.chunks = fresh.chunks;
      set.headers = fresh.headers;
      return await set.source.fetch(fresh.chunks[index]?.url ?? "", set.headers, signal);
    }
  }

  /** Passes blocks on, one behind; the last one leaves when the entry that fixes their digest is durable. */
  #recorded(
    context: ResultContext,
    index: number,
    chunk: Chunk,
  ): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
    const journal = this.#journal;
    return async function* delivered(source) {
      const digest = createHash("sha256");
      let bytes = 0;
      let behind: Buffer | null = null;
      for await (const block of source) {
        digest.update(block);
        bytes += block.length;
        if (behind !== null) yield behind;
        behind = block;
      }
      const { session, epoch, principal, connection, statement } = context;
      await appendBeyondEnd(journal, {
        type: "chunk.delivered",
        session,
        epoch,
        principal,
        connection,
        body: { statement, chunk: index, rows: chunk.rowCount, bytes, delivered: digest.digest("hex") },
      });
      if (behind !== null) yield behind;
    };
  }

  #forgetOld(now: number): void {
    for (const [key, set] of this.#sets) {
      if (set.expiresAt > now && this.#sets.size < SETS_MAX) return;
      this.#sets.delete(key);
    }
  }
}

/** Gzip is recognised by its magic bytes; headers lie. */
async function unpacked(body: Readable): Promise<Readable> {
  const iterator: AsyncIterator<Buffer> = body[Symbol.asyncIterator]();
  const first = await iterator.next();
  async function* again(): AsyncGenerator<Buffer> {
    if (first.done === true) return;
    yield first.value;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  const whole = Readable.from(again(), { objectMode: false });
  const isGzip = first.done !== true && first.value[0] === 0x1f && first.value[1] === 0x8b;
  if (!isGzip) return whole;
  const gunzip = createGunzip();
  whole.on("error", (error) => gunzip.destroy(error));
  return whole.pipe(gunzip);
}
