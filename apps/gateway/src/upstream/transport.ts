/**
 * HTTP to one warehouse: a fixed host, no redirects, bounded answers, and an honest account of what became of a
 * request. `not-sent` is claimed only when no connection was made; everything else that goes wrong may have
 * reached the warehouse and is `lost`.
 */

import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Pool } from "undici";

const gunzipAsync = promisify(gunzip);

/** Largest inline answer that is read (one envelope with its first rows). */
const ANSWER_BYTES_MAX = 512 * 1_048_576;

export type Exchange =
  | { readonly kind: "answered"; readonly status: number; readonly text: string }
  | { readonly kind: "not-sent" }
  | { readonly kind: "lost" }
  | { readonly kind: "nonsense"; readonly reason: string };

const NOT_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_ABORTED_BEFORE_SEND",
]);

export interface TransportRequest {
  readonly method: "GET" | "POST";
  /** Path and query string. */
  readonly target: string;
  readonly body: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

export class Transport {
  readonly #pool: Pool;
  readonly origin: string;
  constructor(url: string, connections = 256) {
    this.origin = new URL(url).origin;
    this.#pool = new Pool(this.origin, {
      connections,
      pipelining: 1,
      connectTimeout: 5000,
      headersTimeout: 120_000,
      bodyTimeout: 120_000,
    });
  }

  async exchange(request: TransportRequest): Promise<Exchange> {
    try {
      const answer = await this.#pool.request({
        method: request.method,
        path: request.target,
        body: request.body,
        headers: {
          "content-type": "application/json",
          "accept-encoding": "gzip",
          "user-agent": "Sluice",
          ...request.headers,
        },
      });
      const body = await readBounded(answer.body, ANSWER_BYTES_MAX);
      if (body === null) return { kind: "nonsense", reason: "the answer is too large" };
      const plain =
        body[0] === 0x1f && body[1] === 0x8b ? await gunzipAsync(body, { maxOutputLength: ANSWER_BYTES_MAX }) : body;
      return {
        kind: "answered",
        status: answer.statusCode,
        text: new TextDecoder("utf-8", { fatal: true }).decode(plain),
      };
    } catch (error) {
      return { kind: classify(error) };
    }
  }

  /** A byte stream (a result chunk on this same host). Rejects when it can't be had. */
  async stream(
    target: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ readonly status: number; readonly body: Readable }> {
    const answer = await this.#pool.request({
      method: "GET",
      path: target,
      headers: { "accept-encoding": "gzip", "user-agent": "Sluice", ...headers },
    });
    return { status: answer.statusCode, body: answer.body };
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

async function readBounded(stream: Readable, most: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    size += part.length;
    if (size > most) {
      stream.destroy();
      return null;
    }
    parts.push(part);
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

function classify(error: unknown): "not-sent" | "lost" {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = "code" in at ? at.code : undefined;
    if (typeof code === "string" && NOT_SENT.has(code)) return "not-sent";
    if (at instanceof AggregateError && at.errors.every((inner) => classify(inner) === "not-sent")) return "not-sent";
  }
  return "lost";
}
