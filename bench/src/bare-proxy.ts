/**
 * The yardstick: the least that a proxy in Node can do and still look inside. It reads each request whole, parses and
 * re-serialises its JSON, sends it on, and does the same with the answer. It checks nothing, keeps nothing and decides
 * nothing. A process of its own: BENCH_PORT, BENCH_UPSTREAM.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { Pool } from "undici";

const { BENCH_PORT, BENCH_UPSTREAM } = process.env;
const upstream = new Pool(BENCH_UPSTREAM ?? "", { connections: 256, pipelining: 1 });

async function readWhole(stream: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

const again = (body: Buffer): string => (body.length === 0 ? "" : JSON.stringify(JSON.parse(body.toString("utf8"))));

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = again(await readWhole(request));
  const { authorization } = request.headers;
  const answer = await upstream.request({
    method: request.method === "GET" ? "GET" : "POST",
    path: request.url ?? "/",
    body: request.method === "GET" ? null : body,
    headers: {
      "content-type": "application/json",
      accept: "application/snowflake",
      ...(authorization === undefined ? {} : { authorization }),
    },
  });
  const text = Buffer.from(again(await readWhole(answer.body)), "utf8");
  response.writeHead(answer.statusCode, { "content-type": "application/json", "content-length": text.length });
  response.end(text);
}

const server = createServer((request, response) => {
  if (request.url === "/healthz") return void response.end("ok");
  serve(request, response).catch(() => response.destroy());
});
server.listen(Number(BENCH_PORT), "127.0.0.1");
process.once("SIGTERM", () => process.exit(0));
