/** The admin listener: health, readiness, metrics, and the API under /v1. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type ApiDeps, callApi } from "../api/routes.ts";
import { GatewayError } from "../errors/catalogue.ts";
import { faultOf, type Log } from "../observability/log.ts";
import type { Metrics } from "../observability/metrics.ts";
import { sendError, sendJson } from "./http-api.ts";

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string>>;
}

export interface AdminDeps {
  readonly api: ApiDeps;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly readiness: () => Readiness;
  /** For a listener beyond loopback; null on loopback. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
}

export function createAdminListener(deps: AdminDeps): Server {
  const options = { maxHeaderSize: 32_768, headersTimeout: 20_000, requestTimeout: 60_000 };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void serve(deps, request, response);
  };
  const { tls } = deps;
  return tls === null ? createServer(options, onRequest) : createTlsServer({ ...options, ...tls }, onRequest);
}

async function serve(deps: AdminDeps, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const target = new URL(request.url ?? "/", "http://admin");
    if (request.method === "GET" && target.pathname === "/healthz") return sendJson(response, 200, { ok: true });
    if (request.method === "GET" && target.pathname === "/readyz") {
      const readiness = deps.readiness();
      return sendJson(response, readiness.ready ? 200 : 503, readiness);
    }
    if (request.method === "GET" && target.pathname === "/metrics") {
      const text = await deps.metrics.registry.metrics();
      response.writeHead(200, { "content-type": deps.metrics.registry.contentType });
      response.end(text);
      return;
    }
    if (!target.pathname.startsWith("/v1/")) throw new GatewayError("SLUICE_UNKNOWN_ENDPOINT");
    sendJson(response, 200, await callApi(deps.api, request, target));
  } catch (error) {
    const coded = sendError(response, error);
    if (!(error instanceof GatewayError)) deps.log.error({ err: faultOf(error) }, "api failed");
    else deps.log.info({ code: coded.code }, "api refused");
  }
}
