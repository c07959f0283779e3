/**
 * The Snowflake front door: HTTP in, a closed table of endpoints, HTTP 200 with an envelope out. Whatever is not
 * in the table is refused, whatever token it carries.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import {
  type Endpoint,
  encodeTelemetryAnswer,
  type JsonObject,
  matchRequest,
  renderJson,
} from "@sluice/snowflake-wire";
import { GatewayError } from "../errors/catalogue.ts";
import { faultOf } from "../observability/log.ts";
import { errorAnswer } from "./answers.ts";
import type { Call } from "./call.ts";
import { abort, abortById, monitoring } from "./in-flight-handlers.ts";
import { query, result } from "./query-handlers.ts";
import type { Services } from "./services.ts";
import { close, heartbeat, login, renew } from "./session-handlers.ts";

const gzipAsync = promisify(gzip);
/** Below this, compressing costs more than it saves on any network that matters. */
const GZIP_FROM_BYTES = 16_384;

export function createSnowflakeListener(services: Services): Server {
  const { config } = services;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(request, response, services).catch((error: unknown) => {
      services.log.error({ err: faultOf(error) }, "request failed");
      response.destroy();
    });
  };
  const options = { maxHeaderSize: 32_768, headersTimeout: 20_000, requestTimeout: 300_000, keepAliveTimeout: 75_000 };
  return config.tls === null
    ? createServer(options, onRequest)
    : createTlsServer({ ...options, cert: config.tls.cert, key: config.tls.key, minVersion: "TLSv1.2" }, onRequest);
}

async function serve(request: IncomingMessage, response: ServerResponse, services: Services): Promise<void> {
  const target = request.url ?? "";
  if (target.startsWith("/chunks/")) return await services.chunks.serve(request, response, target);
  const leaving = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished) leaving.abort();
  });
  let answer: JsonObject;
  try {
    const matched = matchRequest(request.method ?? "", target);
    if (!matched.ok)
      throw new GatewayError(matched.error.code === "ENDPOINT" ? "SLUICE_UNKNOWN_ENDPOINT" : "SLUICE_BAD_REQUEST");
    const call: Call = {
      request,
      query: matched.value.query,
      services,
      left: leaving.signal,
      publicUrl: publicUrlOf(request, services),
    };
    answer = await dispatch(matched.value.endpoint, call);
  } catch (error) {
    answer = refuse(error, services);
    // What was not read of a body is not worth reading.
    if (!request.complete) response.setHeader("connection", "close");
  }
  await send(request, response, answer, target.startsWith("/api/") ? 404 : 200);
}

function dispatch(endpoint: Endpoint, call: Call): Promise<JsonObject> {
  switch (endpoint.name) {
    case "login":
      return login(call);
    case "renew":
      return renew(call);
    case "close":
      return close(call);
    case "heartbeat":
      return heartbeat(call);
    case "query":
      return query(call);
    case "result":
      return result(call, endpoint.queryId);
    case "abort":
      return abort(call);
    case "abortById":
      return abortById(call, endpoint.queryId);
    case "monitoring":
      return monitoring(call, endpoint.queryId);
    case "telemetry":
      call.request.resume();
      return Promise.resolve(encodeTelemetryAnswer());
    case "authenticator":
      call.request.resume();
      return Promise.reject(new GatewayError("SLUICE_LOGIN_METHOD"));
  }
}

function refuse(error: unknown, services: Services): JsonObject {
  const code = error instanceof GatewayError ? error.code : "SLUICE_INTERNAL";
  services.metrics.refusals.inc({ code });
  if (error instanceof GatewayError) services.log[error.row.level]({ code }, "refused");
  else services.log.error({ code, err: faultOf(error) }, "request failed");
  return errorAnswer(error, null);
}

/**
 * Session, policy and SQL refusals are all HTTP 200: drivers retry anything else, some for ever (protocol §1.3).
 * Not the REST paths beside the drivers' protocol: their clients take 200 for success, and don't retry a 404.
 */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  answer: JsonObject,
  status: 200 | 404,
): Promise<void> {
  if (response.destroyed) return;
  const plain = Buffer.from(renderJson(answer), "utf8");
  const wantsGzip =
    plain.length >= GZIP_FROM_BYTES && /\bgzip\b/.test(String(request.headers["accept-encoding"] ?? ""));
  const body = wantsGzip ? await gzipAsync(plain, { level: 1 }) : plain;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": body.length,
    ...(wantsGzip ? { "content-encoding": "gzip" } : {}),
  });
  response.end(body);
}

function publicUrlOf(request: IncomingMessage, services: Services): string {
  const { config } = services;
  if (config.publicUrl !== null) return config.publicUrl;
  const host = request.headers.host ?? `${config.host}:${config.snowflakePort}`;
  if (!/^[A-Za-z0-9.\-[\]:]{1,255}$/.test(host)) throw new GatewayError("SLUICE_BAD_REQUEST");
  return `${config.tls === null ? "http" : "https"}://${host}`;
}
