/** Reading request bodies and writing answers: gzip both ways, bounded. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";

const decompress = promisify(gunzip);
const compress = promisify(gzip);
const BODY_BYTES_MAX = 256 * 1024 * 1024;
/** Answers longer than this are compressed for clients that accept it. */
const COMPRESS_FROM = 4096;

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
}

/** The body; unzipped where its first bytes say that it is zipped, whatever the headers say. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > BODY_BYTES_MAX) throw new RangeError("request body too large");
    pieces.push(piece);
  }
  const body = Buffer.concat(pieces);
  return body[0] === 0x1f && body[1] === 0x8b ? decompress(body, { maxOutputLength: BODY_BYTES_MAX }) : body;
}

/** The body as JSON; null where it is none. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = (await readBody(request)).toString("utf8");
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Writes a JSON answer and ends it. */
export async function send({ request, response }: Exchange, status: number, text: string): Promise<void> {
  let body = Buffer.from(text, "utf8");
  const headers: Record<string, string | number> = { "content-type": "application/json" };
  if (body.length > COMPRESS_FROM && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""))) {
    body = await compress(body, { level: 1 });
    headers["content-encoding"] = "gzip";
  }
  response.writeHead(status, { ...headers, "content-length": body.length });
  response.end(body);
}
