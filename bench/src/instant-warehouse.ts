/**
 * An upstream that costs next to nothing: it asks the demo warehouse once for each distinct request and gives the same
 * answer ever after. What is measured before it is the proxy's or the gateway's own work, not a database's on the same
 * two cores. A process of its own: BENCH_PORT, BENCH_UPSTREAM. It mixes up sessions: for measuring only.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { Pool } from "undici";

const { BENCH_PORT, BENCH_UPSTREAM } = process.env;
const upstream = new Pool(BENCH_UPSTREAM ?? "", { connections: 64, pipelining: 1 });
const ENTRIES_MAX = 10_000;
const known = new Map<string, Buffer>();

async function readWhole(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

/** What is the same each time a statement is sent; null for what must not be remembered. */
function keyOf(path: string, body: Buffer): string | null {
  if (!path.startsWith("/queries/v1/query-request")) return null;
  const { sqlText } = JSON.parse(body.toString("utf8")) as { sqlText?: string };
  return sqlText ?? null;
}

async function answerFor(request: IncomingMessage, path: string, body: Buffer): Promise<Buffer> {
  const { authorization } = request.headers;
  const headers = {
    "content-type": "application/json",
    accept: "application/snowflake",
    ...(authorization === undefined ? {} : { authorization }),
  };
  const answer = await upstream.request({
    method: request.method === "GET" ? "GET" : "POST",
    path,
    body: request.method === "GET" ? null : body,
    headers,
  });
  return await readWhole(answer.body);
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url ?? "/";
  const body = await readWhole(request);
  const key = keyOf(path, body);
  const text = (key === null ? undefined : known.get(key)) ?? (await answerFor(request, path, body));
  if (key !== null && known.size < ENTRIES_MAX) known.set(key, text);
  response.writeHead(200, { "content-type": "application/json", "content-length": text.length });
  response.end(text);
}

const server = createServer((request, response) => {
  if (request.url === "/healthz") return void response.end("ok");
  serve(request, response).catch(() => response.destroy());
});
server.listen(Number(BENCH_PORT), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
